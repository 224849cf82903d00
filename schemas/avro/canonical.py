"""The texts of a schema: canonical, resolved and parsing canonical form, and their fingerprints.

The canonical string is what Avro Java prints with `Schema.toString()`; registries store and hash
it. Every writer visits types depth first and writes a named type out at its first visit.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from typing import Final

from schemas.avro.errors import InvalidSchema
from schemas.avro.limits import DEFAULT_LIMITS
from schemas.avro.model import (
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
)
from schemas.avro.names import short_name
from schemas.avro.normal import normalize
from schemas.avro.values import json_text, quoted

__all__ = [
    "canonical_string",
    "fingerprint",
    "normalize",
    "parsing_canonical_form",
    "resolved_string",
    "schema_guid",
]

# A piece is text to emit, or a type with the namespace it is written in and its depth.
Piece = str | tuple[Node, str, int]
Expand = Callable[[Node, str, int, set[str]], list[Piece] | str]

EMPTY_CRC: Final = 0xC15D213AA4D7A795  # Avro specification, "Schema Fingerprints"


def canonical_string(schema: Schema) -> str:
    """The text Java prints; types of referenced schemas at top level are written by name.

    Raises InvalidSchema (limit) when the text or its nesting exceeds what can be read again.
    """
    text = schema.cache.get("canonical")
    if text is None:
        deepest = DEFAULT_LIMITS.schema_depth
        text = _written(schema.root, set(schema.reference_names), _canonical_pieces, deepest)
        if len(text.encode("utf-8")) > DEFAULT_LIMITS.canonical_bytes:
            raise InvalidSchema("limit", "the canonical string is longer than 4 MiB")
        schema.cache["canonical"] = text
    return text


def resolved_string(schema: Schema) -> str:
    """The canonical text with the types of references written out in full."""
    if not schema.reference_names:
        return canonical_string(schema)
    return _written(schema.root, set(), _canonical_pieces)


def parsing_canonical_form(schema: Schema) -> str:
    """Avro specification, "Parsing Canonical Form for Schemas". Not an identity: it drops
    defaults, docs, aliases and logical types."""
    text = schema.cache.get("parsing")
    if text is None:
        text = schema.cache["parsing"] = _written(schema.root, set(), _parsing_pieces)
    return text


def fingerprint(schema: Schema) -> int:
    """CRC-64-AVRO of the parsing canonical form, unsigned.

    Single-object encoding writes it little-endian; people read it big-endian.
    """
    table = _CRC_TABLE
    crc = EMPTY_CRC
    for byte in parsing_canonical_form(schema).encode("utf-8"):
        crc = (crc >> 8) ^ table[(crc ^ byte) & 0xFF]
    return crc


def schema_guid(canonical_text: str) -> str:
    """MD5 of a canonical string in UUID form: the registry's guid without references."""
    digest = hashlib.md5(canonical_text.encode("utf-8"), usedforsecurity=False).digest()
    return str(uuid.UUID(bytes=digest))


def _crc_entry(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ (EMPTY_CRC if byte & 1 else 0)
    return byte


_CRC_TABLE: Final = tuple(_crc_entry(byte) for byte in range(256))


def _written(root: Node, seen: set[str], expand: Expand, deepest: int | None = None) -> str:
    parts: list[str] = []
    pending: list[Piece] = [(root, "", 1)]
    while pending:
        piece = pending.pop()
        if isinstance(piece, str):
            parts.append(piece)
            continue
        node, namespace, depth = piece
        opened = expand(node, namespace, depth, seen)
        if isinstance(opened, str):
            parts.append(opened)
            continue
        if deepest is not None and depth > deepest:
            raise InvalidSchema("limit", f"types nest deeper than {deepest} levels when written")
        opened.reverse()
        pending.extend(opened)
    return "".join(parts)


def _canonical_pieces(node: Node, namespace: str, depth: int, seen: set[str]) -> list[Piece] | str:
    if isinstance(node, PrimitiveNode):
        return primitive_text(node)
    if isinstance(node, NamedNode):
        if node.full_name in seen:
            return quoted(short_name(node.name, node.namespace, namespace))
        seen.add(node.full_name)
        return _named_pieces(node, namespace, depth)
    if isinstance(node, UnionNode):
        return _listed("[", node.branches, namespace, depth)
    tail = f"{_properties_text(node.properties)}}}"
    if isinstance(node, ArrayNode):
        return ['{"type":"array","items":', (node.items, namespace, depth + 1), tail]
    assert isinstance(node, MapNode)
    return ['{"type":"map","values":', (node.values, namespace, depth + 1), tail]


def primitive_text(node: PrimitiveNode) -> str:
    """A primitive: a bare string, or an object when it has properties."""
    if not node.properties:
        return f'"{node.kind}"'
    return f'{{"type":"{node.kind}"{_properties_text(node.properties)}}}'


def _listed(opening: str, branches: list[Node], namespace: str, depth: int) -> list[Piece]:
    pieces: list[Piece] = [opening]
    for index, branch in enumerate(branches):
        if index:
            pieces.append(",")
        pieces.append((branch, namespace, depth + 1))
    pieces.append("]")
    return pieces


def _named_pieces(node: NamedNode, namespace: str, depth: int) -> list[Piece]:
    word = "error" if isinstance(node, RecordNode) and node.is_error else node.kind
    head = f'{{"type":"{word}","name":{quoted(node.name)}'
    if node.namespace != namespace:
        head += f',"namespace":{quoted(node.namespace)}'
    if node.doc is not None:
        head += f',"doc":{quoted(node.doc)}'
    tail = f"{_properties_text(node.properties)}{_aliases_text(node)}}}"
    if isinstance(node, RecordNode):
        return _record_pieces(node, head, tail, depth)
    if isinstance(node, EnumNode):
        symbols = ",".join(map(quoted, node.symbols))
        default = "" if node.default is None else f',"default":{quoted(node.default)}'
        return [f'{head},"symbols":[{symbols}]{default}{tail}']
    assert isinstance(node, FixedNode)
    return [f'{head},"size":{node.size}{tail}']


def _record_pieces(node: RecordNode, head: str, tail: str, depth: int) -> list[Piece]:
    pieces: list[Piece] = []
    text = f'{head},"fields":['
    for index, field in enumerate(node.fields):
        text += f'{"," if index else ""}{{"name":{quoted(field.name)},"type":'
        if isinstance(field.type, PrimitiveNode):
            text += f"{primitive_text(field.type)}{_field_tail(field)}"
        else:
            pieces += [text, (field.type, node.namespace, depth + 1)]
            text = _field_tail(field)
    pieces.append(f"{text}]{tail}")
    return pieces


def _field_tail(field: Field) -> str:
    text = ""
    if field.doc is not None:
        text += f',"doc":{quoted(field.doc)}'
    if field.has_default:
        text += f',"default":{json_text(field.default)}'
    if field.order != "ascending":
        text += f',"order":"{field.order}"'
    if field.aliases:
        text += f',"aliases":[{",".join(map(quoted, field.aliases))}]'
    return f"{text}{_properties_text(field.properties)}}}"


def _properties_text(properties: Mapping[str, object]) -> str:
    if not properties:
        return ""
    return "".join(f",{quoted(key)}:{json_text(value)}" for key, value in properties.items())


def _aliases_text(node: NamedNode) -> str:
    if not node.aliases:
        return ""
    names = (short_name(alias.name, alias.namespace, node.namespace) for alias in node.aliases)
    return f',"aliases":[{",".join(map(quoted, names))}]'


def _parsing_pieces(node: Node, namespace: str, depth: int, seen: set[str]) -> list[Piece] | str:
    if isinstance(node, PrimitiveNode):
        return f'"{node.kind}"'
    if isinstance(node, NamedNode):
        if node.full_name in seen:
            return f'"{node.full_name}"'
        seen.add(node.full_name)
        return _parsing_named(node, depth)
    if isinstance(node, UnionNode):
        return _listed("[", node.branches, "", depth)
    if isinstance(node, ArrayNode):
        return ['{"type":"array","items":', (node.items, "", depth + 1), "}"]
    assert isinstance(node, MapNode)
    return ['{"type":"map","values":', (node.values, "", depth + 1), "}"]


def _parsing_named(node: NamedNode, depth: int) -> list[Piece]:
    head = f'{{"name":"{node.full_name}","type":"{node.kind}"'
    if isinstance(node, EnumNode):
        symbols = ",".join(f'"{symbol}"' for symbol in node.symbols)
        return [f'{head},"symbols":[{symbols}]}}']
    if isinstance(node, FixedNode):
        return [f'{head},"size":{node.size}}}']
    assert isinstance(node, RecordNode)
    pieces: list[Piece] = [f'{head},"fields":[']
    for index, field in enumerate(node.fields):
        comma = "," if index else ""
        pieces.append(f'{comma}{{"name":"{field.name}","type":')
        pieces.append((field.type, "", depth + 1))
        pieces.append("}")
    pieces.append("]}")
    return pieces
