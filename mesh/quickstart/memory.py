"""How much memory a program and everything it started takes, shared pages counted once."""

from __future__ import annotations

import contextlib
from pathlib import Path

PROC = Path("/proc")


def family(pid: int) -> list[int]:
    """The process and all its descendants, from one look at the process table."""
    children: dict[int, list[int]] = {}
    for folder in PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(folder.name))
    found, pending = [], [pid]
    while pending:
        member = pending.pop()
        found.append(member)
        pending += children.get(member, [])
    return found


def proportional_bytes(pid: int) -> int | None:
    """PSS of one process; None when the system does not tell."""
    try:
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        return None
    return None


def family_bytes(pid: int | None) -> int | None:
    """PSS of a program with its descendants; None when it is gone or the system does not tell."""
    if not pid:
        return None
    sizes = [proportional_bytes(member) for member in family(pid)]
    known = [size for size in sizes if size is not None]
    return sum(known) if known else None
