"""Findings about schemas that Avro Java accepts and people regret later.

`lint` looks at one schema, `lint_change` at what a change does to the meaning of data. A finding of
severity `refuse` keeps a new registration out; stored schemas are never judged by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas.avro.errors import shown
from schemas.avro.findings import Finding
from schemas.avro.finite import endless_records
from schemas.avro.lint_change import lint_change
from schemas.avro.logical import BASES, fixed_decimal_digits, logical_type
from schemas.avro.model import (
    EnumNode,
    Field,
    FixedNode,
    NamedNode,
    Node,
    RecordNode,
    Schema,
)
from schemas.avro.paths import is_optional
from schemas.avro.places import FieldPlace, TypePlace, places
from schemas.avro.values import json_text

__all__ = ["Finding", "lint", "lint_change"]

LARGEST_PRECISION: Final = 1_000
LARGEST_RESULT: Final = 2_000
MONEY_WORDS: Final = frozenset(
    {"price", "amount", "cost", "total", "balance", "fee", "revenue", "salary", "tax"}
)


def lint(schema: Schema) -> list[Finding]:
    """Findings about one schema, in document order; at most 2,000."""
    found = [
        Finding("duplicate-key", "refuse", "", f"the key at {pointer} stands twice in its object")
        for pointer in schema.duplicate_keys
    ]
    where = list(places(schema))
    nodes = [place.node for place in where if isinstance(place, TypePlace)]
    endless = endless_records(node for node in nodes if isinstance(node, RecordNode))
    for place in where:
        if len(found) >= LARGEST_RESULT:
            break
        if isinstance(place, FieldPlace):
            found += _field_findings(place.field, place.record, place.path)
        else:
            found += _type_findings(place.node, place.path)
            if id(place.node) in endless:
                message = "contains itself with no way out; no value of it can ever end"
                found.append(Finding("no-finite-value", "refuse", place.path, message))
    return found[:LARGEST_RESULT]


def _type_findings(node: Node, path: str) -> Iterator[Finding]:
    yield from _logical_findings(node, path)
    if not isinstance(node, NamedNode):
        return
    aliases = [alias.name for alias in node.aliases]
    if _has_control(node.doc or "", *aliases, json_text(dict(node.properties))):
        yield _control_character(path)
    if not node.doc and isinstance(node, RecordNode):
        yield Finding("no-doc", "info", path, f"the record {node.name} has no description")
    if not node.namespace and path == "":
        yield Finding("namespace-missing", "info", path, f"{node.name} has no namespace")
    if isinstance(node, EnumNode) and node.default is None:
        message = f"the enum {node.name} has no default: a new symbol will break its readers"
        yield Finding("enum-no-default", "info", path, message)


def _logical_findings(node: Node, path: str) -> Iterator[Finding]:
    name = node.properties.get("logicalType")
    logical = logical_type(node)
    if not isinstance(name, str):
        return
    if logical is not None:
        if (logical.precision or 0) > LARGEST_PRECISION:
            message = f"a precision above {LARGEST_PRECISION} is refused by most readers"
            yield Finding("decimal-invalid", "refuse", path, message)
        return
    if name not in BASES:
        message = f"the logical type {shown(name)} is not one that Avro knows"
        yield Finding("logical-unknown", "info", path, message)
    elif name == "decimal" and node.kind in BASES["decimal"]:
        yield Finding("decimal-invalid", "refuse", path, _decimal_message(node))
    else:
        message = f"the logical type {name} does not fit {node.kind}: Avro ignores it"
        yield Finding("logical-ignored", "warn", path, message)


def _decimal_message(node: Node) -> str:
    if isinstance(node, FixedNode):
        digits = fixed_decimal_digits(node.size)
        return f"a decimal of {node.size} bytes needs a precision from 1 to {digits}, scale within"
    return "a decimal needs an integer precision of at least 1 and a scale from 0 to precision"


def _field_findings(field: Field, record: RecordNode, path: str) -> Iterator[Finding]:
    yield from _default_findings(field, path)
    for alias in field.aliases:
        if alias in record.fields_by_name:
            message = f"the alias {shown(alias)} is also a field: every later check is ambiguous"
            yield Finding("alias-clash", "refuse", path, message)
    if "logicalType" in field.properties:
        message = "the logical type stands on the field instead of in its type: Avro ignores it"
        yield Finding("logical-ignored", "warn", path, message)
    if _has_control(field.doc or "", *field.aliases, json_text(dict(field.properties))):
        yield _control_character(path)
    if not field.doc:
        yield Finding("no-doc", "info", path, "the field has no description")
    if is_optional(field.type) and not field.has_default:
        message = "optional without a default: it cannot be left out of old data"
        yield Finding("nullable-no-default", "info", path, message)
    if field.type.kind in ("float", "double") and MONEY_WORDS & set(field.name.lower().split("_")):
        message = f"{field.type.kind} rounds amounts of money; a decimal does not"
        yield Finding("float-money", "info", path, message)


def _default_findings(field: Field, path: str) -> Iterator[Finding]:
    node, default = field.type, field.default
    if not isinstance(default, str):
        return
    if isinstance(node, EnumNode) and default not in node.symbols:
        message = f"the default {shown(default)} is no symbol of the enum {node.name}"
        yield Finding("enum-field-default", "refuse", path, message)
    if node.kind in ("bytes", "fixed") and any(ord(character) > 0xFF for character in default):
        message = "a default of bytes holds a character above U+00FF"
        yield Finding("bytes-default", "refuse", path, message)
    elif isinstance(node, FixedNode) and len(default) != node.size:
        message = f"the default has {len(default)} bytes, the type {node.size}"
        yield Finding("fixed-default", "refuse", path, message)


def _has_control(*texts: str) -> bool:
    # json_text writes U+0000 inside a property as an escape.
    return any("\x00" in text or "\\u0000" in text for text in texts)


def _control_character(path: str) -> Finding:
    message = "U+0000 stands in a description, alias or property; databases refuse it"
    return Finding("control-character", "refuse", path, message)
