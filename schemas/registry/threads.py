"""A fixed number of threads that do the database's part; a full queue is said, not hidden."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.db import close_old_connections, connections

from mesh.kernel import clock
from mesh.kernel.database import drop_dead_connection

WAITING: Final = 512
FEW: Final = 2  # one computes while the other waits for the database
HELP_AFTER_S: Final = 0.02
Wakes = queue.SimpleQueue[bool]  # True: look for calls; False: end


class Full(Exception):
    """More calls wait than the queue holds."""


@dataclass(slots=True)
class Call:
    """A function, who waits for its outcome, and when it has waited long."""

    function: Callable[[], Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    overdue_at: float


class Workers:
    """Threads that run synchronous calls for an event loop.

    Two do the work: threads take turns at the interpreter, so more of them compute no faster, and
    their turns and cold connections cost. The others help with calls that have waited, for those two
    may stand before a lock or a slow query.
    """

    def __init__(self, count: int) -> None:
        self._waiting: deque[Call] = deque()
        self._wakes: Wakes = queue.SimpleQueue()
        self._help: Wakes = queue.SimpleQueue()
        self._is_watched = False
        self._regular = [self._thread(self._work) for _ in range(min(FEW, count))]
        self._helpers = [self._thread(self._work_on_overdue) for _ in range(count - FEW)]

    def _thread(self, target: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=target, name="registry-worker", daemon=True)
        thread.start()
        return thread

    def call(self, function: Callable[[], Any]) -> asyncio.Future[Any]:
        """Run a function in a thread. Raises Full."""
        if len(self._waiting) >= WAITING:
            raise Full
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._waiting.append(Call(function, future, loop, clock.monotonic() + HELP_AFTER_S))
        self._wakes.put(True)
        if not self._is_watched:
            self._is_watched = True
            loop.call_later(HELP_AFTER_S, self._watch, loop)
        return future

    def stop(self) -> None:
        """Let the threads finish what waits, and close their connections."""
        for _ in self._regular:
            self._wakes.put(False)
        for _ in self._helpers:
            self._help.put(False)
        for thread in [*self._regular, *self._helpers]:
            thread.join(timeout=5)

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wake a helper for every call that has waited long; look again while any waits."""
        now = clock.monotonic()
        overdue = sum(call.overdue_at <= now for call in list(self._waiting))
        for _ in range(min(overdue, len(self._helpers))):
            self._help.put(True)
        self._is_watched = bool(self._waiting)
        if self._is_watched:
            loop.call_later(HELP_AFTER_S, self._watch, loop)

    def _work(self) -> None:
        while self._wakes.get():
            drop_dead_connection()  # it may have died while the thread slept
            while (call := self._taken()) is not None:
                _run(call)
        connections.close_all()

    def _work_on_overdue(self) -> None:
        while self._help.get():
            drop_dead_connection()
            while self._is_overdue() and (call := self._taken()) is not None:
                _run(call)
        connections.close_all()

    def _taken(self) -> Call | None:
        try:
            return self._waiting.popleft()
        except IndexError:  # another thread was first
            return None

    def _is_overdue(self) -> bool:
        try:
            return self._waiting[0].overdue_at <= clock.monotonic()
        except IndexError:
            return False


def _run(call: Call) -> None:
    outcome: Any = None
    error: Exception | None = None
    try:
        outcome = call.function()
    except Exception as raised:
        error = raised
    close_old_connections()
    if not call.loop.is_closed():
        call.loop.call_soon_threadsafe(_settle, call.future, outcome, error)


def _settle(future: asyncio.Future[Any], outcome: Any, error: Exception | None) -> None:
    if future.cancelled():
        return
    if error is None:
        future.set_result(outcome)
    else:
        future.set_exception(error)
