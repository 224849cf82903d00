"""Brings the services up side by side: each is prepared in a thread and started by the main one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from mesh.quickstart.children import Child, Launch, Watcher
from mesh.quickstart.services.contract import Service, ServiceFailed

READY_SECONDS = 60.0


class Preparation:
    """A blocking function in a thread that ends with the program, and its outcome."""

    def __init__(self, work: Callable[[], Launch | None] | Callable[[], None]) -> None:
        self.launch: Launch | None = None
        self.error: BaseException | None = None
        self.ended_at = 0.0
        self._work = work
        # A daemon: its one-shot children are tied to the thread, so both go when the supervisor goes.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.launch = self._work()
        except BaseException as error:  # the main thread judges it
            self.error = error
        self.ended_at = time.monotonic()

    def ended(self) -> bool:
        """Whether there is an outcome."""
        return not self._thread.is_alive()


@dataclass(slots=True)
class Embedding:
    """One service on its way from nothing to ready."""

    service: Service
    watcher: Watcher
    began: float
    preparation: Preparation
    child: Child | None = None
    launched_at: float = 0.0
    ready: bool = False
    failure: ServiceFailed | None = None

    @classmethod
    def of(cls, service: Service, watcher: Watcher) -> Embedding:
        """Begin to prepare it."""
        return cls(service, watcher, time.monotonic(), Preparation(service.prepare))

    @property
    def settled(self) -> bool:
        """Whether it is ready or has failed."""
        return self.ready or self.failure is not None

    def advance(self) -> None:
        """Take the next step that is due. Call from the main thread."""
        if self.settled or not self.preparation.ended():
            return
        if self.preparation.error is not None:
            self.failure = _as_failure(self.preparation.error)
        elif self.preparation.launch is None:
            self.ready = True
        elif self.child is None:
            self._launch(self.preparation.launch)
        else:
            self._look(self.child)

    def _launch(self, launch: Launch) -> None:
        self.child = Child(launch, self.watcher)
        self.child.start()
        self.launched_at = time.monotonic()

    def _look(self, child: Child) -> None:
        if child.ended():
            self.failure = ServiceFailed(f"it ended with code {child.exit_code} while starting")
            return
        reason = self.service.unready()
        if not reason:
            self.ready = True
        elif time.monotonic() - self.launched_at > READY_SECONDS:
            self.failure = ServiceFailed(f"no answer after {READY_SECONDS:.0f} seconds: {reason}")


def _as_failure(error: BaseException) -> ServiceFailed:
    if isinstance(error, ServiceFailed):
        return error
    return ServiceFailed(f"{type(error).__name__}: {error}")
