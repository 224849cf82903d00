"""Movement of a commit: since when it stands still, its own rhythm, what to remember."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from streams.lag.model import LagRules, PartitionWindow, Sample

CADENCE_GAPS = 8  # the rhythm is the median of so many gaps; older ones are forgotten
CADENCE_NEEDS = 3  # fewer gaps are chance, not a rhythm
IDLE_SWEEPS = 2  # patience never falls below two sweeps: one missed commit proves nothing


@dataclass(frozen=True, slots=True)
class Memory:
    """What a sweep keeps of one partition so that the next window need not reach back further."""

    gaps: tuple[int, ...] = ()
    still_since_ms: int | None = None
    due_since_ms: int | None = None
    last_commit: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A sample all of whose numbers were obtained."""

    t_ms: int
    committed: int
    start: int
    end: int
    visible: int

    @property
    def lag(self) -> int:
        """Offsets of the retained log the group has still to read; never negative."""
        return max(0, self.end - max(self.committed, self.start))

    @property
    def due(self) -> int:
        """The part of the lag that a committed reader can see; never negative."""
        return max(0, self.visible - max(self.committed, self.start))


def obtained(number: object) -> int | None:
    """The number, or `None` when it is missing or one of the negative codes of clients."""
    return number if isinstance(number, int) and number >= 0 else None


def readings(samples: Sequence[Sample]) -> list[Reading]:
    """The complete samples, oldest first.

    The visible end is the last stable offset, unless some commit lay above it: that proves a
    reader of uncommitted records, whose visible end is the log end.
    """
    above_stable = any(_commits_above_stable(sample) for sample in samples)
    complete = []
    for sample in samples:
        committed, start, end = (
            obtained(sample.committed),
            obtained(sample.start),
            obtained(sample.end),
        )
        if committed is None or start is None or end is None:
            continue
        stable = None if above_stable else obtained(sample.stable_end)
        visible = end if stable is None else min(stable, end)
        complete.append(Reading(sample.t_ms, committed, start, end, visible))
    return complete


def _commits_above_stable(sample: Sample) -> bool:
    committed, stable = obtained(sample.committed), obtained(sample.stable_end)
    return committed is not None and stable is not None and committed > stable


def still_since_ms(window: PartitionWindow, known: Sequence[Reading]) -> int:
    """When the present commit was first seen: it has not moved since. `known` is not empty."""
    committed, since_ms = known[-1].committed, known[-1].t_ms
    for reading in reversed(known):
        if reading.committed != committed:
            return since_ms
        since_ms = reading.t_ms
    if window.still_since_ms is not None and window.last_commit in (None, committed):
        return min(since_ms, window.still_since_ms)
    return since_ms


def due_since_ms(window: PartitionWindow, known: Sequence[Reading]) -> int | None:
    """Start of the unbroken run of sweeps in which something was due; `None` when nothing is."""
    since_ms = None
    for reading in reversed(known):
        if reading.due == 0:
            return since_ms
        since_ms = reading.t_ms
    if since_ms is not None and window.due_since_ms is not None:
        return min(since_ms, window.due_since_ms)
    return since_ms


def movements(known: Sequence[Reading]) -> list[int]:
    """Places in `known` at which the commit had moved on since the reading before."""
    return [
        place
        for place, (before, after) in enumerate(pairwise(known), start=1)
        if after.committed > before.committed
    ]


def cadence_ms(window: PartitionWindow, known: Sequence[Reading]) -> float | None:
    """The reader's own rhythm: median gap between movements; `None` under three gaps."""
    gaps = list(window.gaps)[-CADENCE_GAPS:]
    if len(gaps) < CADENCE_NEEDS:
        times = [known[place].t_ms for place in movements(known)]
        gaps = [later - earlier for earlier, later in pairwise(times)][-CADENCE_GAPS:]
    return median(gaps) if len(gaps) >= CADENCE_NEEDS else None


def idle_limit_ms(cadence: float | None, rules: LagRules) -> float:
    """How long a reader may stand still before it is called stopped or stalled."""
    if cadence is None:
        return rules.idle_without_cadence_ms
    return max(rules.idle_factor * cadence, IDLE_SWEEPS * rules.sweep_ms)


def remember(window: PartitionWindow) -> Memory:
    """What to hand to the next window. A sweep that could not read the commit changes nothing."""
    past = Memory(
        tuple(window.gaps), window.still_since_ms, window.due_since_ms, window.last_commit
    )
    known = readings(window.samples)
    if not known or known[-1].t_ms != window.samples[-1].t_ms:
        return past
    before, committed = known[:-1], known[-1].committed
    gaps = past.gaps
    previous = before[-1].committed if before else window.last_commit
    if previous is not None and committed > previous:
        since_ms = still_since_ms(window, before) if before else window.still_since_ms
        if since_ms is not None:
            gaps = (*gaps, known[-1].t_ms - since_ms)[-CADENCE_GAPS:]
    return Memory(gaps, still_since_ms(window, known), due_since_ms(window, known), committed)
