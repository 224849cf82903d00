"""What resolves but changes meaning: values that readers see and writers never wrote.

`check` says whether data can be read; this says what reading does to it on the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from schemas.avro.compat import is_promotion, is_readable_name, unknown_symbols, writer_fields
from schemas.avro.logical import logical_type
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
from schemas.avro.paths import branch_paths, member_path
from schemas.avro.values import json_text

EffectKind = Literal[
    "default_fill",
    "symbol_default",
    "logical_change",
    "branch_change",
    "promotion",
    "field_dropped",
]
LARGEST_RESULT: Final = 2_000
LOSSY: Final = frozenset({("float", "int"), ("float", "long"), ("double", "long")})


@dataclass(frozen=True, slots=True)
class Effect:
    """One change of meaning; `location` is a field path."""

    kind: EffectKind
    location: str
    message: str


class _Pair:
    """Two matched types and the field path they stand at."""

    __slots__ = ("path", "reader", "writer")

    def __init__(self, reader: Node, writer: Node, path: str) -> None:
        self.reader = reader
        self.writer = writer
        self.path = path


def effects(reader: Schema, writer: Schema) -> list[Effect]:
    """What a reader sees differently from what was written, in the order of its fields.

    At most 2,000; each pair of types is visited once. Parts that cannot be read at all give no
    effect: `check` reports them.
    """
    found: list[Effect] = []
    seen: set[tuple[int, int]] = set()
    pending = [_Pair(reader.root, writer.root, "")]
    while pending and len(found) < LARGEST_RESULT:
        pair = pending.pop()
        key = (id(pair.reader), id(pair.writer))
        if key in seen:
            continue
        seen.add(key)
        if isinstance(pair.reader, UnionNode) and not isinstance(pair.writer, UnionNode):
            branch = _resolved_branch(pair.reader, pair.writer)
            if branch is not None:
                found += _branch_change(pair.reader, branch, pair)
                pending.append(_Pair(branch, pair.writer, _labelled(pair.reader, branch, pair)))
            continue
        found += _own_effects(pair)
        pending += reversed(_inner_pairs(pair))
    return found[:LARGEST_RESULT]


def _own_effects(pair: _Pair) -> list[Effect]:
    reader, writer, path = pair.reader, pair.writer, pair.path
    if isinstance(writer, UnionNode):
        return []
    if reader.kind != writer.kind:
        return _promotion(reader, writer, path)
    found = _logical_change(reader, writer, path)
    if isinstance(reader, EnumNode) and isinstance(writer, EnumNode):
        found += _symbol_default(reader, writer, path)
    if isinstance(reader, RecordNode) and isinstance(writer, RecordNode):
        found += _field_effects(reader, writer, path)
    return found


def _promotion(reader: Node, writer: Node, path: str) -> list[Effect]:
    if not is_promotion(reader.kind, writer.kind):
        return []
    loss = ", large values lose digits" if (reader.kind, writer.kind) in LOSSY else ""
    message = f"{writer.kind} is read as {reader.kind}{loss}"
    promotion = Effect("promotion", path, message)
    return [promotion, *_logical_change(reader, writer, path)]


def _logical_change(reader: Node, writer: Node, path: str) -> list[Effect]:
    read, written = logical_type(reader), logical_type(writer)
    if read == written:
        return []
    message = f"{written or 'a plain ' + writer.kind} is read as {read or 'a plain ' + reader.kind}"
    return [Effect("logical_change", path, message)]


def _symbol_default(reader: EnumNode, writer: EnumNode, path: str) -> list[Effect]:
    missing = unknown_symbols(reader, writer)
    if not missing or reader.default is None:
        return []
    message = f"{', '.join(missing)} is read as {reader.default}"
    return [Effect("symbol_default", path, message)]


def _field_effects(reader: RecordNode, writer: RecordNode, path: str) -> list[Effect]:
    found: list[Effect] = []
    used: set[str] = set()
    for field in reader.fields:
        hits = writer_fields(field, writer)
        used.update(hit.name for hit in hits)
        if not hits and field.has_default:
            message = f"not written; readers see the default {json_text(field.default)}"
            found.append(Effect("default_fill", member_path(path, field.name), message))
    for field in writer.fields:
        if field.name not in used:
            where = member_path(path, field.name)
            found.append(Effect("field_dropped", where, "written, but readers do not see it"))
    return found


def _inner_pairs(pair: _Pair) -> list[_Pair]:
    reader, writer, path = pair.reader, pair.writer, pair.path
    if isinstance(writer, UnionNode):
        return [_Pair(reader, branch, path) for branch in writer.branches]
    if isinstance(reader, RecordNode) and isinstance(writer, RecordNode):
        return [
            _Pair(field.type, hit.type, member_path(path, field.name))
            for field in reader.fields
            for hit in _single(writer_fields(field, writer))
        ]
    if isinstance(reader, ArrayNode) and isinstance(writer, ArrayNode):
        return [_Pair(reader.items, writer.items, f"{path}[]")]
    if isinstance(reader, MapNode) and isinstance(writer, MapNode):
        return [_Pair(reader.values, writer.values, f"{path}{{}}")]
    return []


def _single(hits: list[Field]) -> list[Field]:
    return hits if len(hits) == 1 else []


def _resolved_branch(reader: UnionNode, writer: Node) -> Node | None:
    """The branch that reads a written type: the same type, else a matching name, else a wider
    primitive (Avro specification, "Schema Resolution")."""
    alike = [branch for branch in reader.branches if branch.kind == writer.kind]
    if not isinstance(writer, NamedNode):
        wider = (one for one in reader.branches if is_promotion(one.kind, writer.kind))
        return alike[0] if alike else next(wider, None)
    named = [branch for branch in alike if isinstance(branch, NamedNode)]
    same = (branch for branch in named if branch.full_name == writer.full_name)
    matching = (branch for branch in named if is_readable_name(branch, writer))
    return next(same, None) or next(matching, None)


def _branch_change(union: UnionNode, branch: Node, pair: _Pair) -> list[Effect]:
    if not isinstance(branch, NamedNode) or not isinstance(pair.writer, NamedNode):
        return []
    if branch.full_name == pair.writer.full_name:
        return []
    message = f"{pair.writer.kind} {pair.writer.full_name} is read as {branch.full_name}"
    return [Effect("branch_change", _labelled(union, branch, pair), message)]


def _labelled(union: UnionNode, branch: Node, pair: _Pair) -> str:
    return next((path for one, path in branch_paths(pair.path, union) if one is branch), pair.path)
