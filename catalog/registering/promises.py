"""Promises in the registration form: rows as typed, with what changes against what stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from catalog.actions.promises import read_row

WITH_UNIT = re.compile(r"(?P<number>[0-9][0-9.]*)\s*(?P<unit>[a-zA-Z%/]+)")
STANDARD = ("freshness", "throughput", "retention", "availability")
CONSUMER = "consumerLatency"
LABELS = {
    "freshness": "A new record at least every",
    "throughput": "At least this many records",
    "retention": "Records stay readable for",
    "availability": "Readable in this share of looks",
    CONSUMER: "Every record is read within",
}
TITLES = {
    "freshness": "Freshness",
    "throughput": "Throughput",
    "retention": "Retention",
    "availability": "Availability",
    CONSUMER: "Consumer lag",
}
UNITS = {
    "freshness": ("s", "min", "h"),
    "throughput": ("records/s",),
    "retention": ("d", "h"),
    "availability": ("%",),
    CONSUMER: ("s", "min", "h", "records"),
}


def promise_rows(typed: Mapping[str, Any], stands: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of a promise.set item: what is new or changed, and what was taken back."""
    known = {key(row): row for row in stands.get("rows", ())}
    rows = [row for row in typed.get("rows", ()) if str(row.get("value", "")).strip()]
    wanted = [literal(row) for row in rows if not same(row, known.get(key(row)))]
    kept = {key(row) for row in rows}
    ended = [
        {"property": name, **({"consumer": consumer} if consumer else {}), "ended": True}
        for name, consumer in known
        if (name, consumer) not in kept
    ]
    return wanted + ended


def key(row: Mapping[str, Any]) -> tuple[str, str]:
    """What makes a promise the same promise: its property and its consumer."""
    return str(row.get("property", "")), str(row.get("consumer") or "").strip()


def same(row: Mapping[str, Any], other: Mapping[str, Any] | None) -> bool:
    """Does a row say what already stands?"""
    return other is not None and read_row(literal(row)).form == read_row(literal(other)).form


def apart(value: str, unit: str) -> tuple[str, str]:
    """A value that carries its unit ("7 d") as number and unit, for the form's two fields."""
    found = None if unit else WITH_UNIT.fullmatch(value.strip())
    return (found["number"], found["unit"]) if found else (value, unit)


def literal(row: Mapping[str, Any]) -> dict[str, Any]:
    """The literal members of a typed row."""
    found = {"property": row.get("property", ""), "value": str(row.get("value", "")).strip()}
    for name in ("unit", "consumer"):
        if str(row.get(name) or "").strip():
            found[name] = str(row[name]).strip()
    return found
