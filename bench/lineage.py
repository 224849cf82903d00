"""Full impact, loops and layout over a mesh of 100,000 nodes and a million edges."""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lineage.graph.engine import EngineName
from lineage.graph.graph import Graph
from lineage.graph.layout import layout

NODES, EDGES = 100_000, 1_000_000
HUBS = 5
SEED = 20
Result = TypeVar("Result")


def mesh() -> tuple[list[int], list[int]]:
    """Random edges whose sources crowd on low ids, so that a few hubs feed thousands."""
    chance = random.Random(SEED)
    src = [int(NODES * chance.random() ** 2.5) for _ in range(EDGES)]
    dst = [chance.randrange(NODES) for _ in range(EDGES)]
    return src, dst


def timed(name: str, work: Callable[[], Result]) -> Result:
    started = perf_counter()
    result = work()
    print(f"{name:44} {(perf_counter() - started) * 1000:>10,.1f} ms")
    return result


def impact(engine: EngineName, src: list[int], dst: list[int]) -> None:
    graph = timed(f"{engine}: build", lambda: Graph.from_edges(src, dst, engine=engine))
    for hub, fan_out in Counter(src).most_common(HUBS):
        name = f"{engine}: impact of a hub with {fan_out:,} edges"
        reach = timed(name, partial(graph.downstream, hub))
        assert reach.complete
        print(f"{engine}: nodes reached {len(reach.nodes):,}")
    timed(f"{engine}: loops of the whole mesh", graph.cycles)


def drawing(count: int) -> None:
    chance = random.Random(SEED)
    nodes = {f"node-{number:05}": f"group-{number % 12}" for number in range(count)}
    keys = sorted(nodes)
    pairs = (sorted(chance.sample(keys, 2)) for _ in range(2 * count))
    edges = [(src, dst) for src, dst in pairs]
    timed(f"layout of {count:,} nodes", lambda: layout(nodes, edges))


def main() -> None:
    src, dst = mesh()
    impact("numpy", src, dst)
    impact("python", src, dst)
    for count in (400, 1_000, 5_000):
        drawing(count)


if __name__ == "__main__":
    main()
