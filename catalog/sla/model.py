"""The words of promises: properties, comparators, units, and what reading one may end in."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


class Property(enum.StrEnum):
    """The canonical properties; every accepted name leads to one of them."""

    FRESHNESS = "freshness"
    END_TO_END_LATENCY = "endToEndLatency"
    LATENCY = "latency"  # only ever ambiguous: nobody defines it
    CONSUMER_LATENCY = "consumerLatency"
    FREQUENCY = "frequency"
    THROUGHPUT = "throughput"
    AVAILABILITY = "availability"
    COMPLETENESS = "completeness"
    ERROR_RATE = "errorRate"
    RETENTION = "retention"
    RETENTION_MAX = "retentionMax"
    GENERAL_AVAILABILITY = "generalAvailability"
    END_OF_SUPPORT = "endOfSupport"
    END_OF_LIFE = "endOfLife"
    TIME_OF_AVAILABILITY = "timeOfAvailability"
    TIME_TO_DETECT = "timeToDetect"
    TIME_TO_NOTIFY = "timeToNotify"
    TIME_TO_REPAIR = "timeToRepair"
    RESPONSE_TIME = "responseTime"
    SUPPORT = "support"
    BACKUP = "backup"
    OTHER = "other"


class Comparator(enum.StrEnum):
    AT_MOST = "<="
    AT_LEAST = ">="
    EQUAL = "="
    WINDOW = "window"


class BaseUnit(enum.StrEnum):
    """The units that magnitudes are kept in."""

    SECONDS = "s"
    RATIO = "ratio"
    RECORDS_PER_SECOND = "1/s"
    BYTES_PER_SECOND = "B/s"
    RECORDS = "records"
    DATE = "date"
    TIME_OF_DAY = "time_of_day"
    NONE = ""


class State(enum.StrEnum):
    """`AMBIGUOUS`: readable in two ways, so nobody judges it until the owner picks one."""

    PARSED = "parsed"
    AMBIGUOUS = "ambiguous"
    UNPARSED = "unparsed"


class Lint(enum.StrEnum):
    CALENDAR_UNIT = "calendar_unit"
    UNIT_M = "unit_m"
    UNIT_CAPITAL_M = "unit_M"
    UNIT_MISSING = "unit_missing"
    UNIT_CONFLICT = "unit_conflict"
    RATIO_GUESS = "ratio_guess"
    BITS_OR_BYTES = "bits_or_bytes"
    STRICT_SIGN = "strict_sign"
    ZONE_MISSING = "zone_missing"
    LATENCY_UNDEFINED = "latency_undefined"
    CONSUMER_MISSING = "consumer_missing"
    UNKNOWN_PROPERTY = "unknown_property"
    EXTRA_IGNORED = "extra_ignored"
    UNPARSED = "unparsed"


@dataclass(frozen=True, slots=True)
class PromiseForm:
    """A promise in its parsed form; times in seconds, shares in 0..1, sizes in bytes.

    `magnitude` is `None` while unread and for dates; `until` closes a window of the day. For a
    time of day the magnitude is seconds since local midnight in `zone`.
    """

    property: Property
    comparator: Comparator
    magnitude: Decimal | None = None
    base_unit: BaseUnit = BaseUnit.NONE
    percentile: Decimal | None = None
    window_s: int | None = None
    reference: str = ""
    element: str = ""
    consumer: str = ""
    date: datetime | None = None
    until: Decimal | None = None
    zone: str = ""
    judged: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a promise gave. `problem` is a sentence for the person who wrote it."""

    form: PromiseForm
    state: State
    lints: tuple[Lint, ...] = ()
    problem: str = ""
    suggestions: tuple[str, ...] = ()
