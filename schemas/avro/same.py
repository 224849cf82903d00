"""Whether two definitions of one name are equal, so that the second may stand for the first."""

from __future__ import annotations

from schemas.avro.model import (
    MISSING,
    EnumNode,
    Field,
    FixedNode,
    NamedNode,
    Node,
    RecordNode,
    children,
)
from schemas.avro.values import is_equal


def is_same_definition(first: Node, second: Node) -> bool:
    """Equal in kind, name, fields (names, types, defaults, order, properties), symbols and size.

    Docs and aliases do not count. Recursive types are compared once.
    """
    seen: set[tuple[int, int]] = set()
    pending: list[tuple[Node, Node]] = [(first, second)]
    while pending:
        left, right = pending.pop()
        if left is right or (id(left), id(right)) in seen:
            continue
        seen.add((id(left), id(right)))
        if not _is_alike(left, right):
            return False
        pending.extend(zip(children(left), children(right), strict=True))
    return True


def _is_alike(left: Node, right: Node) -> bool:
    """Equal apart from the types inside."""
    if left.kind != right.kind or len(children(left)) != len(children(right)):
        return False
    both_named = isinstance(left, NamedNode) and isinstance(right, NamedNode)
    if both_named and not _has_same_body(left, right):
        return False
    return is_equal(left.properties, right.properties)


def _has_same_body(left: Node, right: Node) -> bool:
    if _full_name(left) != _full_name(right):
        return False
    if isinstance(left, EnumNode) and isinstance(right, EnumNode):
        return left.symbols == right.symbols
    if isinstance(left, FixedNode) and isinstance(right, FixedNode):
        return left.size == right.size
    if isinstance(left, RecordNode) and isinstance(right, RecordNode):
        return all(map(_is_same_field, left.fields, right.fields))
    return False  # pragma: no cover - kinds are equal and named


def _is_same_field(left: Field, right: Field) -> bool:
    if left.name != right.name or left.order != right.order:
        return False
    if left.default is MISSING or right.default is MISSING:
        return left.default is right.default and is_equal(left.properties, right.properties)
    return is_equal(left.default, right.default) and is_equal(left.properties, right.properties)


def _full_name(node: Node) -> str:
    return node.full_name if isinstance(node, NamedNode) else ""
