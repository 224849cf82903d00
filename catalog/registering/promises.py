"""Promises in the registration form: rows as typed, with what changes against what stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    return other is not None and literal(row) == literal(other)


def literal(row: Mapping[str, Any]) -> dict[str, Any]:
    """The literal members of a typed row."""
    found = {"property": row.get("property", ""), "value": str(row.get("value", "")).strip()}
    for name in ("unit", "consumer"):
        if str(row.get(name) or "").strip():
            found[name] = str(row[name]).strip()
    return found
