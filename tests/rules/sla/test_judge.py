"""Pass only when the whole interval keeps the promise, fail only when all of it breaks it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.sla.judge import Measurement, NothingDue, Unknown, Word, judge
from catalog.sla.model import PromiseForm
from catalog.sla.read import read

FRESH = read("freshness", "100 s").form
FAST = read("throughput", "100 records/s").form
KEPT = read("retention", "100 s").form
UP = read("availability", "99 %").form
SAME = read("throughput", "= 5 records/s").form


@pytest.mark.parametrize(
    ("form", "low", "high", "word"),
    [
        (FRESH, 0, 90, Word.PASS),
        (FRESH, 100, 100, Word.WARN),
        (FRESH, 80, 91, Word.WARN),
        (FRESH, 99, 101, Word.UNKNOWN),
        (FRESH, 100.5, 101, Word.FAIL),
        (FRESH, 0, math.inf, Word.UNKNOWN),
        (FRESH, 101, math.inf, Word.FAIL),
        (FAST, 120, 130, Word.PASS),
        (FAST, 105, 130, Word.WARN),
        (FAST, 99, 130, Word.UNKNOWN),
        (FAST, 0, 99, Word.FAIL),
        (KEPT, 100, math.inf, Word.PASS),
        (KEPT, 40, 99, Word.FAIL),
        (KEPT, 40, math.inf, Word.UNKNOWN),
        (UP, 0.995, 0.995, Word.PASS),
        (UP, 0.9905, 0.9905, Word.WARN),
        (UP, 0.98, 0.985, Word.FAIL),
        (SAME, 5, 5, Word.PASS),
        (SAME, 4, 6, Word.UNKNOWN),
        (SAME, 6, 7, Word.FAIL),
        (SAME, 6, 6, Word.FAIL),
    ],
)
def test_words_by_interval(form: PromiseForm, low: float, high: float, word: Word) -> None:
    assert judge(form, Measurement(low, high)).word is word


def test_nothing_measured_is_unknown_with_its_reason() -> None:
    verdict = judge(FRESH, Unknown("The broker did not answer since 12:00."))

    assert verdict.word is Word.UNKNOWN
    assert verdict.reason == "The broker did not answer since 12:00."
    assert verdict.value_text == ""


def test_nothing_due_is_skipped() -> None:
    assert judge(FRESH, NothingDue("The topic is empty.")).word is Word.SKIP


@pytest.mark.parametrize(
    ("low", "high"), [(math.nan, 1), (1, math.nan), (2, 1), (-math.inf, 1), (-math.inf, math.inf)]
)
def test_what_is_no_interval_is_unknown(low: float, high: float) -> None:
    assert judge(FRESH, Measurement(low, high)).word is Word.UNKNOWN


@pytest.mark.parametrize("value", ["soon", 5, None])
def test_a_promise_without_a_value_is_never_judged(value: object) -> None:
    assert judge(read("freshness", value).form, Measurement(0, 0)).word is Word.UNKNOWN


@pytest.mark.parametrize("name", ["endOfLife", "timeOfAvailability"])
def test_dates_are_not_judged_by_measurements(name: str) -> None:
    value = {"endOfLife": "2027-01-31", "timeOfAvailability": "06:00Z"}[name]

    assert judge(read(name, value).form, Measurement(0, 0)).word is Word.UNKNOWN


def test_statements_of_people_and_unjudged_promises_are_skipped() -> None:
    unjudged = read("freshness", "5 min", extra={"judged": False}).form

    assert judge(read("support", "office hours").form, Measurement(0, 0)).word is Word.SKIP
    assert judge(unjudged, Measurement(9_999, 9_999)).word is Word.SKIP


def test_a_failure_says_what_was_measured_and_what_was_promised() -> None:
    verdict = judge(FRESH, Measurement(125, 130, reason="The producer stopped."))

    assert verdict.reason == (
        "Measured 2 min 5 s to 2 min 10 s; promised: Fresh within 100 s. The producer stopped."
    )
    assert verdict.value_text == "2 min 5 s to 2 min 10 s"


def test_a_lower_bound_is_written_as_one() -> None:
    assert judge(KEPT, Measurement(120, math.inf)).value_text == "at least 2 min"


@given(st.floats(0, 200), st.floats(0, 200), st.floats(0, 200), st.sampled_from([FRESH, FAST, UP]))
def test_a_wider_interval_never_decides_what_a_narrower_one_left_open(
    low: float, high: float, more: float, form: PromiseForm
) -> None:
    low, high = sorted((low, high))
    narrow = judge(form, Measurement(low, high)).word
    wide = judge(form, Measurement(max(0.0, low - more), high + more)).word
    holds = {Word.PASS, Word.WARN}

    if narrow is Word.UNKNOWN:
        assert wide is Word.UNKNOWN
    if narrow is Word.FAIL:
        assert wide not in holds
    if narrow in holds:
        assert wide is not Word.FAIL
