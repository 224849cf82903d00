"""Our Celery task: named, bounded in time, safe to run twice; and the sender of wake-up hints."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, ParamSpec

import structlog
from billiard.exceptions import SoftTimeLimitExceeded
from celery import Task

from mesh.celery import app

log = structlog.get_logger(__name__)
P = ParamSpec("P")
Hint = tuple[str, tuple[object, ...]]
HINTS_WAITING: Final = 1000  # beyond this hints are dropped; the reaper finds the rows
GATHER_S: Final = 0.1  # a first hint leaves at once, those behind it together
MERGED_MOST: Final = 50  # ids of one message, all worked on within one time limit
URGENT: Final = 0  # of the transport's priorities the first to be taken
ORDINARY: Final = 6
_taking_many: set[str] = set()
_urgent: set[str] = set()


class MeshTask(Task):  # type: ignore[type-arg]  # celery-types makes Task generic, Celery does not
    """Base of every task: failures are logged with their reason, time limits are always set."""

    abstract = True
    room_queue = ""
    max_retries = 3
    default_retry_delay = 5

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        log.error("task_failed", task=self.name, error=f"{type(exc).__name__}: {exc}"[:500])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        structlog.contextvars.bind_contextvars(task=self.name)
        return super().__call__(*args, **kwargs)


def task(
    name: str, *, queue: str, hard_s: int, retry_on_worker_lost: bool = True
) -> Callable[[Callable[P, None]], Any]:
    """Declare a task with our base class; soft limit = hard - max(5 s, 10 %)."""
    soft_s = hard_s - max(5, hard_s // 10)

    def decorate(function: Callable[P, None]) -> Any:
        return app.task(
            name=name,
            base=MeshTask,
            room_queue=queue,  # Celery's own attribute of that name is on its way out
            time_limit=hard_s,
            soft_time_limit=soft_s,
            acks_late=True,
            ignore_result=True,
        )(function)

    return decorate


def takes_many(name: str) -> None:
    """Declare in AppConfig.ready() that a task takes any number of ids: hints for it are merged."""
    _taking_many.add(name)


def urgent(*names: str) -> None:
    """Declare in AppConfig.ready() that tasks are taken before all that are not, in every queue.

    Somebody waits for them, or the truth of every page does. Were much urgent, nothing would be.
    """
    _urgent.update(names)


def for_each(function: Callable[[int], object], ids: Iterable[int]) -> None:
    """Work on every id, whatever happens to the one before; raises the first error at the end."""
    errors: list[Exception] = []
    for one in ids:
        try:
            function(one)
        except SoftTimeLimitExceeded:
            raise
        except Exception as error:
            log.warning(
                "one_of_many_failed", id=one, error=f"{type(error).__name__}: {error}"[:200]
            )
            errors.append(error)
    if errors:
        raise errors[0]


def merged(waiting: Iterable[Hint]) -> list[Hint]:
    """The same wishes in fewer messages: no hint twice, ids of tasks that take many together."""
    alone: dict[str, Hint] = {}
    together: dict[str, dict[object, None]] = {}
    for name, arguments in waiting:
        if name in _taking_many:
            together.setdefault(name, {}).update(dict.fromkeys(arguments))
        else:
            alone.setdefault(f"{name}{arguments!r}", (name, arguments))
    return [*alone.values(), *(hint for name, ids in together.items() for hint in _cut(name, ids))]


def _cut(name: str, ids: Iterable[object]) -> list[Hint]:
    every = tuple(ids)
    return [
        (name, every[start : start + MERGED_MOST]) for start in range(0, len(every), MERGED_MOST)
    ]


class HintSender:
    """Sends wake-up hints from its own thread, so that no request ever waits for the broker.

    A message costs as much as a small request. So the hints of a busy moment leave together.
    """

    def __init__(self) -> None:
        self._waiting: queue.Queue[Hint] = queue.Queue(HINTS_WAITING)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._gathering = threading.Event()  # never set: a wait that costs nothing
        self._pid = 0
        self.dropped = 0

    def send(self, name: str, arguments: tuple[object, ...]) -> None:
        """Hand a hint over; returns at once."""
        self._ensure_thread()
        try:
            self._waiting.put_nowait((name, arguments))
        except queue.Full:
            self.dropped += 1

    def _ensure_thread(self) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive() or self._pid != os.getpid():
                if self._pid != os.getpid():
                    self._waiting = queue.Queue(HINTS_WAITING)
                self._pid = os.getpid()
                self._thread = threading.Thread(target=self._run, name="wake", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            for name, arguments in merged(self._taken()):
                _is_published(name, arguments)
            self._gathering.wait(GATHER_S)

    def flush(self) -> None:
        """Publish what still waits, for the end of a process; gives up where the broker is away."""
        for name, arguments in merged(self._rest()):
            if not _is_published(name, arguments):
                return

    def _taken(self) -> Sequence[Hint]:
        """Everything that waits; waits itself for the first."""
        return [self._waiting.get(), *self._rest()]

    def _rest(self) -> list[Hint]:
        rest: list[Hint] = []
        with contextlib.suppress(queue.Empty):
            while True:
                rest.append(self._waiting.get_nowait())
        return rest


def _is_published(name: str, arguments: tuple[object, ...]) -> bool:
    try:
        publish(name, arguments)
    except Exception as error:  # the broker may be away; rows and the reaper remain
        log.warning("wake_failed", task=name, error=f"{type(error).__name__}: {error}"[:200])
        return False
    return True


def publish(name: str, arguments: tuple[object, ...], *, expires_s: float | None = None) -> None:
    """Send one task message now. Raises when the message broker does not take it."""
    declared = app.tasks.get(name)
    target = getattr(declared, "room_queue", None) or QUEUE_OF_ROOM.get(
        name.split(".")[0], "default"
    )
    app.send_task(
        name,
        args=list(arguments),
        queue=target,
        priority=URGENT if name in _urgent else ORDINARY,
        expires=expires_s,
        retry=False,
    )


QUEUE_OF_ROOM = {"streams": "streams", "schemas": "schemas"}
hints = HintSender()
