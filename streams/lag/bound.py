"""Whether the oldest unread record is younger than the promised bound: PASS, FAIL or UNSURE.

Brackets decide first; a timestamp look-up and a record probe decide inside a bracket. Producer
clocks are believed only where they agree with the bracket.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from streams.lag.bracket import Bracket, bracket
from streams.lag.model import (
    Bound,
    EndPoint,
    LagRules,
    PartitionWindow,
    ProbeRefusal,
    RecordProbe,
    TimestampProbe,
)
from streams.lag.movement import Reading

TAIL_RECORDS = 2  # so many offsets may be markers that nobody can read


@dataclass(frozen=True, slots=True)
class BoundVerdict:
    sla: Bound
    needs_record: bool = False
    unconfirmed: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the group stands now: its readings, what is due, and how old that is."""

    known: Sequence[Reading]
    history: Sequence[EndPoint]
    position: int
    due: int
    age: Bracket
    probe: RecordProbe | ProbeRefusal | None

    @property
    def now(self) -> Reading:
        return self.known[-1]


def judge_bound(
    standing: Standing, window: PartitionWindow, now_ms: int, rules: LagRules
) -> BoundVerdict:
    """Judge the bound of the rules; `NONE` without one."""
    bound_ms = rules.bound_ms
    if bound_ms is None:
        return BoundVerdict(Bound.NONE)
    if standing.due == 0 or standing.age.hi_ms <= bound_ms:
        return BoundVerdict(Bound.PASS)
    if standing.age.lo_ms <= bound_ms:
        settled = _by_timestamp(standing, window, now_ms, rules)
        if settled is not None:
            return settled
    return _by_record(standing, window, now_ms, rules)


def _by_timestamp(
    standing: Standing, window: PartitionWindow, now_ms: int, rules: LagRules
) -> BoundVerdict | None:
    """The bound lies inside the bracket; `None` means: a candidate for failing, probe a record."""
    probe = window.timestamp_probe
    if not isinstance(probe, TimestampProbe):
        return BoundVerdict(Bound.UNSURE, reason="the bound lies between two of our sweeps")
    if probe.offset is None:
        return None
    if probe.timestamp_ms is not None and not _clock_agrees(
        probe.offset, probe.timestamp_ms, standing, window, now_ms, rules
    ):
        return BoundVerdict(Bound.UNSURE, reason="timestamps disagree with the order of appends")
    return BoundVerdict(Bound.PASS) if standing.position >= probe.offset else None


def _clock_agrees(
    offset: int,
    timestamp_ms: int,
    standing: Standing,
    window: PartitionWindow,
    now_ms: int,
    rules: LagRules,
) -> bool:
    if window.topic.timestamp_type == "LogAppendTime":
        return True
    around = bracket(offset, standing.history, now_ms)
    age_ms = now_ms - timestamp_ms
    return around.lo_ms - rules.margin_ms <= age_ms < around.hi_ms + rules.margin_ms


def _by_record(
    standing: Standing, window: PartitionWindow, now_ms: int, rules: LagRules
) -> BoundVerdict:
    probe = standing.probe
    if probe is None:
        return BoundVerdict(Bound.UNSURE, needs_record=True, reason="no record was looked at yet")
    if isinstance(probe, ProbeRefusal):
        return _without_record(standing, probe, rules)
    if probe.offset is None or rules.bound_ms is None:
        return BoundVerdict(Bound.PASS)
    around = bracket(probe.offset, standing.history, now_ms)
    if around.lo_ms > rules.bound_ms:
        return BoundVerdict(Bound.FAIL)
    if around.hi_ms <= rules.bound_ms:
        return BoundVerdict(Bound.PASS)
    return _by_record_time(probe, around, standing, window, now_ms, rules)


def _by_record_time(
    probe: RecordProbe,
    around: Bracket,
    standing: Standing,
    window: PartitionWindow,
    now_ms: int,
    rules: LagRules,
) -> BoundVerdict:
    """The bound lies inside the record's own bracket: its timestamp decides where believable."""
    if probe.offset is None or probe.timestamp_ms is None or rules.bound_ms is None:
        return BoundVerdict(Bound.UNSURE, reason="the record carries no timestamp")
    if not _clock_agrees(probe.offset, probe.timestamp_ms, standing, window, now_ms, rules):
        return BoundVerdict(Bound.UNSURE, reason="timestamps disagree with the order of appends")
    age_ms = max(0, now_ms - probe.timestamp_ms)
    if abs(age_ms - rules.bound_ms) <= rules.margin_ms:
        return BoundVerdict(Bound.UNSURE, reason="nearer to the bound than clocks can tell")
    sla = Bound.FAIL if age_ms > rules.bound_ms else Bound.PASS
    return BoundVerdict(sla, unconfirmed=math.isinf(around.hi_ms))


def _without_record(standing: Standing, refusal: ProbeRefusal, rules: LagRules) -> BoundVerdict:
    if standing.now.lag > TAIL_RECORDS and _was_candidate(standing, rules):
        return BoundVerdict(
            Bound.FAIL, unconfirmed=True, reason=f"not confirmed by a record: {refusal.value}"
        )
    return BoundVerdict(Bound.UNSURE, reason=f"no record could be looked at: {refusal.value}")


def _was_candidate(standing: Standing, rules: LagRules) -> bool:
    """Whether the sweep before would have failed the bound by its bracket too."""
    if len(standing.known) < 2 or rules.bound_ms is None:
        return False
    before = standing.known[-2]
    if before.due == 0:
        return False
    oldest = max(before.committed, before.start)
    return bracket(oldest, standing.history, before.t_ms).lo_ms > rules.bound_ms
