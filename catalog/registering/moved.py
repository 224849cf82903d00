"""Two windows on one draft: what a form was made from, and what differs between theirs and yours."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.registering.document import Document, part
from catalog.registering.promises import TITLES

LINES = 12  # lines of a long text that are shown of each side
LABELS = {
    "name": "Name", "slug": "Short name", "team": "Team", "domain": "Domain", "kind": "Kind",
    "purpose": "What it is for", "usage": "Use it for", "limitations": "Limits", "tier": "Tier",
    "visibility": "Who may find it", "sampling": "Sample records", "mode": "Topic",
    "existing": "Observed topic", "cluster": "Cluster", "topic": "Topic name",
    "partitions": "Partitions", "replication_factor": "Copies", "retention": "Retention",
    "retention_unit": "Unit of retention", "cleanup_policy": "Clean-up",
    "rate": "Records per second", "record_bytes": "Bytes of a record", "port": "Port",
    "version": "Version", "description": "Description", "reason": "Reason",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that somebody else saved in another way."""

    label: str
    theirs: str
    yours: str


def mark_of(document: Document, step: str) -> str:
    """Names what a step's form was made from; '' before the step was visited.

    The review is made from every other step: who sends it has read all of them.
    """
    seen: Mapping[str, Any] = part(document, step)
    if step == "review":
        seen = {name: value for name, value in document.items() if name != "review"}
    if not seen:
        return ""
    text = json.dumps(seen, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def has_moved(document: Document, step: str, typed: Mapping[str, Any], seen: str) -> bool:
    """Would saving lose what another window saved? The same words twice lose nothing."""
    if step != "review" and part(document, step) == typed:
        return False
    return mark_of(document, step) != seen


def differences(
    step: str, theirs: Mapping[str, Any], yours: Mapping[str, Any]
) -> tuple[Difference, ...]:
    """Every field whose saved value is not the typed one, in the order of the form."""
    saved, typed = flat(step, theirs), flat(step, yours)
    labels = [*typed, *(label for label in saved if label not in typed)]
    return tuple(
        Difference(label, *apart(saved.get(label, ""), typed.get(label, "")))
        for label in labels
        if saved.get(label, "") != typed.get(label, "")
    )


def flat(step: str, values: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a step by their labels."""
    if step == "promises":
        rows = values.get("rows", ())
        return {_promised(row): f"{row.get('value', '')} {row.get('unit', '')}" for row in rows}
    if step == "inputs":
        rows = values.get("rows", ())
        return {f"Input {row.get('product', '')}": row.get("group") or "no group" for row in rows}
    if step == "schema":
        return {
            f"{side.capitalize()} {number}, {member}": str(row.get(member, ""))
            for side in ("value", "key")
            for number, row in enumerate(values.get(side, ()), start=1)
            for member in ("subject", "schema", "compatibility")
        }
    return {LABELS[name]: str(value) for name, value in values.items() if name in LABELS}


def _promised(row: Mapping[str, Any]) -> str:
    name = str(row.get("property", ""))
    consumer = row.get("consumer")
    return f"{TITLES.get(name, name)}, {consumer}" if consumer else TITLES.get(name, name)


def apart(theirs: str, yours: str) -> tuple[str, str]:
    """Both values; of texts with many lines only the lines that the other one has not."""
    if "\n" not in theirs + yours:
        return theirs, yours
    lines = list(difflib.ndiff(theirs.splitlines(), yours.splitlines()))
    sides = ([line[2:] for line in lines if line.startswith(sign)] for sign in "-+")
    return tuple(_clipped(side) for side in sides)  # type: ignore[return-value]  # two of them


def _clipped(lines: list[str]) -> str:
    more = len(lines) - LINES
    return "\n".join([*lines[:LINES], f"… and {more} more lines"] if more > 0 else lines)
