"""The property names that contracts use, and how each property is read by default."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from catalog.sla.model import BaseUnit, Comparator, Property


@dataclass(frozen=True, slots=True)
class PropertyRule:
    """Unit and comparator of a property. `minutes_for_m`: "m" can only mean minutes here."""

    unit: BaseUnit
    comparator: Comparator
    names: tuple[str, ...] = ()
    minutes_for_m: bool = False
    reference: str = ""


_S, _R, _D = BaseUnit.SECONDS, BaseUnit.RATIO, BaseUnit.DATE
_MOST, _LEAST, _SAME = Comparator.AT_MOST, Comparator.AT_LEAST, Comparator.EQUAL

RULES: dict[Property, PropertyRule] = {
    Property.FRESHNESS: PropertyRule(_S, _MOST, ("dataFreshness", "maxAge"), True, "append"),
    Property.LATENCY: PropertyRule(_S, _MOST, ("ly",), True),
    Property.END_TO_END_LATENCY: PropertyRule(_S, _MOST, (), True, "origin"),
    Property.CONSUMER_LATENCY: PropertyRule(_S, _MOST, ("consumerLag", "lag", "timeLag"), True),
    Property.FREQUENCY: PropertyRule(
        _S, _MOST, ("fy", "updateFrequency", "refreshFrequency", "intervalOfChange"), True
    ),
    Property.THROUGHPUT: PropertyRule(BaseUnit.RECORDS_PER_SECOND, _LEAST, ("th",)),
    Property.AVAILABILITY: PropertyRule(_R, _LEAST, ("av", "uptime")),
    Property.COMPLETENESS: PropertyRule(_R, _LEAST),
    Property.ERROR_RATE: PropertyRule(_R, _MOST, ("er",)),
    Property.RETENTION: PropertyRule(_S, _LEAST, ("re", "minRetention")),
    Property.RETENTION_MAX: PropertyRule(_S, _MOST, ("maxRetention", "privacyRetention")),
    Property.GENERAL_AVAILABILITY: PropertyRule(_D, _SAME, ("ga",)),
    Property.END_OF_SUPPORT: PropertyRule(_D, _SAME, ("es",)),
    Property.END_OF_LIFE: PropertyRule(_D, _SAME, ("el",)),
    Property.TIME_OF_AVAILABILITY: PropertyRule(
        BaseUnit.TIME_OF_DAY, _MOST, ("toa", "availabilityTime")
    ),
    Property.TIME_TO_DETECT: PropertyRule(_S, _MOST, ("td", "mttd"), True),
    Property.TIME_TO_NOTIFY: PropertyRule(_S, _MOST, ("tn",), True),
    Property.TIME_TO_REPAIR: PropertyRule(_S, _MOST, ("tr", "mttr"), True),
    Property.RESPONSE_TIME: PropertyRule(BaseUnit.NONE, _SAME),
    Property.SUPPORT: PropertyRule(BaseUnit.NONE, _SAME),
    Property.BACKUP: PropertyRule(BaseUnit.NONE, _SAME),
    Property.OTHER: PropertyRule(BaseUnit.NONE, _SAME),
}

NAME_LENGTH = 100  # longer names are no property
_PERCENTILE = re.compile(r"(?P<name>.*[A-Za-z])[-_ ]?[pP](?P<percentile>\d{1,3}(?:\.\d{1,6})?)")


def _plain(name: str) -> str:
    return re.sub(r"[-_ ]", "", name).casefold()


_BY_NAME: dict[str, Property] = {
    _plain(name): canonical
    for canonical, rule in RULES.items()
    for name in (canonical.value, *rule.names)
    if canonical is not Property.OTHER
}


def accepted_names() -> tuple[str, ...]:
    """Every name that is understood, as it is usually written."""
    return tuple(
        name
        for canonical, rule in RULES.items()
        if canonical is not Property.OTHER
        for name in (canonical.value, *rule.names)
    )


def property_named(name: str) -> tuple[Property | None, Decimal | None]:
    """The canonical property of a name and the percentile in its suffix (`latencyP95`)."""
    if len(name) > NAME_LENGTH:
        return None, None
    known = _BY_NAME.get(_plain(name))
    if known is not None:
        return known, None
    suffix = _PERCENTILE.fullmatch(name.strip())
    if suffix is None:
        return None, None
    return _BY_NAME.get(_plain(suffix["name"])), Decimal(suffix["percentile"])


def percentile_of(given: object) -> Decimal | None:
    """A percentile strictly between 0 and 100, else `None`."""
    if isinstance(given, bool) or not isinstance(given, int | float | Decimal | str):
        return None
    try:
        percentile = Decimal(str(given)[:20])
    except InvalidOperation:
        return None
    return percentile if percentile.is_finite() and 0 < percentile < 100 else None
