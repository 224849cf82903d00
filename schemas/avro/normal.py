"""The normalised form: schemas that mean the same and are written differently become one text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Final

from schemas.avro.logical import logical_type
from schemas.avro.model import (
    NO_PROPERTIES,
    ArrayNode,
    EnumNode,
    Field,
    FixedNode,
    MapNode,
    NamedNode,
    Node,
    PrimitiveNode,
    RecordNode,
    Schema,
    UnionNode,
    children,
)

LOGICAL_ORDER: Final = ("logicalType", "precision", "scale")


def normalize(schema: Schema) -> Schema:
    """A schema with properties sorted by key, aliases by full name, and empty type docs dropped.

    Attributes of a valid logical type come first. Object defaults are sorted too; numbers keep
    the form they were written in.
    """
    copies: dict[int, Node] = {}
    nodes = list(_reachable(schema.root))
    for node in nodes:
        copies[id(node)] = _copied(node)
    for node in nodes:
        _link(copies[id(node)], node, copies)
    types = {
        name: copy
        for name, node in schema.types.items()
        if isinstance(copy := copies.get(id(node), node), NamedNode)
    }
    return Schema(copies[id(schema.root)], types=types, reference_names=schema.reference_names)


def _reachable(root: Node) -> Iterable[Node]:
    seen: set[int] = set()
    pending = [root]
    while pending:
        node = pending.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            pending.extend(children(node))


def _copied(node: Node) -> Node:
    """The node with sorted attributes and, for now, without inner types."""
    properties = _sorted_properties(node)
    if isinstance(node, PrimitiveNode):
        return PrimitiveNode(node.kind, properties)
    if isinstance(node, ArrayNode):
        return ArrayNode(node.items, properties)
    if isinstance(node, MapNode):
        return MapNode(node.values, properties)
    if isinstance(node, NamedNode):
        copy = _copied_named(node, node.doc or None)
        copy.properties = properties
        copy.aliases = tuple(sorted(node.aliases, key=lambda alias: (alias.namespace, alias.name)))
        return copy
    return UnionNode([])


def _copied_named(node: NamedNode, doc: str | None) -> NamedNode:
    if isinstance(node, RecordNode):
        return RecordNode(node.name, node.namespace, doc, is_error=node.is_error)
    if isinstance(node, EnumNode):
        enum = EnumNode(node.name, node.namespace, doc, node.symbols)
        enum.default = node.default
        return enum
    assert isinstance(node, FixedNode)
    return FixedNode(node.name, node.namespace, doc, node.size)


def _link(copy: Node, node: Node, copies: Mapping[int, Node]) -> None:
    """Gives a copy the copies of its inner types."""
    if isinstance(copy, RecordNode) and isinstance(node, RecordNode):
        copy.fields = tuple(_copied_field(field, copies) for field in node.fields)
        copy.fields_by_name = {field.name: field for field in copy.fields}
    elif isinstance(copy, UnionNode) and isinstance(node, UnionNode):
        copy.branches = [copies[id(branch)] for branch in node.branches]
    elif isinstance(copy, ArrayNode) and isinstance(node, ArrayNode):
        copy.items = copies[id(node.items)]
    elif isinstance(copy, MapNode) and isinstance(node, MapNode):
        copy.values = copies[id(node.values)]


def _copied_field(field: Field, copies: Mapping[int, Node]) -> Field:
    copy = Field(field.name, copies[id(field.type)])
    copy.doc = field.doc
    copy.default = _sorted_value(field.default)
    copy.order = field.order
    copy.aliases = tuple(sorted(field.aliases))
    copy.properties = _by_key(field.properties)
    return copy


def _sorted_properties(node: Node) -> Mapping[str, object]:
    properties = _by_key(node.properties)
    if logical_type(node) is None:
        return properties
    leading = {key: properties[key] for key in LOGICAL_ORDER if key in properties}
    return leading | {key: value for key, value in properties.items() if key not in leading}


def _by_key(properties: Mapping[str, object]) -> Mapping[str, object]:
    if not properties:
        return NO_PROPERTIES
    return {key: _sorted_value(properties[key]) for key in sorted(properties)}


def _sorted_value(value: object) -> object:
    if not isinstance(value, dict | list):
        return value
    sorted_value: object = json.loads(json.dumps(value, sort_keys=True))
    return sorted_value
