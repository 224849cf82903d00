"""Reading a promise: property, value and unit as written become one judged form, or say why not.

Total: any JSON goes in, a Reading comes out. Contracts that are imported keep unreadable promises;
forms and the API refuse what is not `parsed`, with `Reading.problem` beside the field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from catalog.sla.model import (
    BaseUnit,
    Comparator,
    Lint,
    PromiseForm,
    Property,
    Reading,
    State,
)
from catalog.sla.moment import read_clock_time, read_date
from catalog.sla.quantity import Quantity, Unit, is_number, quantity, unit_named
from catalog.sla.suggest import alternatives, near_names
from catalog.sla.vocabulary import RULES, percentile_of, property_named

ATTESTED = frozenset(
    {Property.SUPPORT, Property.BACKUP, Property.RESPONSE_TIME, Property.OTHER}
)  # people's statements: kept in their words, never measured
NAME_LENGTH = 249  # the longest group or element name that is kept
WINDOW_LIMIT_S = 34_560_000  # 400 days, as far back as measurements go
REFERENCES = frozenset({"origin", "upstream", "append", "record", "own"})


@dataclass(frozen=True, slots=True)
class _Draft:
    """A promise half read."""

    form: PromiseForm
    lints: tuple[Lint, ...] = ()
    faults: tuple[str, ...] = field(default_factory=tuple)
    doubts: tuple[str, ...] = field(default_factory=tuple)

    def noting(self, *lints: Lint) -> _Draft:
        return replace(self, lints=(*self.lints, *lints))

    def failing(self, problem: str, *lints: Lint) -> _Draft:
        return replace(
            self, faults=(*self.faults, problem), lints=(*self.lints, *lints, Lint.UNPARSED)
        )

    def doubting(self, problem: str, *lints: Lint) -> _Draft:
        return replace(self, doubts=(*self.doubts, problem), lints=(*self.lints, *lints))


def read(
    property: object,  # noqa: A002 the contract's own word
    value: object,
    unit: object = None,
    value_ext: object = None,
    element: object = None,
    extra: object = None,
) -> Reading:
    """Read one promise. `extra` is our row in a contract: as, comparator, percentile, consumer…"""
    extras = extra if isinstance(extra, Mapping) else {}
    draft = _named(property, element, extras)
    if extra is not None and not isinstance(extra, Mapping):
        draft = draft.noting(Lint.EXTRA_IGNORED)
    draft = _with_extras(draft, extras)
    if draft.form.property in ATTESTED:
        return _finished(draft, property, value)
    return _finished(_valued(draft, value, unit, value_ext), property, value)


# -- the property ---------------------------------------------------------------------------------


def _named(name: object, element: object, extras: Mapping[object, object]) -> _Draft:
    """Property, percentile suffix and element."""
    canonical, percentile = property_named(name) if isinstance(name, str) else (None, None)
    where = _text(element)
    chosen, _ = property_named(_text(extras.get("as"))) if extras.get("as") else (None, None)
    if chosen is not None:
        canonical = chosen
    elif canonical is Property.LATENCY and where:
        canonical = Property.END_TO_END_LATENCY
    draft = _Draft(_empty_form(canonical or Property.OTHER, where))
    if canonical is None:
        return draft.noting(Lint.UNKNOWN_PROPERTY)
    if percentile is not None:
        draft = _with_percentile(draft, percentile)
    if canonical is Property.LATENCY:
        problem = "Latency may mean freshness or end-to-end latency. Choose one of them."
        draft = draft.doubting(problem, Lint.LATENCY_UNDEFINED)
    return draft


def _empty_form(canonical: Property, element: str) -> PromiseForm:
    rule = RULES[canonical]
    return PromiseForm(
        canonical,
        rule.comparator,
        base_unit=rule.unit,
        reference=rule.reference,
        element=element,
    )


def _text(given: object) -> str:
    return given.strip()[:NAME_LENGTH] if isinstance(given, str) else ""


def _with_percentile(draft: _Draft, given: object) -> _Draft:
    percentile = percentile_of(given)
    if percentile is None:
        return draft.failing("A percentile lies between 0 and 100, for example 95.")
    return replace(draft, form=replace(draft.form, percentile=percentile))


# -- our extras -----------------------------------------------------------------------------------


def _with_extras(draft: _Draft, extras: Mapping[object, object]) -> _Draft:
    """Take what is well formed; what is not is ignored and said so."""
    form, ignored = draft.form, False
    if (sign := extras.get("comparator")) is not None:
        comparator = _comparator(sign)
        ignored |= comparator is None
        form = replace(form, comparator=comparator or form.comparator)
    if (window_s := extras.get("window_seconds")) is not None:
        seconds = _seconds(window_s)
        ignored |= seconds is None
        form = replace(form, window_s=seconds)
    if (reference := extras.get("reference")) is not None:
        is_known = isinstance(reference, str) and reference in REFERENCES
        ignored |= not is_known
        form = replace(form, reference=str(reference) if is_known else form.reference)
    form = replace(
        form, consumer=_text(extras.get("consumer")), judged=extras.get("judged") is not False
    )
    draft = replace(draft, form=form)
    if (percentile := extras.get("percentile")) is not None:
        draft = _with_percentile(draft, percentile)
    return draft.noting(Lint.EXTRA_IGNORED) if ignored else draft


def _comparator(sign: object) -> Comparator | None:
    signs = {
        "<": Comparator.AT_MOST, "<=": Comparator.AT_MOST, "≤": Comparator.AT_MOST,
        ">": Comparator.AT_LEAST, ">=": Comparator.AT_LEAST, "≥": Comparator.AT_LEAST,
        "=": Comparator.EQUAL,
    }  # fmt: skip
    return signs.get(sign) if isinstance(sign, str) else None


def _seconds(given: object) -> int | None:
    if isinstance(given, bool) or not isinstance(given, int):
        return None
    return given if 0 < given <= WINDOW_LIMIT_S else None


# -- the value ------------------------------------------------------------------------------------


def _valued(draft: _Draft, value: object, unit: object, value_ext: object) -> _Draft:
    match draft.form.base_unit:
        case BaseUnit.DATE:
            return _dated(draft, value)
        case BaseUnit.TIME_OF_DAY:
            return _clocked(draft, value, value_ext)
        case _:
            return _measured(draft, value, unit)


def _dated(draft: _Draft, value: object) -> _Draft:
    moment = read_date(value, draft.form.property)
    if moment is None:
        return draft.failing("A date looks like 2027-01-31.")
    return replace(draft, form=replace(draft.form, date=moment))


def _clocked(draft: _Draft, value: object, value_ext: object) -> _Draft:
    clock = read_clock_time(value)
    until = read_clock_time(value_ext) if value_ext is not None else None
    if clock is None or (value_ext is not None and until is None):
        return draft.failing("A time of day looks like 06:00 Europe/Berlin or 09:00-08:00.")
    form = replace(draft.form, magnitude=clock.seconds, zone=clock.zone)
    if until is not None:
        form = replace(form, comparator=Comparator.WINDOW, until=until.seconds)
    draft = replace(draft, form=form)
    if clock.zone:
        return draft
    return draft.doubting("Add a time zone, for example 06:00 Europe/Berlin.", Lint.ZONE_MISSING)


def _measured(draft: _Draft, value: object, unit: object) -> _Draft:
    found = quantity(value)
    if found is None:
        return draft.failing(f"Write a number with a unit, for example {_example(draft)}.")
    if unit is not None and not isinstance(unit, str):
        return draft.failing("A unit is a text, for example min.")
    draft = draft.noting(*found.lints)
    if found.comparator is not None:
        draft = replace(draft, form=replace(draft.form, comparator=found.comparator))
    return _with_unit(draft, found, (unit or "").strip())


def _with_unit(draft: _Draft, found: Quantity, beside: str) -> _Draft:
    rule = RULES[draft.form.property]
    written = found.unit or beside
    if not written:
        return _unitless(draft, found.number)
    named = unit_named(written, minutes_for_m=rule.minutes_for_m)
    if named is None:
        return draft.failing(f'"{written[:40]}" is no unit here; try {_example(draft)}.')
    if found.unit and beside and unit_named(beside, minutes_for_m=rule.minutes_for_m) != named:
        problem = f'The value says "{found.unit[:40]}" and the unit says "{beside[:40]}".'
        return draft.doubting(problem, Lint.UNIT_CONFLICT)
    return _converted(draft.noting(*named.lints), found.number, named)


def _converted(draft: _Draft, number: Decimal, unit: Unit) -> _Draft:
    if unit.doubt:
        return draft.doubting(f"{unit.doubt}: write the unit out.")
    if not _fits(unit.base, draft.form.property):
        return draft.failing(f"This unit does not measure it; try {_example(draft)}.")
    return _ranged(draft, number * unit.factor, unit.base)


def _fits(base: BaseUnit, canonical: Property) -> bool:
    expected = RULES[canonical].unit
    if canonical is Property.THROUGHPUT:
        return base in (BaseUnit.RECORDS_PER_SECOND, BaseUnit.BYTES_PER_SECOND)
    if canonical is Property.CONSUMER_LATENCY and base is BaseUnit.RECORDS:
        return True
    return base is expected


def _unitless(draft: _Draft, number: Decimal) -> _Draft:
    if draft.form.base_unit is not BaseUnit.RATIO:
        problem = f"Add a unit, for example {_example(draft)}."
        return draft.doubting(problem, Lint.UNIT_MISSING)
    if number == 1:
        problem = "1 may mean 1 % or everything: write 1 % or 100 %."
        return draft.doubting(problem, Lint.RATIO_GUESS)
    if 0 < number < 1:
        return _ranged(draft.noting(Lint.RATIO_GUESS), number, BaseUnit.RATIO)
    return _ranged(draft, number / 100, BaseUnit.RATIO)


def _ranged(draft: _Draft, magnitude: Decimal, base: BaseUnit) -> _Draft:
    if base is BaseUnit.RATIO and not 0 < magnitude <= 1:
        return draft.failing("A share is more than 0 % and at most 100 %.")
    if magnitude <= 0:
        return draft.failing("The value must be more than 0.")
    return replace(draft, form=replace(draft.form, magnitude=magnitude, base_unit=base))


def _example(draft: _Draft) -> str:
    return alternatives(draft.form.property)[0]


# -- the end --------------------------------------------------------------------------------------


def _finished(draft: _Draft, name: object, value: object) -> Reading:
    form = draft.form
    if form.property is Property.CONSUMER_LATENCY and not form.consumer:
        draft = draft.noting(Lint.CONSUMER_MISSING)
    lints = tuple(dict.fromkeys(draft.lints))
    if draft.faults:
        return Reading(
            replace(form, magnitude=None), State.UNPARSED, lints, draft.faults[0],
            alternatives(form.property),
        )  # fmt: skip
    if draft.doubts:
        hints = _readings_of(form.property, value, lints)
        return Reading(
            replace(form, magnitude=None), State.AMBIGUOUS, lints, draft.doubts[0], hints
        )
    near = near_names(name) if Lint.UNKNOWN_PROPERTY in lints else ()
    return Reading(form, State.PARSED, lints, "", near)


def _readings_of(canonical: Property, value: object, lints: tuple[Lint, ...]) -> tuple[str, ...]:
    """The ways in which an ambiguous promise may have been meant, to choose from."""
    if canonical is Property.LATENCY:
        return (Property.FRESHNESS.value, Property.END_TO_END_LATENCY.value)
    found = quantity(value)
    if found is None:
        return alternatives(canonical)
    number = f"{found.number:f}"
    if Lint.UNIT_M in lints or Lint.UNIT_CAPITAL_M in lints:
        return (f"{number} min", f"{number} mo")
    if Lint.RATIO_GUESS in lints:
        return ("1 %", "100 %")
    if Lint.UNIT_MISSING in lints and is_number(value):
        units = [example.partition(" ")[2] for example in alternatives(canonical)]
        return tuple(f"{number} {unit}" for unit in dict.fromkeys(units))
    return alternatives(canonical)
