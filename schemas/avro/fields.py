"""The flat list of a schema's fields, for search, tags and the field tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from schemas.avro.logical import logical_type
from schemas.avro.model import (
    ArrayNode,
    Field,
    MapNode,
    NamedNode,
    Node,
    PrimitiveNode,
    RecordNode,
    Schema,
    UnionNode,
)
from schemas.avro.paths import branch_paths, is_optional, member_path, type_text, without_null
from schemas.avro.values import json_text

TRUNCATED: Final = "truncated"  # the type text of the row that says there are more
STEPS_PER_ROW: Final = 20  # wide unions of wide unions cost steps without giving rows


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field. Texts hold U+FFFD for U+0000, which databases refuse.

    `default_text` is JSON, None without a default. `properties` are those of the field and of
    its type; texts as they are, anything else as JSON.
    """

    path: str
    type_text: str
    nullable: bool
    default_text: str | None
    doc: str
    aliases: tuple[str, ...]
    logical_type: str | None
    properties: Mapping[str, str]


Enclosing = frozenset[int]  # the records around a type, by identity: none is entered twice


def fields(schema: Schema, limit: int = 20_000) -> list[FieldRow]:
    """Every field in document order; more than `limit` end in one row of type `truncated`.

    A type used twice is listed under both paths; a record inside itself is not entered again.
    """
    rows: list[FieldRow] = []
    steps_left = limit * STEPS_PER_ROW
    pending: list[tuple[Node | Field, str, Enclosing]] = [(schema.root, "", frozenset())]
    while pending:
        part, path, enclosing = pending.pop()
        if not isinstance(part, Field):
            inside = _inside(part, path, enclosing)
            steps_left -= len(inside)
            pending.extend(reversed(inside))
            continue
        if len(rows) >= limit or steps_left < 0:
            rows.append(FieldRow("", TRUNCATED, False, None, "", (), None, {}))
            break
        rows.append(_row(part, path))
        if not isinstance(part.type, PrimitiveNode):
            pending.append((part.type, path, enclosing))
    return rows


def _inside(
    node: Node, path: str, enclosing: Enclosing
) -> list[tuple[Node | Field, str, Enclosing]]:
    if isinstance(node, RecordNode):
        if id(node) in enclosing:
            return []
        inner = enclosing | {id(node)}
        return [(field, member_path(path, field.name), inner) for field in node.fields]
    if isinstance(node, ArrayNode):
        return [(node.items, f"{path}[]", enclosing)]
    if isinstance(node, MapNode):
        return [(node.values, f"{path}{{}}", enclosing)]
    if isinstance(node, UnionNode):
        return [(branch, inner_path, enclosing) for branch, inner_path in branch_paths(path, node)]
    return []


def _row(field: Field, path: str) -> FieldRow:
    node = without_null(field.type)
    logical = logical_type(node)
    return FieldRow(
        path=_storable(path),
        type_text=_storable(type_text(field.type)),
        nullable=is_optional(field.type),
        default_text=json_text(field.default) if field.has_default else None,
        doc=_storable(field.doc or _type_doc(node)),
        aliases=tuple(map(_storable, field.aliases)),
        logical_type=None if logical is None else str(logical),
        properties=_property_texts(node.properties, field.properties),
    )


def _type_doc(node: Node) -> str:
    return (node.doc or "") if isinstance(node, NamedNode) else ""


def _property_texts(*sources: Mapping[str, object]) -> dict[str, str]:
    return {
        _storable(key): _storable(value) if isinstance(value, str) else json_text(value)
        for properties in sources
        for key, value in properties.items()
    }


def _storable(text: str) -> str:
    return text.replace("\x00", "�") if "\x00" in text else text
