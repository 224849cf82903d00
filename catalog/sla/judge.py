"""A promise against a measurement: pass, warn, fail, unknown or skip, never a guess.

A measurement is an interval. It passes only if the whole interval keeps the promise and fails only
if the whole interval breaks it; anything between is unknown, and so is everything unmeasured.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from decimal import Decimal

from catalog.sla.model import BaseUnit, Comparator, PromiseForm, Property
from catalog.sla.read import ATTESTED
from catalog.sla.words import about_words, value_words, words

WARN_AT = Decimal("0.9")  # of the limit: near enough to tell the owner before it breaks


class Word(enum.StrEnum):
    """`UNKNOWN`: could not be measured; `SKIP`: nothing to measure."""

    PASS = "pass"  # noqa: S105 a verdict, no password
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Measurement:
    """A value in the promise's base unit, known to lie in [value_lo, value_hi].

    `math.inf` as `value_hi` stands for a lower bound only.
    """

    value_lo: float
    value_hi: float
    quality: str = "exact"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """No measurement, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class NothingDue:
    """There is nothing that could be measured, for example in an empty topic."""

    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is a sentence; `value_text` the measured value, empty when there is none."""

    word: Word
    reason: str
    value_text: str = ""


def judge(form: PromiseForm, measurement: Measurement | Unknown | NothingDue) -> Verdict:
    """Judge one measurement; raises nothing."""
    if form.property in ATTESTED:
        return Verdict(Word.SKIP, "Stated by people, not measured.")
    if not form.judged:
        return Verdict(Word.SKIP, "The owner asked not to judge this promise.")
    if isinstance(measurement, NothingDue):
        return Verdict(Word.SKIP, measurement.reason)
    if form.magnitude is None or form.base_unit in (BaseUnit.DATE, BaseUnit.TIME_OF_DAY):
        return Verdict(Word.UNKNOWN, "The promise has no value that can be measured here.")
    if isinstance(measurement, Unknown):
        return Verdict(Word.UNKNOWN, measurement.reason)
    if not _is_interval(measurement):
        return Verdict(Word.UNKNOWN, "The measurement is not a number.")
    return _judged(form, form.magnitude, measurement)


def _is_interval(measurement: Measurement) -> bool:
    """Neither end is NaN and they are in order; -inf measures nothing."""
    return -math.inf < measurement.value_lo <= measurement.value_hi


def _judged(form: PromiseForm, limit: Decimal, measurement: Measurement) -> Verdict:
    text = interval_words(measurement, form.base_unit)
    word = _word(form, limit, measurement)
    match word:
        case Word.FAIL:
            reason = f"Measured {text}; promised: {words(form)}."
        case Word.UNKNOWN:
            reason = f"Measured {text}, which neither keeps nor breaks: {words(form)}."
        case Word.WARN:
            reason = f"Measured {text}, close to the limit: {words(form)}."
        case _:
            reason = f"Measured {text}."
    if measurement.reason:
        reason = f"{reason} {measurement.reason}"
    return Verdict(word, reason, text)


def _word(form: PromiseForm, limit: Decimal, measurement: Measurement) -> Word:
    low, high = measurement.value_lo, measurement.value_hi
    match form.comparator:
        case Comparator.AT_MOST:
            return _at_most(low, high, limit)
        case Comparator.AT_LEAST:
            return _at_least(low, high, limit, form)
        case Comparator.EQUAL:
            if low == high:
                return Word.PASS if low == limit else Word.FAIL
            return Word.UNKNOWN if low <= limit <= high else Word.FAIL
        case Comparator.WINDOW:
            return Word.UNKNOWN


def _at_most(low: float, high: float, limit: Decimal) -> Word:
    if low > limit:
        return Word.FAIL
    if high > limit:
        return Word.UNKNOWN
    return Word.WARN if high > limit * WARN_AT else Word.PASS


def _at_least(low: float, high: float, limit: Decimal, form: PromiseForm) -> Word:
    if high < limit:
        return Word.FAIL
    if low < limit:
        return Word.UNKNOWN
    return Word.WARN if _is_near(low, limit, form) else Word.PASS


def _is_near(low: float, limit: Decimal, form: PromiseForm) -> bool:
    """Near the lower limit: for shares by the part of the tolerated rest that is used up.

    Retention never warns: a log is meant to end right where its retention ends.
    """
    if form.property is Property.RETENTION:
        return False
    if form.base_unit is BaseUnit.RATIO:
        return limit < 1 and 1 - low > float((1 - limit) * WARN_AT)
    return low * float(WARN_AT) < limit


def interval_words(measurement: Measurement, base_unit: BaseUnit) -> str:
    """The measured interval in words: "3 s", "3 s to 8 s", "at least 40 s"."""
    low = _measured_words(measurement.value_lo, base_unit)
    if measurement.value_lo == measurement.value_hi:
        return low
    if math.isinf(measurement.value_hi):
        return f"at least {low}"
    high = _measured_words(measurement.value_hi, base_unit)
    return low if low == high else f"{low} to {high}"


def _measured_words(value: float, base_unit: BaseUnit) -> str:
    """Three digits are enough to read from ten upwards; below, a hundredth of a per cent counts."""
    if base_unit is BaseUnit.SECONDS and 0 <= value < math.inf:
        return about_words(value)
    return value_words(round(value, 1) if abs(value) >= 10 else round(value, 6), base_unit)
