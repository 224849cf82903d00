"""Measures the quick start: seconds of each step, to the seeded demo and to stop, memory of each program.

`python3 -m bench.quickstart [--no-demo] [--seconds N]`; MESH_DATA names the folder, which should be new.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
MEMORY_GOAL_BYTES = 1.5 * 1024**3
STOP_GOAL_SECONDS = 5.0
READY_GOAL_SECONDS = 90.0


def main(words: list[str]) -> int:
    """Run it once and print; 1 when it did not start, was not seeded or did not stop."""
    parser = argparse.ArgumentParser(prog="bench/quickstart.py")
    parser.add_argument("--no-demo", action="store_true")
    parser.add_argument("--seconds", type=int, default=240, help="how long the seed may take")
    asked = parser.parse_args(words)
    began = time.monotonic()
    code = quickstart("up", "--detach", *(["--no-demo"] if asked.no_demo else []), loud=True)[0]
    ready_seconds = time.monotonic() - began
    try:
        if code == 0 and not asked.no_demo:
            code = await_seed(asked.seconds, began)
        document = status()
        print_cpu(document)
        steps = recorded_steps(document)
    finally:
        stopping = time.monotonic()
        quickstart("stop")
        stop_seconds = time.monotonic() - stopping
    show(document, steps, ready_seconds, stop_seconds)
    return code


def await_seed(limit_seconds: int, began: float) -> int:
    """Wait for the demo; 1 when it does not come."""
    seeding = time.monotonic()
    while time.monotonic() - seeding < limit_seconds:
        demo = status()["demo"]
        if demo["state"] == "seeded":
            print(f"demo seeded       {time.monotonic() - began:8.1f} s after the command")
            return 0
        if demo["state"] == "off":
            break
        time.sleep(1)
    print(f"the demo was not seeded: {status()['demo']}")
    print(quickstart("logs", "seed")[1][-3000:])
    return 1


def print_cpu(document: dict[str, Any]) -> None:
    """CPU so far of the whole start: it compares on a busy machine, where seconds of the wall do not."""
    pids = [row["pid"] for row in document["services"] if row["pid"]]
    if not pids:
        return
    parents, ticks = {}, {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = entry.read_text().rpartition(")")[2].split()
            parents[int(entry.parent.name)] = int(fields[1])
            ticks[int(entry.parent.name)] = sum(int(field) for field in fields[11:15])
    root = parents.get(pids[0], 0)
    mine = [pid for pid in ticks if root in lineage(pid, parents)]
    seconds = sum(ticks[pid] for pid in mine) / os.sysconf("SC_CLK_TCK")
    print(f"CPU in all        {seconds:8.1f} s until now, on {os.cpu_count()} cores")


def lineage(pid: int, parents: dict[int, int]) -> list[int]:
    """A process and those it comes from, up to the first."""
    found = [pid]
    while parents.get(found[-1], 0) > 1:
        found.append(parents[found[-1]])
    return found


def recorded_steps(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Seconds of each step, from the status."""
    steps: list[dict[str, Any]] = document.get("steps", [])
    return steps


def show(
    document: dict[str, Any], steps: list[dict[str, Any]], ready: float, stopped: float
) -> None:
    """Print the figures beside their goals."""
    print(f"\n{'step':<24} {'seconds':>8}")
    for step in steps:
        print(f"{step['name']:<24} {step['seconds']:>8.1f}")
    print(f"{'ready':<24} {ready:>8.1f}   goal {READY_GOAL_SECONDS:.0f} (without downloads)")
    print(f"{'stop':<24} {stopped:>8.1f}   goal {STOP_GOAL_SECONDS:.0f}")
    print(f"\n{'program':<24} {'PSS MiB':>8}")
    total = 0
    for row in document["services"]:
        size = row["memory_bytes"] or 0
        total += size
        print(f"{row['name']:<24} {size / 1024**2:>8.0f}   {row['state']}")
    print(f"{'together':<24} {total / 1024**2:>8.0f}   goal {MEMORY_GOAL_BYTES / 1024**2:.0f}")


def status() -> dict[str, Any]:
    """What `status --json` says now."""
    document: dict[str, Any] = json.loads(quickstart("status", "--json")[1])
    return document


def quickstart(*words: str, loud: bool = False) -> tuple[int, str]:
    """Run one command of the quick start; with `loud` its words appear as they come."""
    command = [str(CHECKOUT / "quickstart"), *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as program:
        assert program.stdout is not None
        said = []
        with contextlib.suppress(KeyboardInterrupt):
            for line in program.stdout:
                said.append(line)
                if loud:
                    print(line, end="", flush=True)
        return program.wait(), "".join(said)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
