"""The judgement of one consumer group on one partition, from plain facts to a status.

Rules in the order of `Status`; the first that holds is the status, the others are kept beside it
(docs/lag.md). Nothing here asks a broker: a missing probe answer is named in `needs`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from streams.lag import idle, trend
from streams.lag.bound import BoundVerdict, Standing, judge_bound
from streams.lag.bracket import Bracket, bracket, rising
from streams.lag.model import (
    UNKNOWN,
    Bound,
    CatchUp,
    Duration,
    LagRules,
    Membership,
    Method,
    Number,
    PartitionVerdict,
    PartitionWindow,
    ProbeRefusal,
    Quality,
    RecordProbe,
    Sample,
    Status,
)
from streams.lag.movement import Reading, obtained, readings, still_since_ms

LEFT_SAMPLES = 3  # readings without movement that go with three descriptions without assignment
LOSS_SHARE = 4  # a loss counts as imminent within a quarter of the retention time


def evaluate(window: PartitionWindow, now_ms: int, rules: LagRules) -> PartitionVerdict:
    """Judge the last sample of the window. Total: no combination of facts raises."""
    sample = window.samples[-1] if window.samples else None
    if sample is None:
        return _unknown("no sweep has read this partition", rules)
    if window.topic.ended and obtained(sample.committed) is not None:
        return PartitionVerdict(
            Status.ORPHANED, reasons=("the topic or the partition ended; its commit remains",)
        )
    missing = _missing(sample)
    if missing:
        return _unknown(f"not obtained in this sweep: {', '.join(missing)}", rules)
    if sample.committed is None:
        return _without_commit(window, sample, now_ms, rules)
    known = readings(window.samples)
    if _is_reset(window, known):
        return _reset(window, known[-1], rules)
    return _with_commit(window, _standing(window, known, now_ms), now_ms, rules)


def _missing(sample: Sample) -> list[str]:
    named: list[tuple[str, object]] = [("log start", sample.start), ("log end", sample.end)]
    if sample.committed is not None:
        named.insert(0, ("commit", sample.committed))
    return [name for name, number in named if obtained(number) is None]


def _unknown(reason: str, rules: LagRules) -> PartitionVerdict:
    return PartitionVerdict(Status.UNKNOWN, sla=_no_answer(rules), reasons=(reason,))


def _no_answer(rules: LagRules) -> Bound:
    return Bound.NONE if rules.bound_ms is None else Bound.UNSURE


# -- no commit ------------------------------------------------------------------------------------


def _without_commit(
    window: PartitionWindow, sample: Sample, now_ms: int, rules: LagRules
) -> PartitionVerdict:
    start, end = obtained(sample.start) or 0, obtained(sample.end) or 0
    former = _former_commit(window)
    if former is not None and _is_before_birth(window, former[1]):
        reason = f"the topic was created anew; the last commit, {former[0]}, went with the old one"
        return _lagless(Status.TOPIC_RESET, start, end, rules, reason)
    if window.membership is Membership.LEFT:
        return _lagless(Status.ABANDONED, start, end, rules, "no member reads this topic any more")
    if former is not None:
        reason = f"the commit expired; the last was {former[0]}"
        return _lagless(Status.NOT_STARTED, start, end, rules, reason)
    if end <= start:
        return PartitionVerdict(
            Status.OK, (), 0, 0, 0, 0, Method.DRAINED, _no_bound_missed(rules), Quality.EXACT,
            lag_most=0, completeness=1.0, catch_up_s=0.0, reasons=("nothing was ever due",),
        )  # fmt: skip
    reason = "no commit yet: where it will begin depends on the reader's reset policy"
    return _lagless(Status.NOT_STARTED, start, end, rules, reason)


def _former_commit(window: PartitionWindow) -> tuple[int, int] | None:
    """The last commit there was, and when it was last known to stand."""
    for sample in reversed(window.samples):
        committed = obtained(sample.committed)
        if committed is not None:
            return committed, sample.t_ms
    if window.last_commit is None:
        return None
    since_ms = window.still_since_ms
    return window.last_commit, window.samples[0].t_ms if since_ms is None else since_ms


def _lagless(
    status: Status, start: int, end: int, rules: LagRules, reason: str
) -> PartitionVerdict:
    """A verdict without a lag: it is only known to lie between 0 and the retained log."""
    return PartitionVerdict(
        status, sla=_no_answer(rules), lag_most=max(0, end - start), reasons=(reason,)
    )


def _no_bound_missed(rules: LagRules) -> Bound:
    return Bound.NONE if rules.bound_ms is None else Bound.PASS


# -- reset ----------------------------------------------------------------------------------------


def _is_before_birth(window: PartitionWindow, t_ms: int) -> bool:
    birth_ms = window.topic.incarnation_since_ms
    return birth_ms is not None and t_ms < birth_ms


def _is_reset(window: PartitionWindow, known: Sequence[Reading]) -> bool:
    """Commits are asked before log ends, so a commit above the end belongs to another log."""
    now = known[-1]
    return now.committed > now.end or _is_before_birth(window, still_since_ms(window, known))


def _reset(window: PartitionWindow, now: Reading, rules: LagRules) -> PartitionVerdict:
    if window.membership is Membership.LEFT:
        return _lagless(Status.ABANDONED, now.start, now.end, rules, "no member reads this topic")
    reason = (
        f"the commit {now.committed} lies above the log end {now.end}"
        if now.committed > now.end
        else f"the topic was created anew after the commit {now.committed} last moved"
    )
    return _lagless(Status.TOPIC_RESET, now.start, now.end, rules, reason)


# -- a commit inside its log ----------------------------------------------------------------------


def _standing(window: PartitionWindow, known: Sequence[Reading], now_ms: int) -> Standing:
    now = known[-1]
    position = max(now.committed, now.start)
    history = rising(window.end_history, window.topic.incarnation_since_ms)
    probe = _valid_probe(window, now, position)
    nothing = isinstance(probe, RecordProbe) and (
        probe.offset is None or probe.offset >= now.visible
    )
    due = 0 if nothing else now.due
    age = bracket(position, history, now_ms) if due else Bracket(0, 0)
    if due and now.committed < now.start:
        age = Bracket(age.lo_ms, math.inf)
    return Standing(known, history, position, due, age, probe)


def _valid_probe(
    window: PartitionWindow, now: Reading, position: int
) -> RecordProbe | ProbeRefusal | None:
    """The probe's answer while it still speaks of this position; "nothing" ages with the end."""
    probe = window.record_probe
    if not isinstance(probe, RecordProbe):
        return probe
    if probe.position != position or (probe.offset is None and probe.end < now.visible):
        return None
    return probe


def _with_commit(
    window: PartitionWindow, standing: Standing, now_ms: int, rules: LagRules
) -> PartitionVerdict:
    now, due = standing.now, standing.due
    bound = judge_bound(standing, window, now_ms, rules)
    idleness = idle.judge_idle(standing, window, now_ms, rules)
    loss_eta_ms = _loss_eta_ms(standing, window)
    lost = max(0, now.start - now.committed)
    rewind = max(reading.committed for reading in standing.known) - now.committed
    matching = [
        status
        for status, holds in (
            (Status.ABANDONED, _is_abandoned(window, standing, now_ms, rules)),
            (Status.DATA_LOST, lost > 0),
            (idleness.status, due > 0 and idleness.holds),
            (Status.LOSS_IMMINENT, due > 0 and _is_imminent(loss_eta_ms, window, rules)),
            (Status.SLA_BREACH, bound.sla is Bound.FAIL),
            (Status.REWIND, due > 0 and rewind > 0),
            (Status.SLOW, due > 0 and idle.is_slow(standing, window, rules)),
            (Status.WARMING, due > 0 and _is_undecided(standing, idleness, rules)),
        )
        if holds
    ] or [Status.OK]
    points = [(reading.t_ms, reading.lag) for reading in standing.known]
    return PartitionVerdict(
        status=matching[0],
        sub=tuple(matching[1:]),
        lag=now.lag,
        due=due,
        age_lo_ms=standing.age.lo_ms,
        age_hi_ms=standing.age.hi_ms,
        method=Method.BRACKET if due else Method.DRAINED,
        sla=bound.sla,
        quality=_quality(standing, lost, unconfirmed=bound.unconfirmed or idleness.unconfirmed),
        slope_per_s=_slope(points) if due else 0.0,
        loss_eta_ms=loss_eta_ms,
        lost=lost,
        rewind=rewind,
        completeness=min(1.0, len(standing.known) / rules.warmup),
        needs=_needs(bound, idleness),
        reasons=_reasons(standing, lost, rewind, bound, idleness),
        catch_up_s=_catch_up(standing),
        lag_most=now.lag,
    )


def _is_undecided(standing: Standing, idleness: idle.Idleness, rules: LagRules) -> bool:
    """Too few samples, or a reader that may have stopped and no record was looked at yet."""
    return len(standing.known) < rules.warmup or idleness.needs_record


def _is_abandoned(
    window: PartitionWindow, standing: Standing, now_ms: int, rules: LagRules
) -> bool:
    if window.membership is Membership.LEFT:
        lately = [reading.committed for reading in standing.known[-LEFT_SAMPLES:]]
        return len(lately) == LEFT_SAMPLES and len(set(lately)) == 1
    if window.membership is not Membership.NO_MEMBERS or rules.bound_to_promise:
        return False
    return now_ms - still_since_ms(window, standing.known) > rules.forget_after_ms


def _loss_eta_ms(standing: Standing, window: PartitionWindow) -> Number:
    """When retention reaches the oldest unread record, at the earliest; by time only."""
    retention_ms = window.topic.retention_ms
    if not window.topic.deletes or not isinstance(retention_ms, int) or standing.due == 0:
        return UNKNOWN
    if math.isinf(standing.age.hi_ms):
        return UNKNOWN
    return max(0, int(retention_ms - standing.age.hi_ms))


def _is_imminent(loss_eta_ms: Number, window: PartitionWindow, rules: LagRules) -> bool:
    retention_ms = window.topic.retention_ms
    if not isinstance(loss_eta_ms, int) or not isinstance(retention_ms, int):
        return False
    return loss_eta_ms <= min(rules.loss_horizon_ms, retention_ms // LOSS_SHARE)


def _quality(standing: Standing, lost: int, *, unconfirmed: bool) -> Quality:
    if unconfirmed:
        return Quality.UNCONFIRMED
    if standing.due == 0:
        return Quality.EXACT
    if lost or math.isinf(standing.age.hi_ms):
        return Quality.LOWER_BOUND
    return Quality.INTERVAL


def _slope(points: Sequence[trend.Point]) -> Duration:
    return trend.slope_per_s(points) if len(points) > 1 else UNKNOWN


def _needs(bound: BoundVerdict, idleness: idle.Idleness) -> frozenset[Literal["record"]]:
    if bound.needs_record or idleness.needs_record:
        return frozenset({"record"})
    return frozenset()


def _catch_up(standing: Standing) -> float | CatchUp:
    """Rates since the last rewind, so that a jump back does not count as negative reading."""
    known = list(standing.known)
    for place in range(len(known) - 1, 0, -1):
        if known[place].committed < known[place - 1].committed:
            known = known[place:]
            break
    commits = [(reading.t_ms, reading.committed) for reading in known]
    ends = [(reading.t_ms, reading.end) for reading in known]
    return trend.catch_up_s(standing.due, commits, ends)


def _reasons(
    standing: Standing, lost: int, rewind: int, bound: BoundVerdict, idleness: idle.Idleness
) -> tuple[str, ...]:
    spoken = [
        f"{lost} offsets expired before they were read" if lost else "",
        f"the commit went back by {rewind}" if rewind else "",
        idleness.reason,
        bound.reason,
        "what is left holds no readable record" if standing.now.due and not standing.due else "",
    ]
    return tuple(dict.fromkeys(reason for reason in spoken if reason))
