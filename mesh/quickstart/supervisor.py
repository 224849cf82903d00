"""Starts everything in order, keeps it alive, and stops it in the opposite order."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass, field

from mesh.quickstart.application import Addresses
from mesh.quickstart.board import Board, child_state
from mesh.quickstart.children import Child, Watcher, rotate
from mesh.quickstart.faces import heartbeat_ages, http_unready
from mesh.quickstart.places import Places
from mesh.quickstart.seeding import Demo
from mesh.quickstart.steps import Reporter, StepFailed

TICK_SECONDS = 0.2
LOOK_SECONDS = 10.0
ROTATE_SECONDS = 20.0
# A worker whose link to the message broker was cut silently still answers a ping: rows do not lie.
# Where each program gets a tenth of a core, a sign of life may take ten times as long.
DEAF_SECONDS = 60.0
WARM_UP_SECONDS = 120.0
# Who goes first when all stop: who writes before who stores.
STOP_ORDER = (
    ("demo", "seed", "beat", "worker", "web", "registry"),
    ("kafka", "valkey", "postgres"),
)


class StopAsked(Exception):
    """A signal asked for the end while something was still starting."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for."""

    demo: bool | None = None
    port: int | None = None
    listen: str = "127.0.0.1"


@dataclass(slots=True)
class Supervisor:
    """The one process that all others are children of."""

    places: Places
    board: Board
    reporter: Reporter
    watcher: Watcher = field(default_factory=Watcher)
    children: dict[str, Child] = field(default_factory=dict)
    addresses: Addresses | None = None
    demo: Demo | None = None
    stops_asked: int = 0
    looked: float = 0.0
    rotated: float = 0.0

    def take_signals(self) -> None:
        """SIGTERM, SIGINT and a closed terminal end it in order; a second one ends it at once."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: object) -> None:
        self.stops_asked += 1

    def add(self, child: Child) -> None:
        """Take over a started child."""
        self.children[child.name] = child
        self.record()

    def record(self) -> None:
        """Write down what is there now."""
        self.board.steps = self.reporter.finished
        self.board.write(self.children)

    def pause(self, seconds: float = 0.05) -> None:
        """Wait a little while starting. Raises StopAsked."""
        if self.stops_asked:
            raise StopAsked
        time.sleep(seconds)

    def is_ready(self, name: str, url: str, began: float, limit_seconds: float = 60) -> bool:
        """Whether an address answers by now. Raises StepFailed with the end of the log."""
        child = self.children[name]
        if child.ended():
            reason = f"it ended with code {child.exit_code} while starting"
        else:
            reason = http_unready(url)
            if not reason:
                return True
            if time.monotonic() - began < limit_seconds:
                return False
        raise StepFailed(name, reason, log=child.launch.log, remedy=f"./quickstart logs {name}")

    def watch_over(self) -> None:
        """Keep everything alive until a signal comes."""
        while not self.stops_asked:
            now = time.monotonic()
            for child in list(self.children.values()):
                child.keep_alive(now)
            if self.demo is not None and self.demo.advance():
                self.show_demo(self.demo)
            if now - self.looked >= LOOK_SECONDS:
                self.looked = now
                self._look()
            if now - self.rotated >= ROTATE_SECONDS:
                self.rotated = now
                for child in self.children.values():
                    rotate(child.launch.log)
            self.board.state = self._state()
            self.record()
            time.sleep(TICK_SECONDS)

    def show_demo(self, demo: Demo) -> None:
        """Say how the seed ended."""
        self.board.demo = {"state": demo.state, **({"reason": demo.reason} if demo.reason else {})}
        if demo.state == "seeded":
            self.reporter.say("  The demo mesh is seeded; its programs keep running.")
        elif demo.reason:
            self.reporter.warn("Demo", demo.reason)

    def _look(self) -> None:
        if self.addresses is None:
            return
        for name, url in (("web", self.addresses.web), ("registry", self.addresses.registry)):
            reason = http_unready(f"{url}/readyz")
            if reason:
                self.board.troubles[name] = reason
            else:
                self.board.troubles.pop(name, None)

        self._bounce_deaf_worker(self.addresses.web)

    def _bounce_deaf_worker(self, web: str) -> None:
        worker = self.children.get("worker")
        if worker is None or worker.pid is None:
            return
        if time.monotonic() - worker.started < WARM_UP_SECONDS:
            return
        patience = DEAF_SECONDS * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
        deaf = [queue for queue, age in heartbeat_ages(web).items() if age > patience]
        if deaf:
            self.reporter.warn(
                "Worker", f"no sign of life from {', '.join(deaf)}: it is started again"
            )
            worker.bounce()

    def _state(self) -> str:
        broken = [
            name
            for name, child in self.children.items()
            if name != "seed"
            and child_state(child) in ("failed", "restarting", "stopped", "finished")
        ]
        return "degraded" if broken or self.board.troubles else "ready"

    def stop_all(self) -> None:
        """End the groups of STOP_ORDER one after the other; a second signal kills what is left."""
        for names in STOP_ORDER:
            group = [child for child in self.children.values() if child.name.split("-")[0] in names]
            self._stop_group(group)
        self._stop_group(list(self.children.values()))
        self.board.state = "stopped"
        self.children.clear()
        with contextlib.suppress(OSError):
            self.record()
        self.watcher.end()

    def _stop_group(self, group: list[Child]) -> None:
        asked = self.stops_asked
        began = time.monotonic()
        for child in group:
            child.ask_to_stop()
        pending = [child for child in group if child.pid is not None]
        while pending and self.stops_asked < max(asked, 1) + 1:
            pending = [
                child
                for child in pending
                if not child.ended() and time.monotonic() - began < child.launch.grace_seconds
            ]
            time.sleep(0.02)
        for child in group:
            if child.pid is not None:
                seconds = time.monotonic() - began
                self.reporter.warn(child.name, f"has not ended after {seconds:.1f} s and is killed")
            if child.name == "postgres" and child.pid is not None:
                # Immediate, but orderly for its own children: they must not outlive it.
                os.kill(child.pid, signal.SIGQUIT)
                time.sleep(0.5)
            child.kill()
