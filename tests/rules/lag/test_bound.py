"""The bound is missed or kept only where brackets or records prove it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from streams.lag.evaluate import evaluate
from streams.lag.model import (
    Bound,
    LagRules,
    PartitionVerdict,
    ProbeRefusal,
    Quality,
    RecordProbe,
    Status,
    TimestampProbe,
    TopicFacts,
)
from tests.rules.lag.windows import SWEEP_MS, judged, nothing_at, window

ENDS = [100, 200, 300, 400, 500]
NOW_MS = 4 * SWEEP_MS
COMMITS = [100, 150, 150, 150, 150]  # record 150 was appended between sweep 0 and sweep 1
AGE_LO_MS, AGE_HI_MS = NOW_MS - SWEEP_MS - 20, NOW_MS - 10


def bounded(bound_ms: int, **facts: object) -> PartitionVerdict:
    return judged(COMMITS, ENDS, LagRules(SWEEP_MS, bound_ms=bound_ms), **facts)


def test_without_a_bound_nothing_is_judged() -> None:
    assert judged(COMMITS, ENDS).sla is Bound.NONE


def test_a_bracket_within_the_bound_passes() -> None:
    assert bounded(AGE_HI_MS).sla is Bound.PASS


def test_nothing_due_passes() -> None:
    assert judged([500] * 5, ENDS[-1:] * 5, LagRules(SWEEP_MS, bound_ms=1)).sla is Bound.PASS


def test_no_commit_leaves_the_bound_unsure_unless_nothing_was_ever_written() -> None:
    rules = LagRules(SWEEP_MS, bound_ms=1)

    assert judged([None], [100], rules).sla is Bound.UNSURE
    assert judged([None], [0], rules).sla is Bound.PASS


def test_a_bound_inside_the_bracket_is_unsure_without_a_look_up() -> None:
    verdict = bounded(AGE_LO_MS + 1_000)

    assert verdict.sla is Bound.UNSURE
    assert not verdict.needs


def test_a_candidate_asks_for_a_record() -> None:
    verdict = bounded(AGE_LO_MS - 1)

    assert verdict.sla is Bound.UNSURE
    assert verdict.needs == {"record"}


def test_a_record_older_than_the_bound_fails() -> None:
    verdict = bounded(AGE_LO_MS - 1, record_probe=RecordProbe(150, 500, 150))

    assert (verdict.sla, verdict.status) == (Bound.FAIL, Status.SLA_BREACH)


def test_a_lag_of_gaps_alone_passes() -> None:
    assert bounded(1_000, record_probe=nothing_at(150, 500)).sla is Bound.PASS


def test_a_younger_record_behind_gaps_passes() -> None:
    verdict = bounded(AGE_LO_MS - 1, record_probe=RecordProbe(150, 500, 450))

    assert verdict.sla is Bound.PASS


@pytest.mark.parametrize(("age_ms", "sla"), [(100_000, Bound.FAIL), (80_000, Bound.PASS)])
def test_inside_the_records_bracket_its_timestamp_decides(age_ms: int, sla: Bound) -> None:
    inside = RecordProbe(150, 500, 350, timestamp_ms=NOW_MS - age_ms)

    assert bounded(90_000, record_probe=inside).sla is sla


def test_a_timestamp_outside_the_bracket_is_not_believed() -> None:
    lying = RecordProbe(150, 500, 350, timestamp_ms=NOW_MS - 3_600_000)
    verdict = bounded(90_000, record_probe=lying)

    assert verdict.sla is Bound.UNSURE
    assert "disagree" in " ".join(verdict.reasons)


def test_the_brokers_own_clock_is_believed() -> None:
    appended = TopicFacts(timestamp_type="LogAppendTime")
    early = RecordProbe(150, 500, 350, timestamp_ms=NOW_MS - 200_000)

    assert bounded(90_000, record_probe=early, topic=appended).sla is Bound.FAIL


def test_within_the_margin_of_clocks_nothing_is_decided() -> None:
    near = RecordProbe(150, 500, 350, timestamp_ms=NOW_MS - 90_500)

    assert bounded(90_000, record_probe=near).sla is Bound.UNSURE


def test_a_record_without_a_timestamp_decides_nothing_inside_its_bracket() -> None:
    assert bounded(90_000, record_probe=RecordProbe(150, 500, 350)).sla is Bound.UNSURE


@pytest.mark.parametrize("refusal", list(ProbeRefusal))
def test_a_refused_record_fails_unconfirmed_on_the_second_sweep(refusal: ProbeRefusal) -> None:
    second = bounded(60_000, record_probe=refusal)

    assert second.sla is Bound.FAIL
    assert second.quality is Quality.UNCONFIRMED
    first = bounded(AGE_LO_MS - 1, record_probe=refusal)
    assert first.sla is Bound.UNSURE


def test_a_refused_record_never_fails_two_offsets() -> None:
    rules = LagRules(SWEEP_MS, bound_ms=1_000)
    verdict = judged([98] * 5, [100] * 5, rules, record_probe=ProbeRefusal.DENIED)

    assert verdict.sla is Bound.UNSURE


@pytest.mark.parametrize(("offset", "sla"), [(150, Bound.PASS), (151, Bound.UNSURE)])
def test_a_look_up_decides_where_the_bound_lies_inside_the_bracket(offset: int, sla: Bound) -> None:
    bound_ms = AGE_LO_MS + 30_000
    probe = TimestampProbe(NOW_MS - bound_ms, offset, NOW_MS - AGE_LO_MS - 20_000)
    verdict = bounded(bound_ms, timestamp_probe=probe)

    assert verdict.sla is sla
    assert (verdict.needs == {"record"}) == (sla is Bound.UNSURE)


def test_a_look_up_that_finds_nothing_so_young_makes_a_candidate() -> None:
    bound_ms = AGE_LO_MS + 30_000
    probe = TimestampProbe(NOW_MS - bound_ms, None)

    assert bounded(bound_ms, timestamp_probe=probe).needs == {"record"}


def test_a_look_up_by_a_lying_clock_decides_nothing() -> None:
    bound_ms = AGE_LO_MS + 30_000
    probe = TimestampProbe(NOW_MS - bound_ms, 150, NOW_MS + 3_600_000)

    assert bounded(bound_ms, timestamp_probe=probe).sla is Bound.UNSURE


def test_without_history_a_timestamp_decides_unconfirmed() -> None:
    probe = RecordProbe(150, 500, 150, timestamp_ms=NOW_MS - 3_600_000)
    blind = replace(window(COMMITS, ENDS, record_probe=probe), end_history=())
    # without any reading of the log end not even a candidate can be ruled out: look it up first
    blind = replace(blind, timestamp_probe=TimestampProbe(NOW_MS - 60_000, 400, NOW_MS - 59_000))
    verdict = evaluate(blind, NOW_MS, LagRules(SWEEP_MS, bound_ms=60_000))

    assert verdict.sla is Bound.FAIL
    assert verdict.quality is Quality.UNCONFIRMED
