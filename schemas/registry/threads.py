"""A fixed number of threads that do the database's part; a full queue is said, not hidden."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, Final

from django.db import close_old_connections, connections

from mesh.kernel.database import drop_dead_connection

WAITING: Final = 512
Call = tuple[Callable[[], Any], "asyncio.Future[Any]", asyncio.AbstractEventLoop]


class Full(Exception):
    """More calls wait than the queue holds."""


class Workers:
    """Threads that run synchronous calls for an event loop."""

    def __init__(self, count: int) -> None:
        self._waiting: queue.SimpleQueue[Call | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, name=f"registry-{number}", daemon=True)
            for number in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def call(self, function: Callable[[], Any]) -> asyncio.Future[Any]:
        """Run a function in a thread. Raises Full."""
        if self._waiting.qsize() >= WAITING:
            raise Full
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._waiting.put((function, future, loop))
        return future

    def stop(self) -> None:
        """Let the threads finish, and close their connections."""
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join(timeout=5)

    def _run(self) -> None:
        while (call := self._waiting.get()) is not None:
            function, future, loop = call
            drop_dead_connection()
            try:
                outcome, error = function(), None
            except Exception as raised:
                outcome, error = None, raised
            close_old_connections()
            if not loop.is_closed():
                loop.call_soon_threadsafe(_settle, future, outcome, error)
        connections.close_all()


def _settle(future: asyncio.Future[Any], outcome: Any, error: Exception | None) -> None:
    if future.cancelled():
        return
    if error is None:
        future.set_result(outcome)
    else:
        future.set_exception(error)
