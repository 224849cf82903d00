"""A promise, and a measured value, as a person reads them."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from decimal import Decimal

from catalog.sla.model import BaseUnit, Comparator, PromiseForm, Property

_STEPS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
ABOUT_FROM_S = 120  # below, seconds say it best
_SIZES = (
    ("GiB", 2**30), ("GB", 10**9), ("MiB", 2**20), ("MB", 10**6), ("KiB", 2**10), ("kB", 10**3),
)  # fmt: skip
_SENTENCES: dict[Property, tuple[str, str]] = {
    Property.FRESHNESS: ("Fresh within {}", "Never fresher than {}"),
    Property.END_TO_END_LATENCY: ("Delivered within {}", "Delivered no sooner than {}"),
    Property.FREQUENCY: ("Updated at least every {}", "Updated at most every {}"),
    Property.THROUGHPUT: ("At most {}", "At least {}"),
    Property.AVAILABILITY: ("Available at most {}", "Available {}"),
    Property.COMPLETENESS: ("Complete to at most {}", "Complete to {}"),
    Property.ERROR_RATE: ("At most {} of records wrong", "At least {} of records wrong"),
    Property.RETENTION: ("Readable for at most {}", "Readable for {}"),
    Property.RETENTION_MAX: ("Deleted after {}", "Kept longer than {}"),
    Property.TIME_TO_DETECT: ("Faults noticed within {}", "Faults noticed after {}"),
    Property.TIME_TO_NOTIFY: ("Readers told within {}", "Readers told after {}"),
    Property.TIME_TO_REPAIR: ("Repaired within {}", "Repaired after {}"),
}
_DATES: dict[Property, str] = {
    Property.GENERAL_AVAILABILITY: "Generally available from {}",
    Property.END_OF_SUPPORT: "Supported until {}",
    Property.END_OF_LIFE: "Ends on {}",
}


def words(form: PromiseForm) -> str:
    """One plain sentence, without a full stop: "Fresh within 1 min"."""
    if form.date is not None:
        return _DATES.get(form.property, "{}").format(_date_words(form.property, form.date))
    if form.magnitude is None:
        return _unread(form)
    return _sentence(form, value_words(form.magnitude, form.base_unit)) + _qualifiers(form)


def _date_words(canonical: Property, moment: datetime) -> str:
    """A bare day as it was written: an end at 24:00 belongs to the day before."""
    if moment.strftime("%H:%M:%S %z") != "00:00:00 +0000":
        return moment.strftime("%Y-%m-%d %H:%M %Z")
    if canonical is not Property.GENERAL_AVAILABILITY:
        moment -= timedelta(days=1)
    return moment.strftime("%Y-%m-%d")


def _unread(form: PromiseForm) -> str:
    name = "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in form.property.value)
    return name[:1].upper() + name[1:]


def _sentence(form: PromiseForm, value: str) -> str:
    if form.property is Property.CONSUMER_LATENCY:
        return _consumer_sentence(form, value)
    if form.base_unit is BaseUnit.TIME_OF_DAY:
        return _clock_sentence(form)
    at_most, at_least = _SENTENCES.get(form.property, ("At most {}", "At least {}"))
    if form.comparator is Comparator.EQUAL:
        return f"{_unread(form)} exactly {value}"
    return (at_most if form.comparator is Comparator.AT_MOST else at_least).format(value)


def _consumer_sentence(form: PromiseForm, value: str) -> str:
    reader = form.consumer or "every consumer"
    if form.base_unit is BaseUnit.RECORDS:
        return f"At most {value} unread by {reader}"
    return f"Read within {value} by {reader}"


def _clock_sentence(form: PromiseForm) -> str:
    zone = f" {form.zone}" if form.zone else ""
    start = _clock(form.magnitude or Decimal(0))
    if form.until is not None:
        return f"Available from {start} to {_clock(form.until)}{zone}"
    return f"Available by {start}{zone}"


def _clock(seconds: Decimal) -> str:
    minutes = int(seconds) // 60
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _qualifiers(form: PromiseForm) -> str:
    spoken = ""
    if form.percentile is not None:
        spoken += f", {_plain(form.percentile)} % of the time"
    if form.window_s is not None:
        spoken += f", over {duration_words(Decimal(form.window_s))}"
    return spoken


def value_words(value: Decimal | float, base_unit: BaseUnit) -> str:
    """A value in its base unit, in the unit a person would choose."""
    if isinstance(value, float) and math.isinf(value):
        return "unlimited"
    number = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    match base_unit:
        case BaseUnit.SECONDS:
            return duration_words(number)
        case BaseUnit.RATIO:
            return f"{_plain(number * 100)} %"
        case BaseUnit.RECORDS_PER_SECOND:
            return f"{_plain(number)} records/s"
        case BaseUnit.BYTES_PER_SECOND:
            return f"{_size(number)}/s"
        case BaseUnit.RECORDS:
            return f"{_plain(number)} records"
        case BaseUnit.DATE | BaseUnit.TIME_OF_DAY | BaseUnit.NONE:
            return _plain(number)


def duration_words(seconds: Decimal) -> str:
    """The largest unit that gives a whole number; small or crooked ones in s or ms."""
    for unit, size in _STEPS:
        if seconds >= size and seconds % size == 0:
            return f"{_plain(seconds / size)} {unit}"
    if 0 < seconds < 1:
        return f"{_plain(seconds * 1000)} ms"
    return f"{_plain(seconds)} s"


def about_words(seconds: float) -> str:
    """A measured time as people say it: two units from two minutes on, "2 h 5 min"."""
    if seconds < ABOUT_FROM_S:
        return duration_words(Decimal(repr(round(seconds, 1 if seconds >= 1 else 3))))
    whole = round(seconds)
    for place, (unit, size) in enumerate(_STEPS[:-1]):
        if whole >= size:
            smaller, smaller_size = _STEPS[place + 1]
            rest = whole % size // smaller_size
            return f"{whole // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{whole} s"


def _size(number: Decimal) -> str:
    for unit, size in _SIZES:
        if number >= size and number % size == 0:
            return f"{_plain(number / size)} {unit}"
    return f"{_plain(number)} B"


def _plain(number: Decimal) -> str:
    """At most four decimals, none that are 0."""
    text = f"{number:.4f}".rstrip("0").rstrip(".")
    return text or "0"
