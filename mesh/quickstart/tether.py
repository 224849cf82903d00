"""Ties a child to the life of its supervisor; run as a script, before the application is there.

`run` drops to an unprivileged account, asks the kernel for a signal when the parent dies, and
becomes the command. `watch` reads the supervisor's list of children from a pipe and ends what is
left when the pipe closes.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 6.0  # below the ten seconds that anything may outlive a killed supervisor


def run(arguments: list[str]) -> None:
    """Become a command: `PARENT UID GID SIGNAL COMMAND…`; UID -1 keeps the account."""
    parent, uid, gid, death_signal = (int(word) for word in arguments[:4])
    command = arguments[4:]
    importlib.import_module(
        "warnings"
    )  # exec wants it, and later Python's own files may be out of reach
    library = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    # The kernel forgets the death signal when the uid changes, so it is asked for afterwards.
    if library is not None:
        library.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the supervisor ended before its child began")
    try:
        os.execvp(command[0], command)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        sys.exit(127)


def start_ticks(pid: int) -> int:
    """When a process began, in clock ticks since boot; 0 when it is gone or not told."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return int(stat.read().rpartition(b")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0


def watch() -> None:
    """Read `+ PID TICKS SIGNAL` and `- PID` lines; at end of file end every group still known."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    known: dict[int, tuple[int, int]] = {}
    for line in sys.stdin:
        words = line.split()
        if words[0] == "+":
            known[int(words[1])] = (int(words[2]), int(words[3]))
        elif words[0] == "-":
            known.pop(int(words[1]), None)
        else:
            return
    end_groups(known, GRACE_SECONDS)


def end_groups(known: dict[int, tuple[int, int]], grace_seconds: float) -> None:
    """Ask each process politely, then kill its whole group."""
    for pid, (ticks, polite) in known.items():
        if start_ticks(pid) == ticks:
            with contextlib.suppress(OSError):
                os.kill(pid, polite)
    until = time.monotonic() + grace_seconds
    while time.monotonic() < until and any(
        group_lives(pid, ticks) for pid, (ticks, _) in known.items()
    ):
        time.sleep(0.1)
    for pid, (ticks, _) in known.items():
        if group_lives(pid, ticks):
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)


def group_lives(pid: int, ticks: int) -> bool:
    """Whether a group led by this very process has members; a stranger with its number does not count."""
    if start_ticks(pid) not in (0, ticks):
        return False
    try:
        os.killpg(pid, 0)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    if sys.argv[1] == "run":
        run(sys.argv[2:])
    else:
        watch()
