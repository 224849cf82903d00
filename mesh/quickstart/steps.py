"""Prints what is being done: a tick, the step's name, its seconds, and what helps when it fails."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from mesh.quickstart.children import lines_since_start

NAME_WIDTH = 20


class StepFailed(Exception):
    """A step that the start cannot go on without."""

    def __init__(
        self, step: str, reason: str, *, log: Path | None = None, remedy: str = ""
    ) -> None:
        super().__init__(reason)
        self.step = step
        self.log = log
        self.remedy = remedy


@dataclass(slots=True)
class Reporter:
    """Writes lines for a person and keeps the seconds for the state file."""

    finished: list[dict[str, object]] = field(default_factory=list)

    def done(self, name: str, began: float, note: str = "", *, ended: float = 0.0) -> None:
        """A step came to its good end; `ended` when that was earlier than now."""
        seconds = (ended or time.monotonic()) - began
        self.finished.append({"name": name, "seconds": round(seconds, 2)})
        _print(f"  {_mark('✓', 'ok')} {name:<{NAME_WIDTH}} {seconds:6.1f} s   {note}".rstrip())

    def warn(self, name: str, reason: str, remedy: str = "") -> None:
        """Something is missing, and the start goes on without it."""
        _print(f"  {_mark('!', 'warn')} {name:<{NAME_WIDTH}} {reason}")
        if remedy:
            _print(f"    {'':<{NAME_WIDTH}} What helps: {remedy}")

    def failed(self, failure: StepFailed, masked: tuple[str, ...] = ()) -> None:
        """The start stops here: reason, the end of the log, one command."""
        _print(f"  {_mark('✗', 'fail')} {failure.step:<{NAME_WIDTH}} {mask(str(failure), masked)}")
        if failure.log is not None:
            for line in lines_since_start(failure.log):
                _print(f"      │ {mask(line, masked)}")
        if failure.remedy:
            _print(f"    What helps: {failure.remedy}")

    def say(self, text: str = "") -> None:
        """A line that is not a step."""
        _print(text)


def mask(text: str, secrets: tuple[str, ...]) -> str:
    """The text without any of the secrets."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "********")
    return text


def _mark(sign: str, kind: str) -> str:
    plain = {"✓": "+", "✗": "x"}.get(sign, sign)
    encoding = (sys.stdout.encoding or "").lower()
    if "utf" not in encoding:
        return plain
    colour = {"ok": "32", "warn": "33", "fail": "31"}[kind]
    return f"\033[{colour}m{sign}\033[0m" if sys.stdout.isatty() else sign


def _print(line: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    print(line.encode(encoding, "replace").decode(encoding), flush=True)
