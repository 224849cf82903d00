"""What runs now, in one file that other commands read, and the lock that says who may write it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from pathlib import Path
from typing import Any, TextIO

from mesh.quickstart.places import Places
from mesh.quickstart.tether import end_groups, start_ticks

EMPTY: dict[str, Any] = {
    "version": 1,
    "supervisor": {},
    "state": "stopped",
    "urls": {},
    "ports": {},
    "services": [],
    "demo": {"state": "off"},
    "steps": [],
}


class AlreadyRunning(Exception):
    """Another supervisor holds the folder."""


def read_state(places: Places) -> dict[str, Any]:
    """The recorded state; the empty one when there is none or it cannot be read."""
    try:
        recorded = json.loads(places.state.read_text())
    except (OSError, ValueError):
        recorded = {}
    return {**EMPTY, **(recorded if isinstance(recorded, dict) else {})}


def write_json(path: Path, content: object) -> None:
    """Replace a file whole, readable by its owner only: a reader never sees half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=1)
        file.write("\n")
    temporary.replace(path)


def hold_lock(places: Places) -> TextIO:
    """The open lock file; closing it lets go. Raises AlreadyRunning when somebody else holds it."""
    lock = (places.run / "lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise AlreadyRunning from error
    return lock


def is_running(places: Places) -> bool:
    """Whether a supervisor holds the lock now."""
    if not (places.run / "lock").exists():
        return False
    try:
        hold_lock(places).close()
    except AlreadyRunning:
        return True
    return False


def same_process(pid: int, ticks: int) -> bool:
    """Whether the recorded process still is the one that has this number."""
    if ticks:
        return start_ticks(pid) == ticks
    with contextlib.suppress(OSError):
        os.kill(pid, 0)
        return True
    return False


def end_leftovers(places: Places, grace_seconds: float = 5.0) -> list[str]:
    """End what a crashed supervisor left behind; the names of what was still alive.

    A process is touched only if its number and its start time are the recorded ones.
    """
    known: dict[int, tuple[int, int]] = {}
    names = []
    for service in read_state(places)["services"]:
        pid, ticks = service.get("pid"), service.get("started_ticks", 0)
        if pid and ticks and start_ticks(pid) == ticks:
            known[pid] = (ticks, service.get("stop_signal", 15))
            names.append(service["name"])
    end_groups(known, grace_seconds)
    return names
