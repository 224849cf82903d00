"""Judged against the truth of simulated logs: never a wrong verdict, no alarm without a cause."""

from __future__ import annotations

import pytest

from streams.lag.model import Bound, LagRules, Membership, Severity, Status
from tests.rules.lag.simulation import (
    TRAFFIC,
    Commit,
    Log,
    Sweeper,
    committing,
    first,
    missing,
    prompt,
    rewound,
    slow,
    started,
    steady,
    until,
)

SWEEPS = 120
SWEEP_SIZES = (5_000, 60_000)  # the demo's and the usual


def reader(name: str, log: Log, sweep_ms: int) -> Commit:
    usual = prompt(log, sweep_ms)
    return {
        "prompt": usual,
        "every five sweeps": committing(log, every_ms=5 * sweep_ms),
        "stopped": until(usual, 60 * sweep_ms),
        "slow": slow(log, 0.7),
        "rewound": rewound(usual, 70 * sweep_ms, 300, sweep_ms),
        "just started": started(usual, 30 * sweep_ms),
    }[name]


READERS = ("prompt", "every five sweeps", "stopped", "slow", "rewound", "just started")


def observed(
    traffic: str,
    reader_name: str,
    sweep_ms: int,
    *,
    seed: int = 7,
    bound_ms: int | None = None,
    lost_share: float = 0.0,
) -> tuple[Log, Sweeper]:
    log = Log(TRAFFIC[traffic](seed, SWEEPS, sweep_ms))
    sweeper = Sweeper(
        log,
        reader(reader_name, log, sweep_ms),
        LagRules(sweep_ms, bound_ms=bound_ms),
        missed=missing(seed, SWEEPS, lost_share),
    )
    return log, sweeper


@pytest.mark.parametrize("lost_share", [0.0, 0.2])
@pytest.mark.parametrize("reader_name", READERS)
@pytest.mark.parametrize("traffic", TRAFFIC)
def test_the_truth_lies_in_the_interval_and_bounds_are_never_judged_wrong(
    traffic: str, reader_name: str, lost_share: float
) -> None:
    sweep_ms, bound_ms = 5_000, 17_000
    log, sweeper = observed(
        traffic, reader_name, sweep_ms, bound_ms=bound_ms, lost_share=lost_share
    )
    wrong, unsure, judged = [], 0, 0
    for t_ms, verdict in sweeper.run(SWEEPS):
        committed = sweeper.samples[-1].committed
        if committed is None:
            assert verdict.status in (Status.NOT_STARTED, Status.OK)
            continue
        assert isinstance(committed, int)
        assert isinstance(verdict.age_lo_ms, int)
        assert isinstance(verdict.age_hi_ms, int | float)
        age_ms = log.true_age_ms(committed, t_ms)
        if age_ms is not None:
            assert verdict.age_lo_ms <= age_ms < verdict.age_hi_ms or verdict.due == 0
        judged += 1
        unsure += verdict.sla is Bound.UNSURE
        broken = age_ms is not None and age_ms > bound_ms + sweeper.rules.margin_ms
        kept = age_ms is None or age_ms <= bound_ms - sweeper.rules.margin_ms
        if (verdict.sla is Bound.PASS and broken) or (verdict.sla is Bound.FAIL and kept):
            wrong.append((t_ms, age_ms, verdict))

    assert not wrong
    assert unsure / judged < 0.5  # a bound between two sweeps needs look-ups to be surer


@pytest.mark.parametrize("sweep_ms", SWEEP_SIZES)
@pytest.mark.parametrize("reader_name", ["prompt", "every five sweeps", "just started"])
@pytest.mark.parametrize("traffic", TRAFFIC)
def test_healthy_readers_raise_no_alarm(traffic: str, reader_name: str, sweep_ms: int) -> None:
    for seed in (1, 2):
        _, sweeper = observed(traffic, reader_name, sweep_ms, seed=seed)
        alarms = [
            (t_ms // sweep_ms, verdict.status)
            for t_ms, verdict in sweeper.run(SWEEPS)
            if verdict.status.severity.rank >= Severity.WARNING.rank
        ]
        assert not alarms


@pytest.mark.parametrize("sweep_ms", SWEEP_SIZES)
@pytest.mark.parametrize(
    ("after", "status"),
    [(Membership.NO_MEMBERS, Status.STOPPED), (Membership.OWNED, Status.STALLED)],
)
def test_a_reader_that_stands_still_is_found_within_its_idle_limit_and_two_sweeps(
    after: Membership, status: Status, sweep_ms: int
) -> None:
    stop_ms = 60 * sweep_ms
    log = Log(steady(5, SWEEPS, sweep_ms))
    sweeper = Sweeper(
        log,
        until(prompt(log, sweep_ms), stop_ms),
        LagRules(sweep_ms),
        membership=lambda t_ms: Membership.OWNED if t_ms <= stop_ms else after,
    )
    verdicts = list(sweeper.run(SWEEPS))
    found_ms = first(verdicts, lambda verdict: verdict.status is status)

    assert found_ms is not None
    assert stop_ms < found_ms <= stop_ms + 3 * sweep_ms + 2 * sweep_ms
    later = [verdict for t_ms, verdict in verdicts if t_ms >= found_ms]
    assert all(verdict.status is status for verdict in later)


@pytest.mark.parametrize("sweep_ms", SWEEP_SIZES)
def test_a_reader_that_stops_with_the_first_sweep_is_found_without_a_rhythm(sweep_ms: int) -> None:
    log = Log(steady(5, SWEEPS, sweep_ms))
    sweeper = Sweeper(log, until(prompt(log, sweep_ms), sweep_ms), LagRules(sweep_ms))
    found_ms = first(list(sweeper.run(40)), lambda verdict: verdict.status is Status.STALLED)

    assert found_ms is not None
    assert found_ms <= sweep_ms * (1 + 15 + 2)


@pytest.mark.parametrize("sweep_ms", SWEEP_SIZES)
def test_a_slow_reader_is_found_within_fifteen_sweeps(sweep_ms: int) -> None:
    log = Log(steady(5, SWEEPS, sweep_ms))
    sweeper = Sweeper(log, slow(log, 0.7), LagRules(sweep_ms))
    verdicts = list(sweeper.run(SWEEPS))
    found_ms = first(verdicts, lambda verdict: verdict.status is Status.SLOW)

    assert found_ms is not None
    assert found_ms <= 15 * sweep_ms
    late = [verdict.status for t_ms, verdict in verdicts if t_ms > found_ms]
    assert late.count(Status.SLOW) >= 0.9 * len(late)


def test_a_rewind_shows_until_it_is_regained() -> None:
    sweep_ms = 5_000
    _, sweeper = observed("steady", "rewound", sweep_ms)
    shown = [
        t_ms // sweep_ms for t_ms, verdict in sweeper.run(SWEEPS) if verdict.status is Status.REWIND
    ]

    assert shown and shown[0] == 70
    assert shown == list(range(70, shown[-1] + 1))
    assert shown[-1] <= 80


def test_a_tail_of_markers_never_blames_anybody() -> None:
    sweep_ms = 5_000
    appends = [1_000 * place for place in range(50)]
    log = Log([*appends, 60_000], markers=frozenset({50}))
    sweeper = Sweeper(log, until(committing(log, 1_000), 55_000), LagRules(sweep_ms))

    assert all(
        verdict.status.severity.rank < Severity.WARNING.rank for _, verdict in sweeper.run(100)
    )


def test_records_that_follow_a_marker_are_seen_again() -> None:
    sweep_ms = 5_000
    log = Log([*range(0, 50_000, 1_000), 60_000, 200_000], markers=frozenset({50}))
    sweeper = Sweeper(log, until(committing(log, 1_000), 55_000), LagRules(sweep_ms))
    found_ms = first(list(sweeper.run(100)), lambda verdict: verdict.status is Status.STALLED)

    assert found_ms is not None
    assert found_ms >= 200_000
