"""What a request changes, item by item, as numbered lines in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from governance.models import ChangeItem
from governance.queries.facts import facts_of, label, names_of, words_of
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
ACTIVE = "It is listed as active, and its promises are judged from then on."
NOUNS = {
    "product.create": "New product", "promise.set": "Promised", "topic.create": "New topic",
    "topic.adopt": "Adopted topic",
}  # fmt: skip
BLANK = {
    "note": "", "before": "", "after": "", "then": "", "fix": "", "fix_href": "", "fix_link": "",
    "icon": "", "facts": (),
}  # fmt: skip


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

    @property
    def is_field_by_field(self) -> bool:
        """Whether it compares two schemas: such a part is a card of its own."""
        return bool(self.lines) and "effect" in self.lines[0]


def parts_of(page: RequestPage) -> list[Part]:
    """What changes, numbered through; two queries for names beyond those of the schemas."""
    parts: list[Part] = []
    number = 0
    names = names_of(page.items)
    for item, planned in page.lines:
        lines = _schema_lines(item) if item.kind == "schema.register" else []
        lines = lines or _plain_lines(item, planned, names)
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
    return {**BLANK, **line}


def _version(item: ChangeItem) -> Schema | None:
    row = (
        SchemaVersion.objects.filter(
            subject__context__name=DEFAULT_CONTEXT, subject__name=item.object["subject"],
            version=item.precondition.get("version", 0),
        ).select_related("schema_id__content").first()
    )  # fmt: skip
    return None if row is None else stored_schema(row.schema_id.content)


def _plain_lines(
    item: ChangeItem, planned: Mapping[str, Any], names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """One line per member that changes; a thing that is new is one line with its facts below."""
    before, after = planned.get("before", {}), planned.get("after") or dict(item.desired)
    flags = " ".join(FLAG_WORDS[flag] for flag in planned.get("flags", ()) if flag in FLAG_WORDS)
    name = short_name(item)
    if item.kind == "schema.register":
        return [_line("added", "Schema", name, then=_version_words(item, planned, after))]
    if item.kind == "lifecycle.activate" and before.get("lifecycle") != "active":
        return [_line("changed", "Made active", name, icon="circle-check", then=ACTIVE)]
    if not before:
        facts = facts_of(item, after, names)
        return [_line("added", _noun(item), name, then=flags, facts=facts)]
    moved = [key for key in after if before.get(key) != after[key]]
    if not moved:
        return [_line("changed", "Unchanged", name, then=flags or FLAG_WORDS["noop"])]
    return [
        _line(
            "changed",
            "Changed",
            key if "." in key else label(key).lower(),
            note=f"of {name}",
            before=words_of(key, before.get(key), names),
            after=words_of(key, after[key], names),
            then=flags,
        )
        for key in moved
    ]


def _version_words(item: ChangeItem, planned: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    if "noop" in planned.get("flags", ()):
        return FLAG_WORDS["noop"]
    version, level = item.precondition.get("version", 0), after.get("level")
    said = f"Version {version + 1}." if version else "First version of the subject."
    return f"{said} Level {level}." if level else said


def _noun(item: ChangeItem) -> str:
    if item.kind == "port.create":
        return "New input" if item.object.get("direction") == "input" else "New output"
    return NOUNS.get(item.kind, "New")


def _line(kind: str, word: str, path: str, **more: Any) -> dict[str, Any]:
    return {**BLANK, "kind": kind, "word": word, "path": path, **more}
