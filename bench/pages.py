"""Page and REST times of a running quick start: p50 and p95 in milliseconds, bytes, query baselines.

./quickstart --detach && .venv/bin/python bench/pages.py [rounds]
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
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from mesh.quickstart.browser import Client  # noqa: E402  (the project stands above this folder)

ROUNDS = 40
PAGES = (
    ("home", "/"),
    ("search", "/search?q=order_id"),
    ("browse", "/search"),
    ("product", "/products/orders"),
    ("product schema", "/products/orders/schema"),
    ("product lineage", "/products/orders/lineage"),
    ("product consumers", "/products/orders/consumers"),
    ("streams", "/streams"),
    ("promises", "/promises"),
    ("inbox", "/governance/inbox"),
    ("policies", "/governance/policies"),
    ("clusters", "/clusters"),
    ("subjects", "/subjects"),
    ("rest products", "/api/v1/products"),
    ("rest groups", "/api/v1/consumer-groups"),
    ("rest search", "/api/v1/search?q=order"),
)


def asked(*words: str) -> dict[str, object]:
    """The JSON answer of ./quickstart."""
    done = subprocess.run(
        [str(ROOT / "quickstart"), *words, "--json"], capture_output=True, check=True
    )
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def main() -> None:
    """Print one line per page."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    base = str(asked("status")["urls"]["web"])  # type: ignore[index]  # the documented form
    users = asked("secrets")["users"]
    owner = next(user for user in users if user["role"] == "owner")  # type: ignore[attr-defined]  # the documented form
    client = Client(base)
    client.sign_in(owner["login"], owner["password"])
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(client.cookies))
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}, {rounds} rounds"
    )
    print(f"{'page':20} {'p50 ms':>8} {'p95 ms':>8} {'kB':>7}")
    for name, path in PAGES:
        times, size = [], 0
        for _ in range(rounds):
            started = time.perf_counter()
            with opener.open(base + path, timeout=30) as answer:
                size = len(answer.read())
            times.append((time.perf_counter() - started) * 1000)
        times.sort()
        p95 = times[max(0, int(len(times) * 0.95) - 1)]
        print(f"{name:20} {statistics.median(times):8.1f} {p95:8.1f} {size / 1000:7.1f}")
    baselines = json.loads((ROOT / "tests" / "faces" / "query_counts.json").read_text())
    print(
        "queries per list, whatever its length:",
        ", ".join(f"{k} {v}" for k, v in sorted(baselines.items())),
    )


if __name__ == "__main__":
    main()
