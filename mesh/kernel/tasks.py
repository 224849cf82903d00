"""Our Celery task: named, bounded in time, safe to run twice; and the sender of wake-up hints."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, ParamSpec

import structlog
from celery import Task

from mesh.celery import app

log = structlog.get_logger(__name__)
P = ParamSpec("P")
HINTS_WAITING = 1000  # beyond this hints are dropped; the reaper finds the rows


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


class HintSender:
    """Sends wake-up hints from its own thread, so that no request ever waits for the broker."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[tuple[str, tuple[object, ...]]] = queue.Queue(HINTS_WAITING)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
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
        import os

        with self._lock:
            if self._thread is None or not self._thread.is_alive() or self._pid != os.getpid():
                if self._pid != os.getpid():
                    self._waiting = queue.Queue(HINTS_WAITING)
                self._pid = os.getpid()
                self._thread = threading.Thread(target=self._run, name="wake", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            name, arguments = self._waiting.get()
            try:
                publish(name, arguments)
            except Exception as error:  # the broker may be away; rows and the reaper remain
                log.warning(
                    "wake_failed", task=name, error=f"{type(error).__name__}: {error}"[:200]
                )


def publish(name: str, arguments: tuple[object, ...], *, expires_s: float | None = None) -> None:
    """Send one task message now. Raises when the message broker does not take it."""
    declared = app.tasks.get(name)
    target = getattr(declared, "room_queue", None) or QUEUE_OF_ROOM.get(
        name.split(".")[0], "default"
    )
    app.send_task(name, args=list(arguments), queue=target, expires=expires_s, retry=False)


QUEUE_OF_ROOM = {"streams": "streams", "schemas": "schemas"}
hints = HintSender()
