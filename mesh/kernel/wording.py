"""Measured values as people read them: durations, intervals, sizes, counts, ages."""

from __future__ import annotations

from datetime import datetime
from math import ceil, floor

UNKNOWN = "unknown"
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_BINARY_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_WEEK_SECONDS = 7 * 86_400
_SHORT_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def duration(seconds: float | None) -> str:
    """At most two neighbouring units, rounded down: "3 d 4 h", "1 min 5 s", "0.4 s"."""
    if seconds is None:
        return UNKNOWN
    if seconds < 0:
        return f"-{duration(-seconds)}"
    if seconds < 10 and seconds != floor(seconds):
        return f"{floor(seconds * 10) / 10:g} s"
    whole = floor(seconds)
    for position, (size, unit) in enumerate(_UNITS):
        if whole >= size:
            count, rest = divmod(whole, size)
            smaller = _UNITS[position + 1] if position + 1 < len(_UNITS) else None
            if smaller and rest >= smaller[0] and count < 10:
                return f"{count} {unit} {rest // smaller[0]} {smaller[1]}"
            return f"{count} {unit}"
    return "0 s"


def coarse(seconds: float) -> str:
    """A duration as ages are said: without seconds from a minute on, so that lists stand still."""
    return duration(seconds - seconds % 60 if seconds >= 60 else floor(seconds))


def interval(low_seconds: float | None, high_seconds: float | None) -> str:
    """What is known about a duration: "3–4 min", "at least 2 h", "at most 5 s", "unknown".

    Both ends in one unit, rounded outwards: the words never claim more than was measured.
    """
    if low_seconds is None and high_seconds is None:
        return UNKNOWN
    if high_seconds is None:
        return f"at least {duration(low_seconds)}"
    if low_seconds is None:
        return f"at most {duration(high_seconds)}"
    if low_seconds == high_seconds:
        return duration(high_seconds)
    size, unit = next(pair for pair in _UNITS if high_seconds >= 2 * pair[0] or pair[1] == "s")
    step = 0.1 if high_seconds < 10 else 1
    low = floor(round(low_seconds / size / step, 6)) * step
    high = ceil(round(high_seconds / size / step, 6)) * step
    return f"{f'{low:g}–' if low < high else ''}{high:g} {unit}"


def binary_size(size_bytes: float | None) -> str:
    """A size in binary units with at most one decimal: "1.1 GiB"."""
    if size_bytes is None:
        return UNKNOWN
    amount = float(size_bytes)
    for unit in _BINARY_UNITS:
        if abs(amount) < 1024 or unit == _BINARY_UNITS[-1]:
            break
        amount /= 1024
    text = f"{amount:.0f}" if amount >= 100 or amount == floor(amount) else f"{amount:.1f}"
    return f"{text} {unit}"


def grouped(number: float | None) -> str:
    """A count with thousands separated: "158,204"; fractions keep two significant places."""
    if number is None:
        return UNKNOWN
    if isinstance(number, int) or number == floor(number):
        return f"{number:,.0f}"
    return f"{number:,.1f}" if abs(number) >= 10 else f"{number:,.2g}"


def share(ratio: float | None, *, places: int = 2) -> str:
    """A ratio in per cent, cut and never rounded up, so that 99.949 % stays below 99.95 %."""
    if ratio is None:
        return UNKNOWN
    factor = 10**places
    cut = floor(round(ratio * 100 * factor, 6)) / factor
    return f"{cut:g} %"


def calendar_day(moment: datetime, *, today: datetime) -> str:
    """ "3 Feb", with the year when it is not this one."""
    text = f"{moment.day} {_SHORT_MONTHS[moment.month - 1]}"
    return text if moment.year == today.year else f"{text} {moment.year}"


def age(moment: datetime | None, *, now: datetime) -> str:
    """Relative below seven days ("8 s ago", "in 2 h"), a calendar day beyond."""
    if moment is None:
        return UNKNOWN
    seconds = (now - moment).total_seconds()
    if abs(seconds) < 1:
        return "just now"
    if abs(seconds) >= _WEEK_SECONDS:
        return calendar_day(moment, today=now)
    length = coarse(abs(seconds))
    return f"{length} ago" if seconds > 0 else f"in {length}"


def absolute(moment: datetime | None) -> str:
    """The instant in UTC, for titles: "3 Feb 2026, 09:12:40 UTC"."""
    if moment is None:
        return UNKNOWN
    month = _SHORT_MONTHS[moment.month - 1]
    return f"{moment.day} {month} {moment.year}, {moment:%H:%M:%S} UTC"


def initials(name: str) -> str:
    """Two letters for an avatar: of the first two words, else of the first one."""
    words = [word for word in name.replace("-", " ").replace("_", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    return (
        words[0][0] + words[1][0] if len(words) > 1 and words[1] != "team" else words[0][:2]
    ).upper()
