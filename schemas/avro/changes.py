"""Changes in words, and what each one breaks.

What a change breaks is asked of `check`, with types cut down to the place that changed; it is
never guessed from the kind of change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from schemas.avro.compat import check, is_readable_name
from schemas.avro.matching import branches_of
from schemas.avro.model import (
    ArrayNode,
    EnumNode,
    Field,
    MapNode,
    NamedNode,
    Node,
    PrimitiveNode,
    RecordNode,
    Schema,
    UnionNode,
)

ChangeKind = Literal[
    "field-added",
    "field-removed",
    "field-renamed",
    "field-moved",
    "type-changed",
    "default-added",
    "default-changed",
    "default-removed",
    "doc-changed",
    "alias-added",
    "alias-removed",
    "order-changed",
    "symbol-added",
    "symbol-removed",
    "symbol-reordered",
    "branch-added",
    "branch-removed",
    "size-changed",
    "name-changed",
    "namespace-changed",
    "logical-changed",
    "property-changed",
    "truncated",
]
ChangeEffect = Literal[
    "none",
    "breaks-new-readers-of-old-data",
    "breaks-old-readers-of-new-data",
    "breaks-both",
    "meaning",
]
MEANINGFUL: Final = frozenset(
    {"default-changed", "logical-changed", "symbol-added", "symbol-removed", "order-changed"}
)
CONSEQUENCES: Final[dict[ChangeEffect, str]] = {
    "none": "",
    "meaning": "; everything can still be read, but it may mean something else",
    "breaks-new-readers-of-old-data": "; readers with the new schema cannot read old data",
    "breaks-old-readers-of-new-data": "; readers with the old schema cannot read new data",
    "breaks-both": "; old and new schema cannot read each other's data",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change; `path` is a field path, empty for the top level, `words` a plain sentence."""

    kind: ChangeKind
    path: str
    before: str | None
    after: str | None
    words: str
    effect: ChangeEffect


def asked(old: Node, new: Node) -> ChangeEffect:
    """What two types do to each other's readers, asked of `check`."""
    return asked_both((new, old), (old, new))


def asked_both(new_reads: tuple[Node, Node], old_reads: tuple[Node, Node]) -> ChangeEffect:
    """The same for two pairs of reader and writer."""
    new_fails = bool(check(Schema(new_reads[0]), Schema(new_reads[1])))
    old_fails = bool(check(Schema(old_reads[0]), Schema(old_reads[1])))
    if new_fails and old_fails:
        return "breaks-both"
    if new_fails:
        return "breaks-new-readers-of-old-data"
    return "breaks-old-readers-of-new-data" if old_fails else "none"


def change_of(
    kind: ChangeKind,
    path: str,
    sides: tuple[str | None, str | None],
    what: str,
    effect: ChangeEffect = "none",
) -> Change:
    if effect == "none" and kind in MEANINGFUL:
        effect = "meaning"
    subject = f"`{path}`" if path else "The schema"
    return Change(kind, path, *sides, f"{subject} {what}{CONSEQUENCES[effect]}.", effect)


def shallow_union(node: Node, branch: Node) -> UnionNode:
    """The branches of a type that may read `branch`, without what is inside them."""
    return UnionNode([shallow(one) for one in branches_of(node) if _may_read(one, branch)])


def _may_read(reader: Node, writer: Node) -> bool:
    """False where kinds or names differ anyway; keeps wide unions of records quick."""
    if isinstance(reader, NamedNode) and isinstance(writer, NamedNode):
        return is_readable_name(reader, writer)
    return isinstance(reader, PrimitiveNode) or reader.kind == writer.kind


def shallow(node: Node) -> Node:
    """A branch without what is inside it: whether it fits a union rests on kind and name."""
    if isinstance(node, RecordNode):
        return bare(node)
    if isinstance(node, ArrayNode):
        return ArrayNode(PrimitiveNode("null"), node.properties)
    if isinstance(node, MapNode):
        return MapNode(PrimitiveNode("null"), node.properties)
    return node


def name_sides(old: NamedNode, new: NamedNode) -> tuple[tuple[Node, Node], tuple[Node, Node]]:
    """Both types without their contents: only the names are to be compared."""
    bare_old, bare_new = bare(old), bare(new)
    return (bare_new, bare_old), (bare_old, bare_new)


def bare(node: NamedNode) -> RecordNode:
    """A record without fields under the names of a type."""
    record = RecordNode(node.name, node.namespace, None, is_error=False)
    record.aliases = node.aliases
    return record


def record_of(*fields: Field) -> RecordNode:
    """A record of nothing but these fields, so that `check` sees only them."""
    record = RecordNode("Cut", "", None, is_error=False)
    record.fields = fields
    record.fields_by_name = {field.name: field for field in fields}
    return record


def untyped(field: Field) -> Field:
    """The field with nothing but its names and default."""
    cut = Field(field.name, PrimitiveNode("null"))
    cut.aliases = field.aliases
    cut.default = field.default
    return cut


def only_symbol(reader: EnumNode, symbol: str) -> EnumNode:
    """An enum of one symbol under the reader's name, so that only the symbol is in question."""
    return EnumNode(reader.name, reader.namespace, None, (symbol,))
