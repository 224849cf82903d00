"""Partition verdicts per second on one core: quiet ones, lagging ones, and the mix of a mesh."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from streams.lag.evaluate import evaluate
from streams.lag.model import (
    EndPoint,
    LagRules,
    Membership,
    PartitionWindow,
    Sample,
    TopicFacts,
)

SWEEP_MS = 60_000
SAMPLES = 30
BUDGET_S = 2.0  # per line
RULES = LagRules(SWEEP_MS, bound_ms=300_000)


def window(commit_step: int, samples: int) -> PartitionWindow:
    """A log that grows by 100 a sweep, read by `commit_step` a sweep."""
    seen = [
        Sample(place * SWEEP_MS, place * commit_step, 0, place * 100)
        for place in range(1, samples + 1)
    ]
    history = [EndPoint(one.t_ms, one.t_ms + 20, (one.t_ms // SWEEP_MS) * 100) for one in seen]
    return PartitionWindow(
        seen, (SWEEP_MS,) * 8, history, Membership.OWNED, TopicFacts(retention_ms=604_800_000)
    )


def verdicts_per_second(windows: Sequence[PartitionWindow]) -> float:
    """Judges the windows in turn until the budget is spent."""
    judged, started = 0, perf_counter()
    while perf_counter() - started < BUDGET_S:
        for one in windows:
            evaluate(one, one.samples[-1].t_ms, RULES)
        judged += len(windows)
    return judged / (perf_counter() - started)


def main() -> None:
    quiet, lagging = window(100, 1), window(60, SAMPLES)
    lines = {
        "nothing due": [quiet],
        "lag grows, 30 samples": [lagging],
        "mesh: one in fifty lags": [quiet] * 49 + [lagging],
    }
    for name, windows in lines.items():
        print(f"{name:28} {verdicts_per_second(windows):>10,.0f} verdicts/s")


if __name__ == "__main__":
    main()
