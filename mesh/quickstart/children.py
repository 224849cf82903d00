"""Starts, watches, restarts and ends child programs, each in a session of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from mesh.quickstart.accounts import Account
from mesh.quickstart.tether import group_lives, start_ticks

TETHER = Path(__file__).with_name("tether.py")
LOG_BYTES = 5 * 1024 * 1024
LOG_FILES = 5
START_MARK = "=== start of"
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 30.0
RESTARTS_ALLOWED, RESTART_WINDOW_SECONDS = 5, 300.0


@dataclass(frozen=True, slots=True)
class Launch:
    """How one program is started and stopped."""

    name: str
    command: tuple[str, ...]
    cwd: Path
    environment: Mapping[str, str]
    log: Path
    account: Account | None = None
    stop_signal: int = signal.SIGTERM
    grace_seconds: float = 10.0
    umask: int = 0o077


def tethered(launch: Launch) -> list[str]:
    """The command line that ties the program to this process."""
    uid, gid = (launch.account.uid, launch.account.gid) if launch.account else (-1, -1)
    tie = [str(os.getpid()), str(uid), str(gid), str(int(launch.stop_signal))]
    return [sys.executable, "-I", "-S", str(TETHER), "run", *tie, *launch.command]


def spawn(launch: Launch) -> subprocess.Popen[bytes]:
    """Start the program. The death signal follows the calling thread, so it must outlive the child."""
    with launch.log.open("ab") as log:
        return subprocess.Popen(
            tethered(launch),
            cwd=launch.cwd,
            env=dict(launch.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=launch.umask,
        )


def run_once(launch: Launch, timeout_seconds: float, text: str = "") -> tuple[int, str]:
    """Run a program to its end: exit code and what it said, which is logged too."""
    try:
        done = subprocess.run(
            tethered(launch),
            cwd=launch.cwd,
            env=dict(launch.environment),
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            timeout=timeout_seconds,
            umask=launch.umask,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        said = error.stdout.decode(errors="replace") if isinstance(error.stdout, bytes) else ""
        return 124, f"{said}\nno end after {timeout_seconds:.0f} seconds"
    with launch.log.open("a") as log:
        log.write(done.stdout)
    return done.returncode, done.stdout


@dataclass(slots=True)
class Watcher:
    """A second process that ends the children when this one is killed."""

    pipe: IO[str] | None = None
    program: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Begin; children started afterwards are told to it."""
        self.program = subprocess.Popen(
            [sys.executable, "-I", "-S", str(TETHER), "watch"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            cwd="/",
        )
        self.pipe = self.program.stdin

    def tell(self, line: str) -> None:
        """Write one line; a watcher that is gone is no reason to stop."""
        if self.pipe is not None:
            with contextlib.suppress(OSError, ValueError):
                self.pipe.write(f"{line}\n")
                self.pipe.flush()

    def end(self) -> None:
        """Say that all is well and let it go."""
        self.tell("quit")
        if self.program is not None and self.pipe is not None:
            with contextlib.suppress(OSError):
                self.pipe.close()
            self.program.wait(timeout=5)


@dataclass(slots=True)
class Child:
    """One long-lived program with its restarts."""

    launch: Launch
    watcher: Watcher
    restarts: bool = True
    program: subprocess.Popen[bytes] | None = None
    ticks: int = 0
    started: float = 0.0
    failed: bool = False
    exit_code: int | None = None
    due: float = 0.0
    deaths: list[float] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The word by which people call it."""
        return self.launch.name

    @property
    def pid(self) -> int | None:
        """The number of the running program."""
        return self.program.pid if self.program is not None and self.exit_code is None else None

    def start(self) -> None:
        """Start it now. Call from the main thread only."""
        mark_start(self.launch.log, self.name)
        self.program = spawn(self.launch)
        self.exit_code = None
        self.ticks = start_ticks(self.program.pid)
        self.started = time.monotonic()
        self.watcher.tell(f"+ {self.program.pid} {self.ticks} {int(self.launch.stop_signal)}")

    def ended(self) -> bool:
        """Whether the program has come to its end."""
        if self.program is None:
            return False
        if self.exit_code is None:
            self.exit_code = self.program.poll()
            if self.exit_code is not None:
                self.sweep_group()
        return self.exit_code is not None

    def keep_alive(self, now: float) -> bool:
        """Restart it after a pause when it died; True when something changed."""
        if self.failed or self.program is None or not self.ended() or not self.restarts:
            return False
        if not self.due:
            self._plan_restart(now)
            return True
        if now < self.due:
            return False
        self.due = 0.0
        self.start()
        return True

    def _plan_restart(self, now: float) -> None:
        self.deaths = [death for death in self.deaths if now - death < RESTART_WINDOW_SECONDS]
        self.deaths.append(now)
        if len(self.deaths) > RESTARTS_ALLOWED:
            self.failed = True
            return
        pause = FIRST_PAUSE_SECONDS * 2 ** (len(self.deaths) - 1)
        self.due = now + min(pause, LONGEST_PAUSE_SECONDS)

    def ask_to_stop(self, polite: int | None = None) -> None:
        """Send the polite signal; no restart from now on."""
        self.restarts = False
        if self.program is not None and not self.ended():
            with contextlib.suppress(OSError):
                self.program.send_signal(polite or self.launch.stop_signal)

    def bounce(self) -> None:
        """End it at once so that it is started again: for a program that lives but does not listen."""
        if self.program is not None and not self.ended():
            with contextlib.suppress(OSError):
                os.killpg(self.program.pid, signal.SIGKILL)

    def kill(self) -> None:
        """End it and everything in its session at once."""
        self.restarts = False
        if self.program is None:
            return
        if not self.ended():
            with contextlib.suppress(OSError):
                os.killpg(self.program.pid, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.exit_code = self.program.wait(timeout=5)
        self.sweep_group()

    def sweep_group(self) -> None:
        """End members of its session that outlived it, and tell the watcher to forget it."""
        if self.program is None:
            return
        if group_lives(self.program.pid, 0):
            with contextlib.suppress(OSError):
                os.killpg(self.program.pid, signal.SIGKILL)
        self.watcher.tell(f"- {self.program.pid}")


def rotate(log: Path) -> None:
    """Keep five files of five megabytes. Writers append, so the file is copied and cut, not moved."""
    try:
        if log.stat().st_size < LOG_BYTES:
            return
    except OSError:
        return
    for number in range(LOG_FILES - 1, 1, -1):
        older = log.with_name(f"{log.name}.{number - 1}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number}"))
    log.with_name(f"{log.name}.1").write_bytes(log.read_bytes())
    os.truncate(log, 0)


def mark_start(log: Path, name: str) -> None:
    """Write where a run begins, so that an old failure is not taken for the new one."""
    with log.open("a") as file:
        file.write(f"{START_MARK} {name} {time.strftime('%Y-%m-%d %H:%M:%S %z')}\n")


def lines_since_start(log: Path, count: int = 20) -> list[str]:
    """The end of the newest run in a log file."""
    lines = last_lines(log, 1000)
    starts = [number for number, line in enumerate(lines) if line.startswith(START_MARK)]
    return lines[starts[-1] + 1 if starts else 0 :][-count:]


def last_lines(log: Path, count: int = 20) -> list[str]:
    """The end of a log file, without reading all of it."""
    try:
        with log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 64 * 1024))
            return file.read().decode(errors="replace").splitlines()[-count:]
    except OSError:
        return []
