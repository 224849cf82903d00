"""The caller's side: one disposable child per cluster and process, killed at our deadline."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mesh.kernel import clock
from streams.kafka import wire
from streams.kafka.breaker import Breaker
from streams.kafka.pipe import FramePipe, PipeClosed, TooLate
from streams.kafka.results import Reason, Unknown

log = logging.getLogger("streams.kafka")

ROOT = Path(__file__).resolve().parents[2]
CHILD_AGE_S = 24 * 3600.0
CHILD_NAMES = 10_000  # the library never frees topic handles
REAP_S = 5.0


@dataclass(frozen=True, slots=True)
class Connection:
    """A cluster to ask: its key, its client settings, and how long a dead one is left alone.

    A cluster swept often should cap `longest_open_s` at a few sweeps, so that a returned broker is
    seen soon; 0 never leaves it alone (for reading back an act, under a key of its own).
    """

    key: str
    settings: Mapping[str, str] = field(repr=False)
    first_open_s: float = 60.0
    longest_open_s: float = 900.0

    @property
    def digest(self) -> str:
        """Changes with any setting; tells nothing of them."""
        text = json.dumps(sorted(self.settings.items()))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(slots=True)
class Round:
    """What came back for one request: the parts received, and what ended it early."""

    parts: dict[str, list[Any]] = field(default_factory=dict)
    failure: Unknown | None = None
    finished: bool = False
    reached: bool = False
    cpu_ms: int = 0

    def merged(self, name: str) -> dict[Any, Any]:
        """The bundles of a part as one mapping."""
        return {key: value for bundle in self.parts.get(name, ()) for key, value in bundle.items()}

    def single(self, name: str) -> Any:
        """The one value of a part, or None."""
        return next(iter(self.parts.get(name, ())), None)


class Agent:
    """Asks one cluster through a child process; a dead or late child gives Unknown, no error."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.owner = os.getpid()
        self.lock = threading.Lock()
        self.breaker = Breaker(connection.first_open_s, connection.longest_open_s)
        self.last_failure: Unknown | None = None
        self.child: subprocess.Popen[bytes] | None = None
        self.pipe: FramePipe | None = None
        self.started_at = 0.0

    def ask(
        self,
        call: str,
        arguments: Mapping[str, object],
        *,
        deadline_s: float,
        base_ms: int | None = None,
    ) -> Round:
        """Send one request and collect its parts until the deadline; `base_ms` is the time now."""
        asked_at = clock.monotonic()
        until = asked_at + deadline_s
        request = {
            "call": call,
            "arguments": arguments,
            "deadline_s": deadline_s,
            "until": until,
            "base_ms": clock.now_ms() if base_ms is None else base_ms,
            "base_monotonic": asked_at,
        }
        if not self.lock.acquire(timeout=max(0.0, deadline_s)):
            return Round(failure=Unknown(Reason.TIMEOUT, "Another question to this cluster runs."))
        try:
            return self._ask_twice(request, until)
        finally:
            self.lock.release()

    def close(self) -> None:
        """End the child."""
        with self.lock:
            self._discard()

    def close_if_free(self) -> None:
        """End the child unless a question runs; then it ends by itself when idle."""
        if self.lock.acquire(blocking=False):
            self._discard()
            self.lock.release()

    def _ask_twice(self, request: dict[str, object], until: float) -> Round:
        """A child that ended while nobody asked costs one new start, not an answer."""
        fresh = self._ensure_child()
        outcome = self._ask_child(request, until, fresh)
        idle_end = not fresh and outcome.failure is not None and not outcome.parts
        if idle_end and self.child is None and outcome.failure == IDLE_END:
            return self._ask_child(request, until, self._ensure_child())
        return outcome

    def _ensure_child(self) -> bool:
        """Whether a new child had to be started, which then needs the settings."""
        if self.child is not None and (
            self.child.poll() is not None or clock.monotonic() - self.started_at > CHILD_AGE_S
        ):
            self._discard()
        if self.child is not None:
            return False
        self.child = start_child()
        if self.child.stdin is None or self.child.stdout is None:
            raise RuntimeError("the child has no pipes")
        self.pipe = FramePipe(self.child.stdout.fileno(), self.child.stdin.fileno())
        self.started_at = clock.monotonic()
        return True

    def _ask_child(self, request: dict[str, object], until: float, fresh: bool) -> Round:
        outcome = Round()
        message = {**request, "settings": dict(self.connection.settings)} if fresh else request
        try:
            self._converse(wire.pack(message), until, outcome)
        except TooLate:
            outcome.failure = Unknown(Reason.TIMEOUT, "The question was ended at its deadline.")
            self._discard()
        except PipeClosed:
            outcome.failure = self._death()
        except wire.BadFrame:
            outcome.failure = Unknown(Reason.PROTOCOL, "The client process spoke nonsense.")
            self._discard()
        return outcome

    def _converse(self, frame: bytes, until: float, outcome: Round) -> None:
        pipe = self.pipe
        if pipe is None:
            raise PipeClosed
        pipe.send(frame, until)
        while True:
            message = pipe.receive(until)
            if "part" in message:
                outcome.parts.setdefault(message["part"], []).append(message["value"])
                continue
            outcome.finished = True
            outcome.failure = message["failure"]
            outcome.reached = message["reached"]
            outcome.cpu_ms = message["cpu_ms"]
            for note in message["notes"]:
                log.info("cluster %s: %s", self.connection.key, note)
            if message["timed_out"] or message["names_seen"] > CHILD_NAMES:
                self._discard()
            return

    def _death(self) -> Unknown:
        code = self._discard()
        if code == 0:
            return IDLE_END
        how = f"exit code {code}"
        if code is not None and code < 0:
            how = signal.Signals(-code).name
        log.warning("cluster %s: client process ended (%s)", self.connection.key, how)
        return Unknown(Reason.CRASHED, f"The client process ended ({how}).")

    def _discard(self) -> int | None:
        """Kill the child and give how it had ended, if it ended by itself."""
        child, self.child, self.pipe = self.child, None, None
        if child is None:
            return None
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(0.2 if child.poll() is None and _closed(child) else 0)
        code = child.returncode
        if code is None:
            child.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(REAP_S)
        for end in (child.stdin, child.stdout):
            if end is not None:
                with contextlib.suppress(OSError):
                    end.close()
        return code


IDLE_END = Unknown(Reason.CRASHED, "The client process had ended.")


def _closed(child: subprocess.Popen[bytes]) -> bool:
    """Whether the child closed its side: it is ending and its code is about to be known."""
    if child.stdout is None:
        return True
    poll = select.poll()
    poll.register(child.stdout.fileno(), select.POLLHUP)
    return bool(poll.poll(0))


def start_child() -> subprocess.Popen[bytes]:
    """A new interpreter with an almost empty environment: it inherits no secret of the caller."""
    return subprocess.Popen(
        [sys.executable, "-m", "streams.kafka.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "MALLOC_ARENA_MAX": "2"},
        bufsize=0,
        start_new_session=True,
    )


Place = tuple[int, str, str]  # process, cluster, settings


class _Agents:
    """The agents of this process; those inherited across a fork stay untouched and unused."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.by_place: dict[Place, Agent] = {}
        os.register_at_fork(after_in_child=self._new_lock)

    def _new_lock(self) -> None:
        self.lock = threading.Lock()

    def find(self, connection: Connection) -> Agent:
        """The agent of a connection, made on first use."""
        place = (os.getpid(), connection.key, connection.digest)
        with self.lock:
            agent = self.by_place.get(place)
            if agent is None:
                self._retire_older(place)
                agent = self.by_place[place] = Agent(connection)
        agent.breaker.limit(connection.first_open_s, connection.longest_open_s)
        return agent

    def _retire_older(self, place: Place) -> None:
        """After a change of settings the child with the old ones ends."""
        for older in [each for each in self.by_place if each[:2] == place[:2]]:
            self.by_place.pop(older).close_if_free()

    def close(self) -> None:
        """End the children of this process."""
        with self.lock:
            mine = [place for place in self.by_place if place[0] == os.getpid()]
            closing = [self.by_place.pop(place) for place in mine]
        for agent in closing:
            agent.close()


_agents = _Agents()


def agent_for(connection: Connection) -> Agent:
    """This process's agent for a cluster."""
    return _agents.find(connection)


def close_all() -> None:
    """End the children of this process."""
    _agents.close()
