"""What to offer a person whose promise could not be read: examples, and names that are near."""

from __future__ import annotations

from difflib import get_close_matches

from catalog.sla.model import BaseUnit, Property
from catalog.sla.vocabulary import NAME_LENGTH, RULES, accepted_names

_BY_PROPERTY: dict[Property, tuple[str, ...]] = {
    Property.RETENTION: ("14 d", "24 h"),
    Property.RETENTION_MAX: ("30 d", "365 d"),
    Property.THROUGHPUT: ("10 records/s", "1 MiB/s"),
    Property.CONSUMER_LATENCY: ("5 min", "30 s", "1000 records"),
    Property.ERROR_RATE: ("0.1 %", "1 %"),
}
_BY_UNIT: dict[BaseUnit, tuple[str, ...]] = {
    BaseUnit.SECONDS: ("1 min", "30 s", "1 h"),
    BaseUnit.RATIO: ("99.9 %", "99 %"),
    BaseUnit.DATE: ("2027-01-31",),
    BaseUnit.TIME_OF_DAY: ("06:00 Europe/Berlin", "09:00-08:00"),
}
_IN_WORDS = ("in your own words",)


def alternatives(canonical: Property) -> tuple[str, ...]:
    """Example values for a property, the most usual first; never empty."""
    return _BY_PROPERTY.get(canonical) or _BY_UNIT.get(RULES[canonical].unit, _IN_WORDS)


def near_names(name: object) -> tuple[str, ...]:
    """Accepted property names that look like this one, at most three."""
    if not isinstance(name, str) or len(name) > NAME_LENGTH:
        return ()
    by_lower_case = {accepted.casefold(): accepted for accepted in accepted_names()}
    near = get_close_matches(name.casefold(), list(by_lower_case), n=3)
    return tuple(by_lower_case[match] for match in near)
