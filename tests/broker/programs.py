"""Programs of the application for tests: started on the test database, ended by their process group."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

CHECKOUT = Path(__file__).resolve().parents[2]
WORKER = ("-m", "celery", "-A", "mesh.celery", "worker", "-Q", "streams,schemas,default",
          "--concurrency", "2", "--pool", "prefork", "--loglevel", "WARNING")  # fmt: skip
BEAT = ("manage.py", "beat")
STOP_SECONDS = 15.0


@dataclass
class Program:
    """A child in a process group of its own; `kill` ends all of it at once, as a crash does."""

    words: tuple[str, ...]
    role: str
    log: Path
    more: Mapping[str, str]
    child: subprocess.Popen[bytes] | None = None

    def start(self) -> Program:
        environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "MESH_ROLE": self.role,
            **self.more,
        }
        with self.log.open("ab") as output:
            self.child = subprocess.Popen(
                [sys.executable, *self.words], cwd=CHECKOUT, env=environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        return self

    def __enter__(self) -> Program:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def said(self) -> str:
        """The end of its log, for the words of a failed test."""
        return self.log.read_text(errors="replace")[-4000:]

    def kill(self) -> None:
        """SIGKILL to the program and its children, without a word."""
        self._signal(signal.SIGKILL)
        if self.child is not None:
            self.child.wait(STOP_SECONDS)

    def stop(self) -> None:
        """A polite end, a hard one when it takes too long."""
        if self.child is None or self.child.poll() is not None:
            return
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def _signal(self, number: signal.Signals) -> None:
        if self.child is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.child.pid, number)


def database_url() -> str:
    """The test database, as a child has to name it."""
    from django.db import connection

    kept = connection.settings_dict
    user, password = quote(str(kept["USER"])), quote(str(kept["PASSWORD"]))
    where = f"{kept['HOST'] or '127.0.0.1'}:{kept['PORT'] or 5432}"
    return f"postgres://{user}:{password}@{where}/{kept['NAME']}"


def await_answer(url: str, program: Program, seconds: float = 40.0) -> None:
    """Wait until the URL answers below 500; fails with the program's last words."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError as answer:
            if answer.code < 500:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{url} did not answer:\n{program.said}")
