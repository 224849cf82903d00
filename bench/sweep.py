"""Sweeps of a running quick start: milliseconds from claim to recorded, and CPU of the asking child.

./quickstart --detach && .venv/bin/python bench/sweep.py
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("MESH_DATA", ROOT / "var"))
NEWEST = 200


def database() -> str:
    """Address of the quick start's database."""
    lines = (DATA / "secrets.env").read_text().splitlines()
    password = dict(line.split("=", 1) for line in lines if "=" in line)["POSTGRES_PASSWORD"]
    state = json.loads((DATA / "run" / "state.json").read_text())
    return f"postgresql://tributary:{password}@127.0.0.1:{state['ports']['postgres']}/tributary"


def main() -> None:
    """Print one line of figures and what was swept."""
    subprocess.run([str(ROOT / "quickstart"), "status"], check=True, capture_output=True)
    with psycopg.connect(database()) as connection:
        rows = connection.execute(
            "select duration_ms, (counts->>'cpu_ms')::int, counts from streams_sweep "
            "where outcome = 'done' order by id desc limit %s",
            [NEWEST],
        ).fetchall()
    times = sorted(row[0] for row in rows)
    cpu = sorted(row[1] for row in rows)
    newest = rows[0][2]
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}, {len(rows)} sweeps"
    )
    kinds = ("topics", "groups", "commits", "ends")
    print(
        "answered:",
        ", ".join(
            f"{kind} {newest[kind]['answered']}/{newest[kind]['expected']}" for kind in kinds
        ),
    )
    print(
        f"wall ms: p50 {statistics.median(times):.0f}, p95 {times[int(len(times) * 0.95) - 1]}, max {times[-1]}"
    )
    print(
        f"CPU ms of the asking child: p50 {statistics.median(cpu):.0f}, p95 {cpu[int(len(cpu) * 0.95) - 1]}"
    )


if __name__ == "__main__":
    main()
