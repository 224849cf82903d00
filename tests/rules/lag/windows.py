"""Windows as a sweep would hand them over, from short lists of numbers."""

from __future__ import annotations

from collections.abc import Sequence

from streams.lag.evaluate import evaluate
from streams.lag.model import (
    EndPoint,
    LagRules,
    Membership,
    Number,
    PartitionVerdict,
    PartitionWindow,
    RecordProbe,
    Sample,
    TopicFacts,
)

SWEEP_MS = 60_000
RULES = LagRules(sweep_ms=SWEEP_MS)


def window(
    commits: Sequence[Number | None],
    ends: Sequence[Number],
    *,
    start: Number = 0,
    stable: Number | None = None,
    membership: Membership = Membership.OWNED,
    topic: TopicFacts | None = None,
    gaps: Sequence[int] = (),
    sweep_ms: int = SWEEP_MS,
    **kept: object,
) -> PartitionWindow:
    """One sample per sweep from t = 0; the log ends are asked 10 ms after the commits."""
    times = [place * sweep_ms for place in range(len(commits))]
    samples = [
        Sample(t_ms, commit, start, end, stable)
        for t_ms, commit, end in zip(times, commits, ends, strict=True)
    ]
    history = [
        EndPoint(t_ms + 10, t_ms + 20, end)
        for t_ms, end in zip(times, ends, strict=True)
        if isinstance(end, int)
    ]
    return PartitionWindow(
        samples, gaps, history, membership, topic or TopicFacts(), **kept  # type: ignore[arg-type]
    )  # fmt: skip


def judged(
    commits: Sequence[Number | None],
    ends: Sequence[Number],
    rules: LagRules = RULES,
    /,
    **facts: object,
) -> PartitionVerdict:
    """The verdict at the last sample."""
    seen = window(commits, ends, **facts)  # type: ignore[arg-type]
    return evaluate(seen, seen.samples[-1].t_ms, rules)


def record_at(position: int, end: int, timestamp_ms: int | None = None) -> RecordProbe:
    return RecordProbe(position, end, position, timestamp_ms)


def nothing_at(position: int, end: int) -> RecordProbe:
    return RecordProbe(position, end, None)
