"""One headline for many partitions: worst status, counts, and how much of the lag is covered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from streams.lag.model import (
    UNKNOWN,
    Duration,
    Number,
    PartitionVerdict,
    Severity,
    Status,
)

NOT_COUNTED = (Status.ABANDONED, Status.ORPHANED)  # shown, yet nobody reads there any more


@dataclass(frozen=True, slots=True)
class Headline:
    """A group on a topic, or a whole group.

    `lag_records` is the sum over `covered` of `partitions`: "lag 1,204 over 11 of 12 partitions".
    The worst time lag of the covered partitions lies in [`age_lo_ms`, `age_hi_ms`).
    `worst_partition` is the place in the sequence given, `None` for an empty one.
    """

    status: Status
    counts: Mapping[Status, int] = field(default_factory=dict)
    lag_records: Number = UNKNOWN
    covered: int = 0
    partitions: int = 0
    age_lo_ms: Number = UNKNOWN
    age_hi_ms: Duration = UNKNOWN
    worst_partition: int | None = None

    @property
    def is_complete(self) -> bool:
        return self.covered == self.partitions


def roll_up(verdicts: Sequence[PartitionVerdict]) -> Headline:
    """Worst known error or critical status; else UNKNOWN if any is; else the worst of the rest.

    The order of the verdicts changes nothing but `worst_partition`.
    """
    if not verdicts:
        return Headline(Status.UNKNOWN)
    counted = [verdict for verdict in verdicts if verdict.status not in NOT_COUNTED]
    lags = [verdict.lag for verdict in counted if isinstance(verdict.lag, int)]
    lows = [verdict.age_lo_ms for verdict in counted if isinstance(verdict.age_lo_ms, int)]
    highs = [verdict.age_hi_ms for verdict in counted if isinstance(verdict.age_hi_ms, int | float)]
    return Headline(
        status=headline_status([verdict.status for verdict in verdicts]),
        counts=dict(sorted(Counter(verdict.status for verdict in verdicts).items(), key=_place)),
        lag_records=sum(lags) if lags else UNKNOWN,
        covered=len(lags),
        partitions=len(counted),
        age_lo_ms=max(lows) if lows else UNKNOWN,
        age_hi_ms=max(highs) if highs else UNKNOWN,
        worst_partition=max(range(len(verdicts)), key=lambda place: _weight(verdicts[place])),
    )


def headline_status(statuses: Sequence[Status]) -> Status:
    """The one status that stands for many; UNKNOWN for none."""
    loud = [status for status in statuses if status.severity.rank >= Severity.ERROR.rank]
    if loud:
        return _worst(loud)
    if not statuses or Status.UNKNOWN in statuses:
        return Status.UNKNOWN
    return _worst(statuses)


def _worst(statuses: Sequence[Status]) -> Status:
    return min(statuses, key=lambda status: (-status.severity.rank, status.number))


def _weight(verdict: PartitionVerdict) -> tuple[int, int, float, int]:
    age = verdict.age_hi_ms if isinstance(verdict.age_hi_ms, int | float) else 0.0
    lag = verdict.lag if isinstance(verdict.lag, int) else 0
    return (verdict.status.severity.rank, -verdict.status.number, age, lag)


def _place(entry: tuple[Status, int]) -> int:
    return entry[0].number
