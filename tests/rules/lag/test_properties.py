"""What holds for every window whatsoever."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from streams.lag.evaluate import evaluate
from streams.lag.model import (
    UNKNOWN,
    Bound,
    EndPoint,
    LagRules,
    Membership,
    PartitionWindow,
    ProbeRefusal,
    RecordProbe,
    Sample,
    Status,
    TimestampProbe,
    TopicFacts,
)
from streams.lag.movement import remember
from streams.lag.roll_up import roll_up

OFFSETS = st.integers(-2, 60)
NUMBERS = OFFSETS | st.just(UNKNOWN)
TIMES = st.integers(0, 10_000_000)
SAMPLES = st.builds(Sample, TIMES, NUMBERS | st.none(), NUMBERS, NUMBERS, NUMBERS | st.none())
PROBES = st.builds(RecordProbe, OFFSETS, OFFSETS, OFFSETS | st.none(), TIMES | st.none())
WINDOWS = st.builds(
    PartitionWindow,
    st.lists(SAMPLES, max_size=12).map(lambda found: sorted(found, key=lambda one: one.t_ms)),
    st.lists(st.integers(0, 500_000), max_size=9),
    st.lists(st.builds(lambda asked, end: EndPoint(asked, asked + 9, end), TIMES, OFFSETS)).map(
        lambda found: sorted(found, key=lambda one: one.asked_ms)
    ),
    st.sampled_from(list(Membership)),
    st.builds(
        TopicFacts,
        TIMES | st.none(),
        st.booleans(),
        st.booleans(),
        st.sampled_from(["CreateTime", "LogAppendTime"]),
        st.integers(0, 9_000_000) | st.none() | st.just(UNKNOWN),
        st.booleans(),
    ),
    st.builds(TimestampProbe, TIMES, OFFSETS | st.none(), TIMES | st.none())
    | st.sampled_from(list(ProbeRefusal))
    | st.none(),
    PROBES | st.sampled_from(list(ProbeRefusal)) | st.none(),
    TIMES | st.none(),
    TIMES | st.none(),
    OFFSETS | st.none(),
)
RULES = st.builds(LagRules, st.integers(5_000, 900_000), st.integers(1, 900_000) | st.none())
NOW_MS = 10_000_001


@given(WINDOWS, RULES)
def test_every_window_has_a_verdict_within_its_log(
    window: PartitionWindow, rules: LagRules
) -> None:
    verdict = evaluate(window, NOW_MS, rules)

    if isinstance(verdict.lag, int):
        last = window.samples[-1]
        assert isinstance(last.start, int) and isinstance(last.end, int)
        assert isinstance(verdict.due, int) and isinstance(verdict.age_lo_ms, int)
        assert isinstance(verdict.age_hi_ms, int | float)
        assert 0 <= verdict.due <= verdict.lag <= max(0, last.end - last.start)
        assert 0 <= verdict.age_lo_ms <= verdict.age_hi_ms
    assert verdict.lost >= 0 and verdict.rewind >= 0
    assert 0 <= verdict.completeness <= 1
    assert verdict.needs <= {"record"}
    assert verdict.status not in verdict.sub
    assert (verdict.sla is Bound.NONE) == (rules.bound_ms is None) or window.topic.ended


@given(WINDOWS, RULES, st.sampled_from(["committed", "start", "end"]))
def test_a_number_that_is_taken_away_leaves_only_unknown(
    window: PartitionWindow, rules: LagRules, missing: str
) -> None:
    assume(window.samples and not window.topic.ended)
    assume(missing == "committed" or window.samples[-1].committed is not UNKNOWN)
    last = window.samples[-1]
    without = {
        "committed": replace(last, committed=UNKNOWN),
        "start": replace(last, start=UNKNOWN),
        "end": replace(last, end=UNKNOWN),
    }
    robbed = [*window.samples[:-1], without[missing]]

    verdict = evaluate(replace(window, samples=robbed), NOW_MS, rules)

    assert verdict.status is Status.UNKNOWN
    assert {verdict.lag, verdict.due, verdict.age_lo_ms, verdict.age_hi_ms} == {UNKNOWN}
    assert roll_up([verdict]).lag_records is UNKNOWN


@given(WINDOWS, RULES, st.tuples(*[st.integers(0, 60)] * 4).map(sorted))
def test_committing_more_never_increases_the_lag(
    window: PartitionWindow, rules: LagRules, offsets: list[int]
) -> None:
    start, committed, further, end = offsets
    less = replace(window, samples=[*window.samples, Sample(NOW_MS, committed, start, end)])
    more = replace(window, samples=[*window.samples, Sample(NOW_MS, further, start, end)])
    before, after = evaluate(less, NOW_MS, rules), evaluate(more, NOW_MS, rules)

    if isinstance(before.lag, int) and isinstance(after.lag, int):
        assert after.lag <= before.lag


@given(WINDOWS)
def test_memory_never_invents_more_than_eight_gaps_or_a_future(window: PartitionWindow) -> None:
    kept = remember(window)

    assert len(kept.gaps) <= max(8, len(window.gaps))
    if kept.still_since_ms is not None and window.still_since_ms is None and window.samples:
        assert kept.still_since_ms <= window.samples[-1].t_ms
