"""Promises and values as a person reads them."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.sla.model import BaseUnit, State
from catalog.sla.read import read
from catalog.sla.words import about_words, duration_words, value_words, words


@pytest.mark.parametrize(
    ("name", "value", "extra", "sentence"),
    [
        ("freshness", "60 s", None, "Fresh within 1 min"),
        ("lag", "5 min", {"consumer": "fulfilment"}, "Read within 5 min by fulfilment"),
        ("lag", "5 min", None, "Read within 5 min by every consumer"),
        ("lag", "1000 records", {"consumer": "f"}, "At most 1000 records unread by f"),
        ("throughput", "10 records/s", None, "At least 10 records/s"),
        ("throughput", "<= 10 MiB/s", None, "At most 10 MiB/s"),
        ("retention", "14 d", None, "Readable for 14 d"),
        ("retentionMax", "30 d", None, "Deleted after 30 d"),
        ("availability", "99.9 %", None, "Available 99.9 %"),
        ("frequency", "1 h", None, "Updated at least every 1 h"),
        ("errorRate", "0.1 %", None, "At most 0.1 % of records wrong"),
        ("freshness", "= 5 min", None, "Freshness exactly 5 min"),
        ("ga", "2027-01-31", None, "Generally available from 2027-01-31"),
        ("endOfLife", "2027-01-31", None, "Ends on 2027-01-31"),
        ("endOfLife", "2027-01-31T12:30:00+00:00", None, "Ends on 2027-01-31 12:30 UTC"),
        ("toa", "06:00 Europe/Berlin", None, "Available by 06:00 Europe/Berlin"),
        ("support", "office hours", None, "Support"),
        (
            "freshness",
            "5 min",
            {"percentile": 95, "window_seconds": 3600},
            "Fresh within 5 min, 95 % of the time, over 1 h",
        ),
    ],
)
def test_a_promise_is_one_plain_sentence(
    name: str, value: object, extra: object, sentence: str
) -> None:
    assert words(read(name, value, extra=extra).form) == sentence


def test_an_unread_promise_is_named_and_gets_no_number() -> None:
    assert words(read("timeToRepair", "soon").form) == "Time to repair"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, BaseUnit.SECONDS, "0 s"),
        (0.25, BaseUnit.SECONDS, "250 ms"),
        (90, BaseUnit.SECONDS, "90 s"),
        (86_400, BaseUnit.SECONDS, "1 d"),
        (0.999, BaseUnit.RATIO, "99.9 %"),
        (12.5, BaseUnit.RECORDS_PER_SECOND, "12.5 records/s"),
        (1500, BaseUnit.BYTES_PER_SECOND, "1500 B/s"),
        (2000, BaseUnit.BYTES_PER_SECOND, "2 kB/s"),
        (math.inf, BaseUnit.SECONDS, "unlimited"),
    ],
)
def test_values_are_written_in_the_unit_a_person_would_choose(
    value: float, unit: BaseUnit, text: str
) -> None:
    assert value_words(value, unit) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (0.0424, "42 ms"),
        (8.3333, "8.3 s"),
        (60.0, "1 min"),
        (119.94, "119.9 s"),
        (3725.4, "1 h 2 min"),
        (7200.0, "2 h"),
        (90_061.0, "1 d 1 h"),
    ],
)
def test_measured_times_are_said_as_people_say_them(seconds: float, text: str) -> None:
    assert about_words(seconds) == text


@given(st.integers(1, 10**9))
def test_a_duration_in_words_reads_back_as_itself(seconds: int) -> None:
    reading = read("retention", duration_words(Decimal(seconds)))

    assert reading.state is State.PARSED
    assert reading.form.magnitude == seconds
