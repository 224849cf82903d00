"""Every type and field of a schema with its field path, each named type once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.avro.model import ArrayNode, Field, MapNode, Node, RecordNode, Schema, UnionNode
from schemas.avro.paths import branch_paths, member_path


@dataclass(frozen=True, slots=True)
class TypePlace:
    """A type and the path it is first met at."""

    node: Node
    path: str


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """A field, its record and its path."""

    field: Field
    record: RecordNode
    path: str


def places(schema: Schema) -> Iterator[TypePlace | FieldPlace]:
    """Types and fields in document order; a field comes before its type."""
    seen: set[int] = set()
    pending: list[TypePlace | FieldPlace] = [TypePlace(schema.root, "")]
    while pending:
        place = pending.pop()
        if isinstance(place, FieldPlace):
            yield place
            pending.append(TypePlace(place.field.type, place.path))
        elif id(place.node) not in seen:
            seen.add(id(place.node))
            yield place
            pending.extend(reversed(_inside(place.node, place.path)))


def _inside(node: Node, path: str) -> list[TypePlace | FieldPlace]:
    if isinstance(node, RecordNode):
        return [FieldPlace(one, node, member_path(path, one.name)) for one in node.fields]
    if isinstance(node, ArrayNode):
        return [TypePlace(node.items, f"{path}[]")]
    if isinstance(node, MapNode):
        return [TypePlace(node.values, f"{path}{{}}")]
    if isinstance(node, UnionNode):
        labels = {id(branch): label for branch, label in branch_paths(path, node)}
        return [TypePlace(branch, labels.get(id(branch), path)) for branch in node.branches]
    return []
