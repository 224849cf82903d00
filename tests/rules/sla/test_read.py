"""Promises as people write them become one form, or say why not."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.sla.model import BaseUnit, Comparator, Lint, Property, State
from catalog.sla.read import read
from catalog.sla.vocabulary import accepted_names, property_named
from catalog.sla.words import words

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("freshness", Property.FRESHNESS),
        ("Data-Freshness", Property.FRESHNESS),
        ("max_age", Property.FRESHNESS),
        ("consumer lag", Property.CONSUMER_LATENCY),
        ("fy", Property.FREQUENCY),
        ("TH", Property.THROUGHPUT),
        ("uptime", Property.AVAILABILITY),
        ("minRetention", Property.RETENTION),
        ("privacy retention", Property.RETENTION_MAX),
        ("mttr", Property.TIME_TO_REPAIR),
    ],
)
def test_names_ignore_case_and_separators(name: str, canonical: Property) -> None:
    assert property_named(name) == (canonical, None)


def test_every_accepted_name_is_understood() -> None:
    assert all(property_named(name)[0] is not None for name in accepted_names())


@pytest.mark.parametrize(
    ("name", "value", "unit", "magnitude", "base_unit"),
    [
        ("freshness", "25h", None, 90_000, BaseUnit.SECONDS),
        ("freshness", "≤ 5 min", None, 300, BaseUnit.SECONDS),
        ("freshness", 5, "minutes", 300, BaseUnit.SECONDS),
        ("freshness", "5", "min", 300, BaseUnit.SECONDS),
        ("freshness", "250 ms", None, "0.25", BaseUnit.SECONDS),
        ("freshness", "PT15M", None, 900, BaseUnit.SECONDS),
        ("freshness", "P1DT12H", None, 129_600, BaseUnit.SECONDS),
        ("freshness", "5m", None, 300, BaseUnit.SECONDS),
        ("retention", "2 weeks", None, 1_209_600, BaseUnit.SECONDS),
        ("retention", "1 mo", None, 2_592_000, BaseUnit.SECONDS),
        ("retention", "P1Y", None, 31_536_000, BaseUnit.SECONDS),
        ("availability", "99.9%", None, "0.999", BaseUnit.RATIO),
        ("availability", 99.9, None, "0.999", BaseUnit.RATIO),
        ("availability", "0.999", None, "0.999", BaseUnit.RATIO),
        ("availability", 100, "percent", 1, BaseUnit.RATIO),
        ("errorRate", "0.1 %", None, "0.001", BaseUnit.RATIO),
        ("throughput", "1000 records/s", None, 1000, BaseUnit.RECORDS_PER_SECOND),
        ("throughput", "600 messages per minute", None, 10, BaseUnit.RECORDS_PER_SECOND),
        ("throughput", 10, "1/s", 10, BaseUnit.RECORDS_PER_SECOND),
        ("throughput", "10 MiB/s", None, 10 * 2**20, BaseUnit.BYTES_PER_SECOND),
        ("throughput", "10 kB/s", None, 10_000, BaseUnit.BYTES_PER_SECOND),
        ("lag", "1000 records", None, 1000, BaseUnit.RECORDS),
        ("lag", "5 min", None, 300, BaseUnit.SECONDS),
    ],
)
def test_values_are_kept_in_base_units(
    name: object, value: object, unit: object, magnitude: int | str, base_unit: BaseUnit
) -> None:
    reading = read(name, value, unit)

    assert reading.state is State.PARSED
    assert reading.form.magnitude == pytest.approx(Decimal(magnitude))
    assert reading.form.base_unit is base_unit
    assert reading.problem == ""


@pytest.mark.parametrize(
    ("name", "value", "unit", "lint"),
    [
        ("retention", "5m", None, Lint.UNIT_M),
        ("retention", 5, "m", Lint.UNIT_M),
        ("freshness", "5M", None, Lint.UNIT_CAPITAL_M),
        ("freshness", 5, None, Lint.UNIT_MISSING),
        ("freshness", "5", "", Lint.UNIT_MISSING),
        ("throughput", 5, None, Lint.UNIT_MISSING),
        ("throughput", "5 Mb/s", None, Lint.BITS_OR_BYTES),
        ("throughput", "5 kb/s", None, Lint.BITS_OR_BYTES),
        ("availability", 1, None, Lint.RATIO_GUESS),
        ("freshness", "5 min", "h", Lint.UNIT_CONFLICT),
        ("latency", "5 min", None, Lint.LATENCY_UNDEFINED),
        ("timeOfAvailability", "06:00", None, Lint.ZONE_MISSING),
    ],
)
def test_what_reads_in_two_ways_is_ambiguous_and_has_no_value(
    name: object, value: object, unit: object, lint: Lint
) -> None:
    reading = read(name, value, unit)

    assert reading.state is State.AMBIGUOUS
    assert lint in reading.lints
    assert reading.problem
    assert reading.suggestions
    assert reading.form.magnitude is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("freshness", None),
        ("freshness", True),
        ("freshness", []),
        ("freshness", {"value": 5}),
        ("freshness", ""),
        ("freshness", "soon"),
        ("freshness", "99.99.9"),
        ("freshness", "-5 min"),
        ("freshness", "0 min"),
        ("freshness", "5 parsecs"),
        ("freshness", "5 records/s"),
        ("freshness", "5 %"),
        ("freshness", "P"),
        ("freshness", "PT"),
        ("freshness", "9" * 300 + " s"),
        ("freshness", float("nan")),
        ("freshness", float("inf")),
        ("freshness", 10**400),
        ("freshness", "5 min\x00"),
        ("availability", "120 %"),
        ("availability", "0 %"),
        ("availability", 101),
        ("throughput", "10 MB"),
        ("timeOfAvailability", "25:00Z"),
        ("timeOfAvailability", "06:00 Mars/Olympus"),
        ("timeOfAvailability", "06:00 ../../etc"),
        ("timeOfAvailability", "06:00+99:00"),
        ("endOfLife", "soon"),
        ("endOfLife", "2027-13-01"),
        ("endOfLife", "9999-12-31"),
        ("latencyP100", "5 min"),
        ("latencyP0", "5 min"),
    ],
)
def test_what_cannot_be_read_is_unparsed_with_a_sentence_and_an_example(
    name: object, value: object
) -> None:
    reading = read(name, value)

    assert reading.state is State.UNPARSED
    assert Lint.UNPARSED in reading.lints
    assert reading.problem.endswith(".")
    assert reading.suggestions


def test_a_unit_that_is_no_text_is_unparsed() -> None:
    assert read("freshness", 5, ["min"]).state is State.UNPARSED


@pytest.mark.parametrize(
    ("sign", "comparator"),
    [
        ("<", Comparator.AT_MOST), ("<=", Comparator.AT_MOST), ("≤", Comparator.AT_MOST),
        (">", Comparator.AT_LEAST), (">=", Comparator.AT_LEAST), ("≥", Comparator.AT_LEAST),
        ("=", Comparator.EQUAL),
    ],
)  # fmt: skip
def test_signs_set_the_comparator_and_strict_ones_are_linted(
    sign: str, comparator: Comparator
) -> None:
    reading = read("freshness", f"{sign} 5 min")

    assert reading.form.comparator is comparator
    assert (Lint.STRICT_SIGN in reading.lints) == (sign in "<>")


def test_the_same_unit_twice_is_no_conflict() -> None:
    assert read("freshness", "5 min", "minutes").state is State.PARSED


@pytest.mark.parametrize("value", ["1 mo", "1 year", "P1M"])
def test_calendar_units_are_linted(value: object) -> None:
    assert Lint.CALENDAR_UNIT in read("retention", value).lints


def test_latency_with_an_element_is_end_to_end() -> None:
    reading = read("latencyP99.9", "5 min", element="orders.placed_at")

    assert reading.form.property is Property.END_TO_END_LATENCY
    assert reading.form.percentile == Decimal("99.9")
    assert reading.form.element == "orders.placed_at"


def test_the_owners_choice_settles_an_undefined_latency() -> None:
    reading = read("latency", "5 min", extra={"as": "freshness"})

    assert (reading.state, reading.form.property) == (State.PARSED, Property.FRESHNESS)


def test_retention_is_never_read_as_a_maximum() -> None:
    assert read("retention", "14 d").form.comparator is Comparator.AT_LEAST
    assert read("maxRetention", "14 d").form.comparator is Comparator.AT_MOST


def test_our_extras_complete_the_form() -> None:
    form = read(
        "lag", "5 min", extra={
            "consumer": "fulfilment", "percentile": 95, "window_seconds": 3600,
            "reference": "record", "comparator": "<=", "judged": False,
        },
    ).form  # fmt: skip

    assert (form.consumer, form.percentile, form.window_s) == ("fulfilment", Decimal(95), 3600)
    assert (form.reference, form.judged) == ("record", False)


@pytest.mark.parametrize(
    "extra", [7, [], {"window_seconds": -1}, {"reference": "moon"}, {"comparator": "~"}]
)
def test_extras_that_are_not_understood_are_ignored_and_linted(extra: object) -> None:
    reading = read("freshness", "5 min", extra=extra)

    assert reading.state is State.PARSED
    assert Lint.EXTRA_IGNORED in reading.lints


def test_a_percentile_outside_its_range_is_refused() -> None:
    assert read("freshness", "5 min", extra={"percentile": 100}).state is State.UNPARSED


def test_a_consumer_promise_without_a_consumer_is_linted() -> None:
    assert Lint.CONSUMER_MISSING in read("lag", "5 min").lints
    assert Lint.CONSUMER_MISSING not in read("lag", "5 min", extra={"consumer": "a"}).lints


def test_bare_days_begin_or_end_in_utc() -> None:
    start = read("ga", "2027-01-31").form.date
    end = read("endOfLife", "2027-01-31").form.date

    assert start == datetime(2027, 1, 31, tzinfo=UTC)
    assert end == datetime(2027, 2, 1, tzinfo=UTC)


def test_a_window_of_the_day_has_two_ends() -> None:
    form = read("toa", "09:00-08:00", value_ext="17:30-08:00").form

    assert form.comparator is Comparator.WINDOW
    assert (form.magnitude, form.until, form.zone) == (Decimal(32_400), Decimal(63_000), "-08:00")


def test_an_unknown_property_is_kept_and_names_that_are_near_are_offered() -> None:
    reading = read("freshnes", "5 min")

    assert reading.form.property is Property.OTHER
    assert Lint.UNKNOWN_PROPERTY in reading.lints
    assert "freshness" in reading.suggestions


def test_statements_of_people_are_kept_whatever_they_say() -> None:
    assert read("support", {"hours": "office"}).state is State.PARSED


def test_suggestions_for_a_bare_number_repeat_the_number() -> None:
    assert read("retention", 14).suggestions == ("14 d", "14 h")
    assert read("retention", "5m").suggestions == ("5 min", "5 mo")


@given(JSON | st.sampled_from(accepted_names()), JSON, JSON, JSON, JSON, JSON)
def test_any_json_gives_a_reading(
    name: object, value: object, unit: object, value_ext: object, element: object, extra: object
) -> None:
    reading = read(name, value, unit, value_ext, element, extra)

    assert (reading.problem == "") == (reading.state is State.PARSED)
    assert words(reading.form)
    if reading.state is not State.PARSED:
        assert reading.form.magnitude is None


@given(
    st.sampled_from(accepted_names()),
    st.from_regex(r"[<>=]{0,2} ?-?\d{1,20}(\.\d{1,4})? ?[a-zA-Z%/]{0,9}", fullmatch=True),
)
def test_anything_like_a_quantity_gives_a_reading(name: object, value: object) -> None:
    reading = read(name, value)

    if reading.state is State.PARSED and reading.form.magnitude is not None:
        assert 0 < reading.form.magnitude < 10**23
