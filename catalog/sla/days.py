"""What a day of looks says about a promise, and the strip of the last days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from catalog.sla.judge import Word

STRIP_DAYS = 30


def day_word(kept: int, at_risk: int, failed: int, unknown: int, *, broken: bool) -> str:
    """The one word of a day: pass, warn, fail, unknown, or "" when nothing was due.

    A day is broken when an incident was open in it, however short: a proven break outweighs what
    was not measured. Mostly not measured is unknown, never kept. A look that failed without an
    incident, or one at risk, makes the day at risk.
    """
    if broken:
        return Word.FAIL.value
    judged = kept + at_risk + failed
    if unknown > judged:
        return Word.UNKNOWN.value
    if not judged:
        return ""
    return Word.WARN.value if at_risk or failed else Word.PASS.value


def strip_of_days(words: Mapping[date, str], today: date, days: int = STRIP_DAYS) -> list[str]:
    """One word per day, oldest first, today last; "none" where nothing was judged."""
    first = today - timedelta(days=days - 1)
    return [words.get(first + timedelta(days=number)) or "none" for number in range(days)]
