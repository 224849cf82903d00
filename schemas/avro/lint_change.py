"""Findings about a change: what Avro resolves in silence although the meaning moves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from schemas.avro.compat import unknown_symbols
from schemas.avro.findings import Finding, Severity
from schemas.avro.logical import LogicalType, logical_type
from schemas.avro.matching import matched_branches, matched_fields
from schemas.avro.model import (
    ArrayNode,
    EnumNode,
    Field,
    MapNode,
    NamedNode,
    Node,
    RecordNode,
    Schema,
    UnionNode,
)
from schemas.avro.paths import member_path
from schemas.avro.values import is_equal, json_text

Policy = Literal["STRICT", "LOGICAL"]
UNITS: Final = ("millis", "micros", "nanos")

# Two matched types with their field path.
Matched = tuple[Node, Node, str]


def lint_change(old: Schema, new: Schema, *, policy: Policy = "STRICT") -> list[Finding]:
    """Findings about matched fields; both directions of `check` may pass and they still stand.

    Under the policy LOGICAL a change of scale, unit, zone or logical kind is refused, otherwise it
    is a warning.
    """
    severity: Severity = "refuse" if policy == "LOGICAL" else "warn"
    found: list[Finding] = []
    seen: set[tuple[int, int]] = set()
    pending: list[Matched] = [(old.root, new.root, "")]
    while pending:
        before, after, path = pending.pop()
        if (id(before), id(after)) in seen:
            continue
        seen.add((id(before), id(after)))
        if not isinstance(before, UnionNode) and not isinstance(after, UnionNode):
            found += _logical_findings(before, after, path, severity)
            found += _named_findings(before, after, path)
        pending.extend(reversed(_inside(before, after, path)))
    return found


def _inside(old: Node, new: Node, path: str) -> list[Matched]:
    if isinstance(old, UnionNode) or isinstance(new, UnionNode):
        return [(before, after, path) for before, after in matched_branches(old, new).pairs]
    if isinstance(old, RecordNode) and isinstance(new, RecordNode):
        return [
            (before.type, after.type, member_path(path, after.name))
            for before, after in matched_fields(old, new).pairs
        ]
    if isinstance(old, ArrayNode) and isinstance(new, ArrayNode):
        return [(old.items, new.items, f"{path}[]")]
    if isinstance(old, MapNode) and isinstance(new, MapNode):
        return [(old.values, new.values, f"{path}{{}}")]
    return []


def _logical_findings(old: Node, new: Node, path: str, severity: Severity) -> Iterator[Finding]:
    before, after = logical_type(old), logical_type(new)
    if before == after:
        return
    if after is None:
        yield Finding("logical-dropped", "warn", path, f"{before} became plain {new.kind}")
    elif before is None:
        yield Finding("logical-added", "info", path, f"plain {old.kind} became {after}")
    elif before.name == after.name:
        yield _decimal_finding(before, after, path, severity)
    else:
        code = _kind_code(before.name, after.name)
        yield Finding(code, severity, path, f"{before} became {after}: every value is misread")


def _decimal_finding(
    before: LogicalType, after: LogicalType, path: str, severity: Severity
) -> Finding:
    if before.scale != after.scale:
        message = f"{before} became {after}: every value is off by a power of ten"
        return Finding("decimal-scale", severity, path, message)
    shrinks = (after.precision or 0) < (before.precision or 0)
    message = f"{before} became {after}"
    return Finding("decimal-precision", "warn" if shrinks else "info", path, message)


def _kind_code(before: str, after: str) -> str:
    """The code for two different logical types: unit, zone, or another kind altogether."""
    old_base, _, old_unit = before.rpartition("-")
    new_base, _, new_unit = after.rpartition("-")
    if old_unit not in UNITS or new_unit not in UNITS:
        return "logical-kind"
    if old_base == new_base:
        return "time-unit"
    is_zone = old_base.removeprefix("local-") == new_base.removeprefix("local-")
    return "time-zone" if is_zone else "logical-kind"


def _named_findings(old: Node, new: Node, path: str) -> Iterator[Finding]:
    if isinstance(old, NamedNode) and isinstance(new, NamedNode) and _has_moved(old, new):
        message = f"{old.full_name} became {new.full_name}: generated classes look it up"
        yield Finding("namespace-moved", "warn", path, message)
    if isinstance(old, EnumNode) and isinstance(new, EnumNode) and old.default is not None:
        symbols = unknown_symbols(old, new)
        if symbols:
            message = f"old readers turn {', '.join(symbols)} into {old.default}"
            yield Finding("symbol-defaulted", "warn", path, message)
    if isinstance(old, RecordNode) and isinstance(new, RecordNode):
        for before, after in matched_fields(old, new).pairs:
            yield from _default_findings(before, after, member_path(path, after.name))


def _has_moved(old: NamedNode, new: NamedNode) -> bool:
    return old.name == new.name and old.namespace != new.namespace


def _default_findings(old: Field, new: Field, path: str) -> Iterator[Finding]:
    if old.has_default and new.has_default and not is_equal(old.default, new.default):
        message = f"the default {json_text(old.default)} became {json_text(new.default)}"
        yield Finding("default-changed", "warn", path, message)
