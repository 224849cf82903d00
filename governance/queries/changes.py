"""What a request changes, item by item, as numbered lines in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from governance.models import ChangeItem
from governance.queries.requests import RequestPage, short_name
from governance.queries.words import ITEM_STATES
from governance.wishes.shapes import KINDS
from mesh.kernel.errors import MeshError
from schemas.avro.diff import diff
from schemas.avro.model import Schema
from schemas.models import SchemaVersion
from schemas.names import DEFAULT_CONTEXT
from schemas.reading.words import change_line
from schemas.registering.parsing import read_posted, stored_schema
from schemas.registering.references import read_references

FLAG_WORDS = {
    "irreversible": "This cannot be undone.",
    "data_loss": "Records may be deleted.",
    "exists": "It exists already and is adopted as it is.",
    "noop": "It stands already; nothing happens.",
}
CHANGES_MOST = 200


@dataclass(frozen=True, slots=True)
class Part:
    """One card of what changes: an item of the bundle with its numbered lines."""

    title: str
    object: str
    state: str
    label: str
    lines: list[dict[str, Any]]
    more: int = 0
    error: Mapping[str, Any] | None = None


def parts_of(page: RequestPage) -> list[Part]:
    parts: list[Part] = []
    number = 0
    for item, planned in page.lines:
        lines = _schema_lines(item) if item.kind == "schema.register" else []
        lines = lines or _plain_lines(item, planned)
        for line in lines:
            number += 1
            line["number"] = number
        state = ITEM_STATES.get(item.state, "plain")
        parts.append(
            Part(
                KINDS[item.kind].noun.capitalize(),
                short_name(item),
                state,
                "" if item.state == "pending" else item.state.replace("_", " "),
                lines[:CHANGES_MOST],
                max(0, len(lines) - CHANGES_MOST),
                item.error,
            )
        )
    return parts


def _schema_lines(item: ChangeItem) -> list[dict[str, Any]]:
    """Field changes in words against the version that the plan started from."""
    try:
        new = read_posted(
            item.desired["schema"],
            read_references(item.desired.get("references", [])),
            DEFAULT_CONTEXT,
        ).schema
    except MeshError:
        return []
    old = _version(item)
    return [] if old is None else [_drawn(change_line(change)) for change in diff(old, new)]


def _drawn(line: dict[str, str]) -> dict[str, Any]:
    """All members that the part asks for."""
    return {"note": "", "fix": "", "fix_href": "", "fix_link": "", "icon": "", **line}


def _version(item: ChangeItem) -> Schema | None:
    row = (
        SchemaVersion.objects.filter(
            subject__context__name=DEFAULT_CONTEXT, subject__name=item.object["subject"],
            version=item.precondition.get("version", 0),
        ).select_related("schema_id__content").first()
    )  # fmt: skip
    return None if row is None else stored_schema(row.schema_id.content)


def _plain_lines(item: ChangeItem, planned: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One line per member that changes; a thing that is new is one line with its members below."""
    before, after = planned.get("before", {}), planned.get("after") or dict(item.desired)
    flags = " ".join(FLAG_WORDS[flag] for flag in planned.get("flags", ()) if flag in FLAG_WORDS)
    if item.kind == "schema.register":
        version = item.precondition.get("version", 0)
        said = "First version of the subject." if not version else f"Version {version + 1}."
        if "noop" in planned.get("flags", ()):
            said = FLAG_WORDS["noop"]
        level = after.get("level")
        return [
            _line(
                "added",
                "Schema",
                item.object["subject"],
                then=f"{said}{f' Level {level}.' if level else ''}",
            )
        ]
    if not before:
        members = "; ".join(
            f"{key} {shown(value)}" for key, value in after.items() if value not in ("", [], {})
        )
        return [
            _line("added", _noun(item), short_name(item), then=f"{members} {flags}".strip()[:600])
        ]
    moved = [key for key in after if before.get(key) != after[key]]
    if not moved:
        return [_line("changed", "Unchanged", short_name(item), then=flags or FLAG_WORDS["noop"])]
    return [
        _line(
            "changed",
            "Changed",
            key,
            before=shown(before.get(key)),
            after=shown(after[key]),
            then=flags,
        )
        for key in moved
    ]


def _noun(item: ChangeItem) -> str:
    nouns = {"product.create": "New product", "port.create": "New port", "promise.set": "Promised",
             "topic.create": "New topic", "topic.adopt": "Adopted topic"}  # fmt: skip
    return nouns.get(item.kind, "New")


def _line(kind: str, word: str, path: str, **more: str) -> dict[str, Any]:
    blank = {
        "note": "",
        "before": "",
        "after": "",
        "then": "",
        "fix": "",
        "fix_href": "",
        "fix_link": "",
        "icon": "",
    }
    return {**blank, "kind": kind, "word": word, "path": path, **more}


def shown(value: object) -> str:
    """A value in words; a topic's settings and a promise's literal read as pairs."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {shown(member)}" for key, member in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(shown(member) for member in value) or "none"
    text = str(value)
    return text if len(text) <= 160 else f"{text[:160]}…"
