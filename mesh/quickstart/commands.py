"""The commands of `./quickstart` beside `up`: status, stop, reset, logs, secrets."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
import time
from argparse import Namespace
from pathlib import Path

from mesh.quickstart.children import last_lines
from mesh.quickstart.listing import people, people_lines, status, status_lines
from mesh.quickstart.orphans import DataInUse, begin_anew
from mesh.quickstart.places import Places
from mesh.quickstart.secrets import as_variables, keep_secrets
from mesh.quickstart.state import (
    EMPTY,
    end_leftovers,
    is_running,
    read_state,
    same_process,
    write_json,
)

STOP_SECONDS = 60.0
LOG_LINES = 200


def show_status(places: Places, asked: Namespace) -> int:
    """Print what runs."""
    document = status(places)
    print(json.dumps(document, indent=1) if asked.json else "\n".join(status_lines(document)))
    return 0


def show_secrets(places: Places, asked: Namespace) -> int:
    """Print the generated logins."""
    if asked.env:
        return _show_variables(places)
    document = people(places)
    if not document["users"] and not asked.json:
        print("There are no logins yet: start with ./quickstart")
        return 1
    print(json.dumps(document, indent=1) if asked.json else "\n".join(people_lines(document)))
    return 0


def _show_variables(places: Places) -> int:
    """Print the secrets as variables; made now if there are none, so data of older ones is set aside."""
    places.make()
    try:
        words = begin_anew(places)
    except DataInUse as used:
        print(used, file=sys.stderr)
        return 1
    if words:
        print(words, file=sys.stderr)
    for name, value in as_variables(keep_secrets(places)).items():
        print(f"{name}={value}")
    return 0


def show_logs(places: Places, asked: Namespace) -> int:
    """Print the end of one log, and go on with --follow."""
    names = sorted(path.stem for path in places.log.glob("*.log"))
    if asked.name is None:
        print("Logs: " + (", ".join(names) or "none yet"))
        return 0
    if asked.name not in names:
        print(
            f"There is no log named {asked.name!r}. Logs: {', '.join(names) or 'none yet'}",
            file=sys.stderr,
        )
        return 2
    log = places.log / f"{asked.name}.log"
    for line in last_lines(log, LOG_LINES):
        print(line)
    if asked.follow:
        with contextlib.suppress(KeyboardInterrupt), log.open(errors="replace") as file:
            file.seek(0, os.SEEK_END)
            while True:
                print(file.read(), end="", flush=True)
                time.sleep(0.3)
    return 0


def stop(places: Places, _asked: Namespace) -> int:
    """Stop the supervisor in order; clean up after one that crashed."""
    began = time.monotonic()
    if not is_running(places):
        left = end_leftovers(places)
        if left:
            print(f"Ended what a crash had left behind: {', '.join(left)}.")
        else:
            print("Tributary is not running.")
        _mark_stopped(places)
        return 0
    supervisor = read_state(places)["supervisor"]
    pid, ticks = supervisor.get("pid", 0), supervisor.get("started_ticks", 0)
    if not pid or not same_process(pid, ticks):
        print("Another start is just beginning: try again in a moment.", file=sys.stderr)
        return 1
    os.kill(pid, signal.SIGTERM)
    while is_running(places) and time.monotonic() - began < STOP_SECONDS:
        time.sleep(0.05)
    if is_running(places) and same_process(pid, ticks):
        print("It did not stop in time and is ended now.")
        os.kill(pid, signal.SIGKILL)
        end_leftovers(places)
        _mark_stopped(places)
    print(f"Stopped in {time.monotonic() - began:.1f} s. Your data stays in {places.data}.")
    return 0


def reset(places: Places, asked: Namespace) -> int:
    """Delete all data of this quick start, after asking; refuses a folder that is not ours."""
    folders = _folders(places)
    if not places.state.exists():
        print(
            f"{places.data} holds no quick start (no run/state.json): nothing was deleted.",
            file=sys.stderr,
        )
        return 1
    if is_running(places):
        print("Tributary is running. Stop it first: ./quickstart stop", file=sys.stderr)
        return 1
    named = " and ".join(str(folder) for folder in folders)
    if not asked.yes and not _confirmed(f"Delete everything in {named}? Type yes: "):
        print("Nothing was deleted.")
        return 1
    end_leftovers(places)
    for folder in folders:
        shutil.rmtree(folder)
    print(f"Deleted {named}.")
    return 0


def _folders(places: Places) -> list[Path]:
    folders = [places.data]
    if places.services != places.data and places.services.exists():
        folders.append(places.services)
    return folders


def _confirmed(question: str) -> bool:
    if not sys.stdin.isatty():
        print("Say --yes when no person can answer.", file=sys.stderr)
        return False
    return input(question).strip().lower() == "yes"


def _mark_stopped(places: Places) -> None:
    if places.state.exists():
        recorded = read_state(places)
        write_json(
            places.state,
            {**EMPTY, **recorded, "state": "stopped", "services": [], "supervisor": {}},
        )
