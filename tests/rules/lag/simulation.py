"""A simulated partition with its readers: traffic and reading with a known truth.

Seeds are fixed. A sweep sees only what a broker would answer; the truth (age of the oldest unread
record) comes from the log itself.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from streams.lag.evaluate import evaluate
from streams.lag.model import (
    EndPoint,
    LagRules,
    Membership,
    PartitionVerdict,
    PartitionWindow,
    RecordProbe,
    Sample,
    TopicFacts,
)
from streams.lag.movement import Memory, remember

WINDOW_SAMPLES = 30
ROUND_TRIP_MS = 40

Appends = list[int]  # append time of each offset, rising
Commit = Callable[[int], int | None]  # time -> committed offset


@dataclass(frozen=True)
class Log:
    """Append times by offset; `markers` are offsets that no reader can fetch."""

    appends: Appends
    markers: frozenset[int] = frozenset()

    def end(self, t_ms: int) -> int:
        return bisect_right(self.appends, t_ms)

    def first_record(self, position: int, end: int) -> int | None:
        for offset in range(position, end):
            if offset not in self.markers:
                return offset
        return None

    def true_age_ms(self, committed: int, t_ms: int) -> int | None:
        """Age of the oldest offset that is appended but not committed; `None` without any."""
        return t_ms - self.appends[committed] if committed < self.end(t_ms) else None


# -- traffic --------------------------------------------------------------------------------------


def steady(seed: int, sweeps: int, sweep_ms: int) -> Appends:
    return _poisson(random.Random(seed), sweeps * sweep_ms, lambda _: sweep_ms / 8)


def diurnal(seed: int, sweeps: int, sweep_ms: int) -> Appends:
    """A day of 200 sweeps; ten times the traffic at its peak."""
    day_ms = 200 * sweep_ms
    return _poisson(
        random.Random(seed),
        sweeps * sweep_ms,
        lambda t_ms: sweep_ms / (2 + 18 * (1 - abs(2 * (t_ms % day_ms) / day_ms - 1))),
    )


def bursts(seed: int, sweeps: int, sweep_ms: int) -> Appends:
    """Two busy sweeps in sixty."""
    return [
        append
        for append in _poisson(random.Random(seed), sweeps * sweep_ms, lambda _: sweep_ms / 40)
        if append % (60 * sweep_ms) < 2 * sweep_ms
    ]


def rare(seed: int, sweeps: int, sweep_ms: int) -> Appends:
    return _poisson(random.Random(seed), sweeps * sweep_ms, lambda _: sweep_ms * 25)


def ramp(seed: int, sweeps: int, sweep_ms: int) -> Appends:
    span_ms = sweeps * sweep_ms
    return _poisson(random.Random(seed), span_ms, lambda t_ms: sweep_ms / (1 + 30 * t_ms / span_ms))


def outage(seed: int, sweeps: int, sweep_ms: int) -> Appends:
    """Silence in the middle third, then what had piled up at once."""
    third = sweeps // 3 * sweep_ms
    usual = _poisson(random.Random(seed), sweeps * sweep_ms, lambda _: sweep_ms / 8)
    return sorted(2 * third if third < append < 2 * third else append for append in usual)


def _poisson(chance: random.Random, span_ms: int, gap_ms: Callable[[float], float]) -> Appends:
    appends: Appends = []
    t_ms = 0.0
    while True:
        t_ms += chance.expovariate(1 / gap_ms(t_ms))
        if t_ms >= span_ms:
            return appends
        appends.append(int(t_ms))


TRAFFIC = {
    "steady": steady,
    "diurnal": diurnal,
    "bursts": bursts,
    "rare": rare,
    "ramp": ramp,
    "outage": outage,
}


# -- readers --------------------------------------------------------------------------------------


def prompt(log: Log, sweep_ms: int) -> Commit:
    """Reads at once and commits ten times a sweep."""
    return committing(log, every_ms=sweep_ms // 10)


def committing(log: Log, every_ms: int) -> Commit:
    return lambda t_ms: log.end(t_ms // every_ms * every_ms)


def until(commit: Commit, stop_ms: int) -> Commit:
    """The same reader, frozen from `stop_ms` on."""
    return lambda t_ms: commit(min(t_ms, stop_ms))


def slow(log: Log, share: float) -> Commit:
    """Reads a share of what arrives, so it falls behind for ever."""
    return lambda t_ms: int(log.end(t_ms) * share)


def started(commit: Commit, at_ms: int) -> Commit:
    return lambda t_ms: None if t_ms < at_ms else commit(t_ms)


def rewound(commit: Commit, at_ms: int, back: int, sweep_ms: int) -> Commit:
    """Goes back by `back` offsets and regains them within ten sweeps."""

    def committed(t_ms: int) -> int | None:
        usual = commit(t_ms) or 0
        left = max(0.0, 1 - (t_ms - at_ms) / (10 * sweep_ms)) if t_ms >= at_ms else 0.0
        return max(0, usual - int(back * left))

    return committed


# -- observation ----------------------------------------------------------------------------------


@dataclass
class Sweeper:
    """Sees the log as sweeps do: a short window, a remembered rest, a probe when asked for."""

    log: Log
    commit: Commit
    rules: LagRules
    membership: Callable[[int], Membership] = lambda _: Membership.OWNED
    missed: frozenset[int] = frozenset()
    topic: TopicFacts = field(default_factory=TopicFacts)
    samples: list[Sample] = field(default_factory=list)
    history: list[EndPoint] = field(default_factory=list)
    memory: Memory = field(default_factory=Memory)
    probe: RecordProbe | None = None

    def run(self, sweeps: int) -> Iterator[tuple[int, PartitionVerdict]]:
        """The time and verdict of each sweep that took place."""
        for sweep in range(1, sweeps):
            if sweep not in self.missed:
                t_ms = sweep * self.rules.sweep_ms
                yield t_ms, self.look(t_ms)

    def look(self, t_ms: int) -> PartitionVerdict:
        read_ms = t_ms + ROUND_TRIP_MS // 2
        end = self.log.end(read_ms)
        self.samples.append(Sample(t_ms, self.commit(t_ms), 0, end))
        self.history.append(EndPoint(t_ms, t_ms + ROUND_TRIP_MS, end))
        verdict = evaluate(self.window(), t_ms, self.rules)
        if verdict.needs:
            self.probe = self._look_at_a_record(end)
            verdict = evaluate(self.window(), t_ms, self.rules)
        self.memory = remember(self.window())
        return verdict

    def window(self) -> PartitionWindow:
        return PartitionWindow(
            self.samples[-WINDOW_SAMPLES:],
            self.memory.gaps,
            self.history,
            self.membership(self.samples[-1].t_ms),
            self.topic,
            record_probe=self.probe,
            still_since_ms=self.memory.still_since_ms,
            due_since_ms=self.memory.due_since_ms,
            last_commit=self.memory.last_commit,
        )

    def _look_at_a_record(self, end: int) -> RecordProbe:
        position = self.samples[-1].committed
        assert isinstance(position, int)
        found = self.log.first_record(position, end)
        return RecordProbe(position, end, found, None if found is None else self.log.appends[found])


def missing(seed: int, sweeps: int, share: float) -> frozenset[int]:
    chance = random.Random(seed)
    return frozenset(sweep for sweep in range(sweeps) if chance.random() < share)


def first(
    verdicts: Sequence[tuple[int, PartitionVerdict]], holds: Callable[[PartitionVerdict], bool]
) -> int | None:
    """Time of the first verdict for which the predicate holds."""
    return next((t_ms for t_ms, verdict in verdicts if holds(verdict)), None)
