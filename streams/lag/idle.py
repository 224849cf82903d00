"""Whether a reader stands still though something is due, or falls behind while it moves."""

from __future__ import annotations

from dataclasses import dataclass

from streams.lag import trend
from streams.lag.bound import TAIL_RECORDS, Standing
from streams.lag.model import (
    LagRules,
    Membership,
    PartitionWindow,
    ProbeRefusal,
    Status,
)
from streams.lag.movement import (
    cadence_ms,
    due_since_ms,
    idle_limit_ms,
    movements,
    obtained,
    still_since_ms,
)

SMALL_LAG = 1_000  # up to here markers and aborted records may be all there is: look at a record
SLOW_SAMPLES = 10
SLOW_TROUGHS = 5  # for readers that commit more rarely than we look: readings right after commits
SLOW_MOVEMENTS = 3
RARE_SWEEPS = 1.5  # a rhythm above this many sweeps shows as a saw-tooth, whose teeth are no trend


@dataclass(frozen=True, slots=True)
class Idleness:
    """Whether STOPPED or STALLED holds, and what is still open about it."""

    status: Status
    holds: bool = False
    needs_record: bool = False
    unconfirmed: bool = False
    reason: str = ""


def judge_idle(
    standing: Standing, window: PartitionWindow, now_ms: int, rules: LagRules
) -> Idleness:
    """STOPPED without a live owner, else STALLED: due throughout, still beyond the idle limit."""
    status = _blamed(window.membership)
    since_ms = due_since_ms(window, standing.known)
    if standing.due == 0 or since_ms is None or len(standing.known) < rules.warmup:
        return Idleness(status)
    idle_ms = now_ms - max(since_ms, still_since_ms(window, standing.known))
    limit_ms = idle_limit_ms(cadence_ms(window, standing.known), rules)
    if idle_ms <= limit_ms:
        return Idleness(status)
    reason = f"no progress for {_span(idle_ms)}, more than its limit of {_span(limit_ms)}"
    if window.membership is Membership.UNKNOWN:
        reason += "; whether a member owns the partition is unknown"
    if not _may_be_markers(standing, window):
        return Idleness(status, holds=True, reason=reason)
    return _confirmed(status, standing, reason)


def _span(length_ms: float) -> str:
    """Seconds up to two minutes, whole minutes beyond."""
    seconds = length_ms / 1000
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds // 60:.0f} min"


def _blamed(membership: Membership) -> Status:
    match membership:
        case Membership.NO_MEMBERS | Membership.UNOWNED | Membership.LEFT:
            return Status.STOPPED
        case Membership.OWNED | Membership.UNKNOWN:
            return Status.STALLED


def _may_be_markers(standing: Standing, window: PartitionWindow) -> bool:
    """Whether the lag may hold no readable record at all."""
    stable = window.samples[-1].stable_end
    stable_failed = stable is not None and obtained(stable) is None
    return standing.now.lag <= SMALL_LAG or window.topic.compacted or stable_failed


def _confirmed(status: Status, standing: Standing, reason: str) -> Idleness:
    probe = standing.probe
    if probe is None:
        return Idleness(status, needs_record=True, reason="no record was looked at yet")
    if not isinstance(probe, ProbeRefusal):
        return Idleness(status, holds=True, reason=reason)
    if standing.now.lag <= TAIL_RECORDS:
        reason = f"{standing.now.lag} offsets may be markers; no record could be looked at"
        return Idleness(status, reason=f"{reason}: {probe.value}")
    return Idleness(status, holds=True, unconfirmed=True, reason=reason)


def is_slow(standing: Standing, window: PartitionWindow, rules: LagRules) -> bool:
    """Whether a moving reader falls behind: its lag rises for good, and by more than one sweep.

    A reader that is fully caught up right after it commits is not slow, however its lag in records
    follows the traffic.
    """
    moved = movements(standing.known)
    if len(moved) < SLOW_MOVEMENTS or _was_caught_up(standing, moved[-1]):
        return False
    cadence = cadence_ms(window, standing.known)
    rarely = cadence is not None and cadence > RARE_SWEEPS * rules.sweep_ms
    seen = [standing.known[place] for place in moved] if rarely else standing.known
    if len(seen) < (SLOW_TROUGHS if rarely else SLOW_SAMPLES):
        return False
    points = [(reading.t_ms, reading.lag) for reading in seen]
    return trend.trend(points) is trend.Trend.RISING


def _was_caught_up(standing: Standing, place: int) -> bool:
    return standing.known[place].committed >= standing.known[place - 1].end
