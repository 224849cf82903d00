"""Dates and times of day in promises, always with their zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from catalog.sla.model import Property

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?\s*"
    r"(?P<zone>Z|[+-]\d{2}:?\d{2}|[A-Za-z_]+(?:/[A-Za-z_+\-0-9]+){0,2})?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class ClockTime:
    """Seconds since local midnight; `zone` is empty when none was written."""

    seconds: Decimal
    zone: str


def read_date(value: object, canonical: Property) -> datetime | None:
    """A date with zone. A bare day begins at 00:00 UTC for availability, ends at 24:00 else.

    `None` for anything else; a date-time without zone is read as UTC.
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        value = value.isoformat()
    if isinstance(value, datetime):
        value = value.isoformat()
    if not isinstance(value, str) or len(value) > 40:
        return None
    text = value.strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if _DAY.fullmatch(text):
        moment = moment.replace(tzinfo=UTC)
        return moment if canonical is Property.GENERAL_AVAILABILITY else _next_day(moment)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _next_day(moment: datetime) -> datetime | None:
    try:
        return moment + timedelta(days=1)
    except OverflowError:
        return None


def read_clock_time(value: object) -> ClockTime | None:
    """`09:00-08:00`, `06:00 Europe/Berlin`, `06:00Z`; `None` for 25:00 or an unknown zone."""
    if not isinstance(value, str) or len(value) > 60:
        return None
    found = _CLOCK.fullmatch(value.strip())
    if found is None:
        return None
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    zone = found["zone"] or ""
    if zone and not _is_zone(zone):
        return None
    return ClockTime(Decimal(hour * 3600 + minute * 60 + second), zone)


def _is_zone(zone: str) -> bool:
    if zone == "Z":
        return True
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "")
        return int(digits[:2]) <= 14 and int(digits[2:]) <= 59
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
