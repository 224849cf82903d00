"""Numbers with units as people write them: `25h`, `99.9%`, `<= 5 min`, `PT15M`, `10 MiB/s`."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from decimal import Decimal

from catalog.sla.model import BaseUnit, Comparator, Lint

TEXT_LENGTH = 200  # a longer text is prose, not a quantity
MAGNITUDE_LIMIT = Decimal(10) ** 15  # what the column holds; more is a slip of the keyboard

_SIGNS = {
    "<=": Comparator.AT_MOST, "≤": Comparator.AT_MOST, "<": Comparator.AT_MOST,
    ">=": Comparator.AT_LEAST, "≥": Comparator.AT_LEAST, ">": Comparator.AT_LEAST,
    "=": Comparator.EQUAL,
}  # fmt: skip
_QUANTITY = re.compile(
    r"\s*(?P<sign><=|>=|≤|≥|<|>|=)?\s*(?P<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,2})?)"
    r"\s*(?P<unit>[A-Za-z%/][A-Za-z%/ 1]*)?\s*",
    re.ASCII,
)
_ISO = re.compile(
    r"\s*(?P<sign><=|>=|≤|≥|<|>|=)?\s*P(?:(?P<y>\d{1,6})Y)?(?:(?P<mo>\d{1,6})M)?(?:(?P<w>\d{1,6})W)?"
    r"(?:(?P<d>\d{1,6}(?:\.\d+)?)D)?"
    r"(?:T(?:(?P<h>\d{1,9}(?:\.\d+)?)H)?(?:(?P<min>\d{1,9}(?:\.\d+)?)M)?(?:(?P<s>\d{1,9}(?:\.\d+)?)S)?)?\s*",
    re.ASCII,
)
_SECONDS = {
    "ms": Decimal("0.001"), "s": Decimal(1), "min": Decimal(60), "h": Decimal(3_600),
    "d": Decimal(86_400), "w": Decimal(604_800),
    "mo": Decimal(2_592_000), "y": Decimal(31_536_000),
}  # fmt: skip
_CALENDAR = {"mo", "y"}  # 30 and 365 days to sort by; the calendar decides when judging
_UNIT_NAMES = {
    "ms": ("ms", "msec", "millisecond", "milliseconds"),
    "s": ("s", "sec", "secs", "second", "seconds"),
    "min": ("min", "mins", "minute", "minutes"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "d": ("d", "day", "days"),
    "w": ("w", "wk", "week", "weeks"),
    "mo": ("mo", "mon", "month", "months"),
    "y": ("y", "yr", "yrs", "year", "years"),
}
_DURATION_UNITS = {name: unit for unit, names in _UNIT_NAMES.items() for name in names}
_RECORD_NAMES = {
    "", "1", "rec", "recs", "record", "records", "row", "rows", "msg", "msgs", "message",
    "messages",
    "event", "events",
}  # fmt: skip
_BYTES = re.compile(r"(?P<prefix>[kKMGT]i?)?(?P<what>B|bytes?|Bytes?)")
_BITS = re.compile(r"(?:[kKMGTmgt]i?)?(?:b|bits?|bps)|[mgt]i?B")
_POWERS = {"k": 1, "K": 1, "M": 2, "G": 3, "T": 4}


@dataclass(frozen=True, slots=True)
class Unit:
    """What a unit stands for. `doubt` set: it reads in two ways."""

    base: BaseUnit
    factor: Decimal = Decimal(1)
    lints: tuple[Lint, ...] = ()
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with the unit and sign written beside it, if any."""

    number: Decimal
    unit: str = ""
    comparator: Comparator | None = None
    lints: tuple[Lint, ...] = ()
    is_iso: bool = False


def quantity(value: object) -> Quantity | None:
    """Read a JSON value as a number with an optional unit; `None` when it is neither."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        return _checked(Quantity(_decimal(value)))
    if not isinstance(value, str) or len(value) > TEXT_LENGTH:
        return None
    found = _QUANTITY.fullmatch(value)
    if found is not None:
        unit = (found["unit"] or "").strip()
        return _checked(_signed(Quantity(Decimal(found["number"]), unit), found["sign"]))
    return _iso(value)


def _decimal(value: float | Decimal) -> Decimal:
    """`repr` first: 99.9 shall stay 99.9 and not become the nearest binary fraction."""
    if isinstance(value, int) and abs(value) >= MAGNITUDE_LIMIT:
        return MAGNITUDE_LIMIT
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def _checked(read: Quantity) -> Quantity | None:
    number = read.number
    return read if number.is_finite() and abs(number) < MAGNITUDE_LIMIT else None


def _signed(read: Quantity, sign: str | None) -> Quantity:
    if sign is None:
        return read
    strict = (Lint.STRICT_SIGN,) if sign in ("<", ">") else ()
    return replace(read, comparator=_SIGNS[sign], lints=(*read.lints, *strict))


def _iso(text: str) -> Quantity | None:
    """An ISO 8601 duration in seconds; `P` and `PT` alone are none."""
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    parts = {unit: found[unit] for unit in _SECONDS if unit != "ms" and found[unit] is not None}
    if not parts:
        return None
    total = sum((Decimal(count) * _SECONDS[unit] for unit, count in parts.items()), Decimal(0))
    lints = (Lint.CALENDAR_UNIT,) if _CALENDAR & parts.keys() else ()
    return _checked(_signed(Quantity(total, "s", None, lints, is_iso=True), found["sign"]))


def unit_named(name: str, *, minutes_for_m: bool) -> Unit | None:
    """What a written unit stands for; `None` for one that nobody knows."""
    name = " ".join(name.split())
    if name == "m":
        doubt = "" if minutes_for_m else '"m" may mean minutes or months'
        return Unit(BaseUnit.SECONDS, Decimal(60), (Lint.UNIT_M,), doubt)
    if name == "M":
        doubt = '"M" may mean minutes or months'
        return Unit(BaseUnit.SECONDS, Decimal(60), (Lint.UNIT_CAPITAL_M,), doubt)
    if name == "%" or name.casefold() in ("percent", "pct"):
        return Unit(BaseUnit.RATIO, Decimal("0.01"))
    if name.casefold() == "ratio":
        return Unit(BaseUnit.RATIO)
    return _duration(name) or _rate(name)


def _duration(name: str) -> Unit | None:
    unit = _DURATION_UNITS.get(name.casefold())
    if unit is None:
        return None
    return Unit(
        BaseUnit.SECONDS, _SECONDS[unit], (Lint.CALENDAR_UNIT,) if unit in _CALENDAR else ()
    )


def _rate(name: str) -> Unit | None:
    """Records or bytes per time, or a plain count of records."""
    what, slash, per = name.replace(" per ", "/").partition("/")
    what, per = what.strip(), per.strip()
    if not slash:
        counts = bool(what) and what.casefold() in _RECORD_NAMES - {"1"}
        return Unit(BaseUnit.RECORDS) if counts else _bits(what)
    period = _DURATION_UNITS.get(per.casefold())
    if period is None:
        return None
    factor = 1 / _SECONDS[period]
    if what.casefold() in _RECORD_NAMES:
        return Unit(BaseUnit.RECORDS_PER_SECOND, factor)
    size = _BYTES.fullmatch(what)
    if size is None:
        return _bits(what)
    return Unit(BaseUnit.BYTES_PER_SECOND, factor * _bytes(size["prefix"] or ""))


def _bytes(prefix: str) -> Decimal:
    """10**3 per step for kB, MB, GB; 2**10 for KiB, MiB, GiB."""
    if not prefix:
        return Decimal(1)
    return Decimal(1024 if prefix.endswith("i") else 1000) ** _POWERS[prefix[0]]


def _bits(what: str) -> Unit | None:
    if what != "" and _BITS.fullmatch(what):
        doubt = f'"{what}" may mean bits or bytes'
        return Unit(BaseUnit.BYTES_PER_SECOND, Decimal(1), (Lint.BITS_OR_BYTES,), doubt)
    return None


def is_number(value: object) -> bool:
    """A finite JSON number; booleans are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or math.isfinite(value)
