"""Signatures: equal ones mean that `check` finds nothing, so the types need no walk.

A signature covers what `check` looks at when both sides are alike: kinds, simple names, field
names in order, symbols and sizes. A type gets none (None) where skipping it could change a later
answer: recursive types; a record with an ambiguous alias; and a union with a named type in front
of another branch, because probing it leaves remembered failures behind.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

from schemas.avro.model import (
    UNSIGNED,
    EnumNode,
    Field,
    FixedNode,
    NamedNode,
    Node,
    PrimitiveNode,
    RecordNode,
    Schema,
    UnionNode,
    children,
)

_LONGEST: Final = 64  # longer signatures are hashed, so that comparing them stays cheap


def sign(schema: Schema) -> None:
    """Gives every node of a schema its signature; costs one walk, once per schema."""
    if schema.is_signed:
        return
    _sign_all(schema.root)
    schema.is_signed = True


def _sign_all(root: Node) -> None:
    open_nodes: set[int] = set()
    pending: list[tuple[Node, bool]] = [(root, False)]
    while pending:
        node, is_closing = pending.pop()
        if is_closing:
            open_nodes.discard(id(node))
            node.signature = _signature(node)
        elif node.signature == UNSIGNED and id(node) not in open_nodes:
            open_nodes.add(id(node))
            pending.append((node, True))
            pending.extend(
                (child, False) for child in children(node) if not isinstance(child, PrimitiveNode)
            )


def _signature(node: Node) -> str | None:
    inner = [child.signature for child in children(node)]
    # UNSIGNED is a type that is still open: it contains itself.
    if None in inner or UNSIGNED in inner or not _is_skippable(node):
        return None
    text = _signature_text(node, ",".join(map(str, inner)))
    if len(text) <= _LONGEST:
        return text
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _is_skippable(node: Node) -> bool:
    if isinstance(node, RecordNode):
        return not any(_is_ambiguous(field, node) for field in node.fields if field.aliases)
    if isinstance(node, UnionNode):
        return not any(isinstance(branch, NamedNode) for branch in node.branches[:-1])
    return True


def _is_ambiguous(field: Field, record: RecordNode) -> bool:
    return any(alias in record.fields_by_name for alias in field.aliases)


def _signature_text(node: Node, inner: str) -> str:
    if isinstance(node, RecordNode):
        names = ",".join(repr(field.name) for field in node.fields)
        return f"record {node.name!r}({names})({inner})"
    if isinstance(node, EnumNode):
        return f"enum {node.name!r}{node.symbols!r}"
    if isinstance(node, FixedNode):
        return f"fixed {node.name!r}({node.size})"
    return f"{node.kind}({inner})"
