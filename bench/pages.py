"""Page, fragment and REST times of a running quick start: p50 and p95 in milliseconds, CPU, bytes.

./quickstart --detach && .venv/bin/python bench/pages.py [rounds]

CPU is what the web's processes used for one request (user and system, from /proc): a busy machine raises
it far less than the times. What PostgreSQL used is not in it.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from mesh.quickstart.browser import Client  # noqa: E402  (the project stands above this folder)

ROUNDS = 40
TABS = ("schema", "lineage", "consumers", "promises", "changes")
PAGES = (
    ("home", "/"),
    ("search", "/search?q=order_id"),
    ("browse", "/search"),
    ("product", "/products/orders"),
    *((f"product {tab}", f"/products/orders/{tab}") for tab in TABS),
    ("subjects", "/subjects"),
    ("subject", "/subjects/{subject}"),
    ("streams", "/streams"),
    ("group", "/consumer-groups/{group}"),
    ("topic", "/topics/{topic}"),
    ("promises", "/promises"),
    ("incidents", "/incidents"),
    ("incident", "/incidents/{incident}"),
    ("inbox", "/governance/inbox"),
    ("change review", "/governance/requests/{request}"),
    ("policies", "/governance/policies"),
    ("audit", "/audit"),
    ("clusters", "/clusters"),
    ("connection", "/clusters/{cluster}"),
    ("developer", "/developer"),
    ("fragment progress", "/governance/_/progress/{request}"),
    ("fragment edge", "/lineage/_/edge/{edge}"),
    ("rest products", "/api/v1/products"),
    ("rest groups", "/api/v1/consumer-groups"),
    ("rest search", "/api/v1/search?q=order"),
)
FIRST = {  # what stands in braces above: a list, and the member of its first row
    "subject": ("/api/v1/subjects", "id"),
    "group": ("/api/v1/consumer-groups", "id"),
    "topic": ("/api/v1/topics", "id"),
    "incident": ("/api/v1/incidents", "number"),
    "request": ("/api/v1/requests", "number"),
    "cluster": ("/api/v1/clusters", "id"),
}


def asked(*words: str) -> dict[str, Any]:
    """The JSON answer of ./quickstart."""
    done = subprocess.run(
        [str(ROOT / "quickstart"), *words, "--json"], capture_output=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def family_cpu_ms(pid: int) -> float:
    """CPU that a process and its children have used so far, in milliseconds."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(") ")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if stat.parent.name == str(pid) or fields[1] == str(pid):
            ticks += int(fields[11]) + int(fields[12])
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


def addresses(fetch: Callable[[str], bytes]) -> list[tuple[str, str]]:
    """Pages with the ids of the running mesh; one that has nothing to show is left out and named."""
    known: dict[str, object] = {}
    for name, (path, member) in FIRST.items():
        rows = json.loads(fetch(path))["items"]
        if rows:
            known[name] = rows[0][member]
    graph = json.loads(fetch("/api/v1/lineage/graph?root=orders"))
    edges = [edge for line in graph.get("edges", []) for edge in line.get("edge_ids", [])]
    if edges:
        known["edge"] = edges[0]
    found = []
    for name, path in PAGES:
        try:
            found.append((name, path.format_map(known)))
        except KeyError as missing:
            print(f"{name}: left out, there is no {missing.args[0]}")
    return found


def signed_in(base: str) -> Callable[[str], bytes]:
    """`fetch(path)` in a session of the owner."""
    owner = next(user for user in asked("secrets")["users"] if user["role"] == "owner")
    client = Client(base)
    client.sign_in(owner["login"], owner["password"])
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(client.cookies))

    def fetch(path: str) -> bytes:
        with opener.open(base + path, timeout=30) as answer:
            body: bytes = answer.read()
        return body

    return fetch


def measured(fetch: Callable[[str], bytes], path: str, rounds: int, pid: int) -> str:
    """p50, p95, CPU and size of one address as the columns of its line."""
    fetch(path)
    times, size, cpu = [], 0, family_cpu_ms(pid)
    for _ in range(rounds):
        started = time.perf_counter()
        size = len(fetch(path))
        times.append((time.perf_counter() - started) * 1000)
    cpu = (family_cpu_ms(pid) - cpu) / rounds
    times.sort()
    p95 = times[max(0, int(len(times) * 0.95) - 1)]
    return f"{statistics.median(times):8.1f} {p95:8.1f} {cpu:8.1f} {size / 1000:7.1f}"


def main() -> None:
    """Print one line per page."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    status = asked("status")
    web = next(service for service in status["services"] if service["name"] == "web")
    fetch = signed_in(str(status["urls"]["web"]))
    version, load = platform.python_version(), os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, Python {version}, load {load:.1f}, {rounds} rounds")
    print(f"{'page':20} {'p50 ms':>8} {'p95 ms':>8} {'CPU ms':>8} {'kB':>7}")
    for name, path in addresses(fetch):
        print(f"{name:20} {measured(fetch, path, rounds, web['pid'])}", flush=True)
    baselines = json.loads((ROOT / "tests" / "faces" / "query_counts.json").read_text())
    counts = ", ".join(f"{name} {count}" for name, count in sorted(baselines.items()))
    print("queries per page, whatever the length of its lists:", counts)


if __name__ == "__main__":
    main()
