"""Promises: literal words read into a judged form; what cannot be read is refused at its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from catalog.actions.products import changed, guard_active, locked, touch
from catalog.errors import PromiseValue
from catalog.models import Port, Promise
from catalog.sla.model import BaseUnit, Property, Reading, State
from catalog.sla.read import read
from catalog.sla.words import words
from mesh.audit.actions import audited, record
from mesh.audit.principal import Principal
from mesh.kernel.database import database_now
from mesh.kernel.errors import Fault, InvalidInput, NotFound
from mesh.kernel.revisions import unmoved
from mesh.people.authz.doors import require

MEMBERS = (
    "property", "value", "unit", "value_ext", "element", "consumer", "percentile",
    "window_seconds", "comparator", "reference", "description", "ended",
)  # fmt: skip
EXTRAS = ("consumer", "percentile", "window_seconds", "comparator", "reference")
ROWS = 40


@audited
def set_promises(
    port_id: int,
    rows: Sequence[Mapping[str, Any]],
    *,
    by: Principal,
    approval: int | None = None,
    revision: int | None = None,
) -> list[Promise]:
    """Add or change promises by (property, consumer); a row with `ended: true` ends its promise.

    What the rows do not mention stays. `revision` is the port's. Raises NotAllowed, NeedsRequest,
    StaleRevision, and PromiseValue with a pointer to each promise that cannot be read or can be
    read in two ways.
    """
    port = Port.objects.select_related("product").filter(pk=port_id).first()
    if port is None:
        raise NotFound
    product = locked(port.product_id)
    require(by, "product.edit", product)
    port.refresh_from_db(fields=["revision"])  # as it is under the product's lock
    unmoved(port.revision, revision)
    guard_active(product, by, approval)
    if port.direction != Port.Direction.OUTPUT:
        raise InvalidInput("Only an output port promises something.", pointer="/port")
    readings = readings_of(rows)
    known = {
        (promise.property, promise.consumer): promise
        for promise in Promise.objects.filter(port=port, ended_at__isnull=True)
    }
    kept = [
        _one(port, known, row, reading, by=by, approval=approval)
        for row, reading in zip(rows, readings, strict=True)
    ]
    touch(product, port)
    changed(product, "promise_changed")
    return [promise for promise in kept if promise is not None]


def readings_of(rows: Sequence[Mapping[str, Any]], pointer: str = "/promises") -> list[Reading]:
    """Read every row. Raises PromiseValue naming each one that is not clear, InvalidInput."""
    if len(rows) > ROWS:
        raise InvalidInput(f"A port makes at most {ROWS} promises.", pointer=pointer)
    readings, faults = [], []
    seen: set[tuple[str, str]] = set()
    for index, row in enumerate(rows):
        reading = read_row(row)
        fault = fault_of(row, reading, f"{pointer}/{index}")
        key = (reading.form.property.value, reading.form.consumer)
        if fault is None and key in seen:
            fault = Fault(f"{pointer}/{index}/property", "repeated", "This is promised twice.")
        seen.add(key)
        readings.append(reading)
        faults += [fault] if fault is not None else []
    if faults:
        raise PromiseValue(faults[0].detail, faults=tuple(faults))
    return readings


def read_row(row: Mapping[str, Any]) -> Reading:
    """The reading of one literal row; total."""
    extra = {name: row[name] for name in EXTRAS if row.get(name) not in (None, "")}
    return read(
        row.get("property"), row.get("value"), row.get("unit") or None,
        row.get("value_ext"), row.get("element"), extra,
    )  # fmt: skip


def fault_of(row: Mapping[str, Any], reading: Reading, pointer: str) -> Fault | None:
    """What is wrong with a row that a person typed, or None."""
    unknown = sorted(set(row) - set(MEMBERS))
    if unknown:
        return Fault(
            f"{pointer}/{unknown[0][:60]}", "unknown_member", "A promise has no such member."
        )
    if reading.form.property is Property.OTHER and not row.get("ended"):
        near = f" Did you mean {', '.join(reading.suggestions)}?" if reading.suggestions else ""
        return Fault(f"{pointer}/property", "property", f"Nobody knows this property.{near}")
    if row.get("ended"):
        return None
    if reading.state is not State.PARSED:
        hints = f" For example: {', '.join(reading.suggestions)}." if reading.suggestions else ""
        place = "unit" if _wrong_unit(row, reading) else "value"
        code = f"promise_{reading.state.value}"
        return Fault(f"{pointer}/{place}", code, reading.problem + hints)
    if reading.form.property is Property.CONSUMER_LATENCY and not reading.form.consumer:
        return Fault(
            f"{pointer}/consumer", "required", "Name the consumer group this is promised to."
        )
    return None


def _wrong_unit(row: Mapping[str, Any], reading: Reading) -> bool:
    """Is it the unit beside the value that cannot be read? With one that fits, the row would be clear."""
    if not row.get("unit") or not reading.suggestions:
        return False
    fitting = reading.suggestions[0].rpartition(" ")[2]
    return read_row({**row, "unit": fitting}).state is State.PARSED


def _one(
    port: Port,
    known: Mapping[tuple[str, str], Promise],
    row: Mapping[str, Any],
    reading: Reading,
    *,
    by: Principal,
    approval: int | None,
) -> Promise | None:
    key = (reading.form.property.value, reading.form.consumer)
    present = known.get(key)
    if row.get("ended"):
        if present is not None:
            _end(present, by=by, approval=approval)
        return None
    columns = columns_of(row, reading)
    if present is None:
        promise = Promise.objects.create(port=port, **columns)
        record(
            "promise_made", promise, by=by, after={"words": promise.words},
            request_number=approval,
        )  # fmt: skip
        return promise
    before = {name: getattr(present, name) for name in columns}
    if before != columns:
        for name, value in columns.items():
            setattr(present, name, value)
        present.save(update_fields=list(columns))
        record(
            "promise_changed", present, by=by, before={"words": before["words"]},
            after={"words": present.words}, request_number=approval,
        )  # fmt: skip
    return present


def _end(promise: Promise, *, by: Principal, approval: int | None) -> None:
    promise.ended_at = database_now()
    promise.save(update_fields=["ended_at"])
    record("promise_ended", promise, by=by, before={"words": promise.words}, after={"words": ""},
           request_number=approval)  # fmt: skip


def columns_of(row: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """The columns of a Promise: the literal words beside their parsed form."""
    form = reading.form
    is_number = form.base_unit not in (BaseUnit.NONE, BaseUnit.DATE)
    return {
        "property": form.property.value,
        "literal": {name: value for name, value in row.items() if value is not None},
        "words": words(form)[:200],
        "state": reading.state.value,
        "comparator": "" if form.comparator == "window" else form.comparator.value,
        "magnitude": float(form.magnitude) if is_number and form.magnitude is not None else None,
        "base_unit": form.base_unit.value,
        "percentile": None if form.percentile is None else float(form.percentile),
        "window_s": form.window_s,
        "reference": form.reference,
        "consumer": form.consumer,
    }
