"""Help for refusals: the smallest edit of the new schema that makes a check pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from schemas.avro.compat import (
    Incompatibility,
    check,
    is_promotion,
    is_readable_name,
    writer_fields,
)
from schemas.avro.model import (
    ArrayNode,
    EnumNode,
    Field,
    FixedNode,
    MapNode,
    NamedNode,
    Node,
    RecordNode,
    Schema,
    UnionNode,
)
from schemas.avro.paths import member_path, type_text
from schemas.avro.values import quoted

DEEPEST_UNION: Final = 5  # how many failing branches inside each other are explained
SIMPLE_DEFAULTS: Final = {
    "string": '""',
    "bytes": '""',
    "int": "0",
    "long": "0",
    "float": "0.0",
    "double": "0.0",
    "boolean": "false",
    "array": "[]",
    "map": "{}",
    "null": "null",
}


@dataclass(frozen=True, slots=True)
class Spot:
    """What stands at a location: the field path, both types there, and the last field passed.

    `writer` is None where the writer has nothing at that place.
    """

    path: str
    reader: Node
    writer: Node | None
    field: Field | None

    @property
    def name(self) -> str:
        return f"`{self.path}`" if self.path else "the schema"


def spot_at(location: str, reader: Schema, writer: Schema) -> Spot | None:
    """The place that an incompatibility points at, or None.

    Locations found while probing a union are relative to its branch, so a location may lead
    nowhere; that is how Avro Java reports them.
    """
    spot: Spot | None = Spot("", reader.root, writer.root, None)
    steps = iter(location.split("/")[1:])
    for step in steps:
        if spot is None or step in ("", "name", "size", "symbols"):
            break
        spot = _step(spot, step, next(steps, "") if step == "fields" else "")
    return spot


def _step(spot: Spot, step: str, index: str) -> Spot | None:
    reader, writer, path = spot.reader, spot.writer, spot.path
    if step == "fields":
        return _at_field(spot, index)
    if step == "type":
        return spot
    if step == "items" and isinstance(reader, ArrayNode):
        inner = writer.items if isinstance(writer, ArrayNode) else None
        return Spot(f"{path}[]", reader.items, inner, spot.field)
    if step == "values" and isinstance(reader, MapNode):
        inner = writer.values if isinstance(writer, MapNode) else None
        return Spot(f"{path}{{}}", reader.values, inner, spot.field)
    if step.isdigit() and isinstance(writer, UnionNode) and int(step) < len(writer.branches):
        return Spot(path, reader, writer.branches[int(step)], spot.field)
    return None


def _at_field(spot: Spot, index: str) -> Spot | None:
    record = spot.reader
    if not isinstance(record, RecordNode) or int(index or 0) >= len(record.fields):
        return None
    field = record.fields[int(index or 0)]
    hits = writer_fields(field, spot.writer) if isinstance(spot.writer, RecordNode) else []
    written = hits[0].type if hits else None
    return Spot(member_path(spot.path, field.name), field.type, written, field)


def remedy(incompatibility: Incompatibility, reader: Schema, writer: Schema) -> str:
    """One or two sentences that name the smallest edit of the new schema.

    The new schema is the reader, unless the entry's `direction` is `old_reads_new`.
    """
    is_reader_new = getattr(incompatibility, "direction", "new_reads_old") == "new_reads_old"
    helps = NEW_READER_HELPS if is_reader_new else NEW_WRITER_HELPS
    sentences: list[str] = []
    entry: Incompatibility | None = incompatibility
    while entry is not None and len(sentences) < DEEPEST_UNION:
        spot = spot_at(entry.location, reader, writer)
        if spot is None:
            sentences.append(_unplaced(entry))
            break
        inner = _failing_branch(entry, spot)
        if inner is None:
            sentences.append(helps[entry.type](entry, spot))
            break
        branch, entry, reader, writer = inner
        sentences.append(f"In {spot.name}, the branch {type_text(branch)} does not fit.")
    return " ".join(sentences)


def _failing_branch(
    entry: Incompatibility, spot: Spot
) -> tuple[Node, Incompatibility, Schema, Schema] | None:
    """The reader branch that has the writer's name and still fails, with its first reason."""
    if entry.type != "MISSING_UNION_BRANCH" or not isinstance(spot.reader, UnionNode):
        return None
    writer = spot.writer
    if writer is None:
        return None
    for branch in spot.reader.branches:
        if branch.kind == writer.kind and _is_namesake(branch, writer):
            inner_reader, inner_writer = Schema(branch), Schema(writer)
            entries = check(inner_reader, inner_writer)
            if entries:
                return branch, entries[0], inner_reader, inner_writer
    return None


def _is_namesake(reader: Node, writer: Node) -> bool:
    if isinstance(reader, NamedNode) and isinstance(writer, NamedNode):
        return is_readable_name(reader, writer)
    return True


def _unplaced(entry: Incompatibility) -> str:
    return f"Undo the change behind {entry.type} at {entry.location}: {entry.message}."


Help = Callable[[Incompatibility, Spot], str]


def _give_default(entry: Incompatibility, spot: Spot) -> str:
    default = SIMPLE_DEFAULTS.get(spot.reader.kind)
    if isinstance(spot.reader, UnionNode) and spot.reader.branches:
        default = SIMPLE_DEFAULTS.get(spot.reader.branches[0].kind)
    if isinstance(spot.reader, EnumNode) and spot.reader.symbols:
        default = quoted(spot.reader.symbols[0])
    advice = f'Give {spot.name} a default, for example "default": {default}'
    if default is None:
        advice = f'Make {spot.name} optional: "type": ["null", …] with "default": null'
    return f"{advice}; old data does not hold it. If it was renamed, add the old name as an alias."


def _keep_field(entry: Incompatibility, spot: Spot) -> str:
    return f"Keep {spot.name}: readers with the old schema need it and have no default for it."


def _fit_type(entry: Incompatibility, spot: Spot) -> str:
    read = type_text(spot.reader)
    if spot.writer is None:
        return f"Give {spot.name} a default: the data does not hold it."
    written = type_text(spot.writer)
    if spot.writer.kind == "null":
        return f"Keep {spot.name} optional: old data holds null there."
    if is_promotion(spot.writer.kind, spot.reader.kind):
        return f"Keep the type {written} for {spot.name}: it reads every {read} too."
    return (
        f"Keep the type {written} for {spot.name}, or allow both {written} and {read} in a union."
    )


def _keep_type(entry: Incompatibility, spot: Spot) -> str:
    read = type_text(spot.reader)
    written = "the new type" if spot.writer is None else type_text(spot.writer)
    return f"Write {read} in {spot.name}, not {written}: readers with the old schema expect {read}."


def _add_alias(entry: Incompatibility, spot: Spot) -> str:
    old_name = entry.message.removeprefix("expected: ")
    kind = spot.reader.kind
    return (
        f'Add "aliases": [{quoted(old_name)}] to the {kind} of {spot.name}, or keep its old name.'
    )


def _keep_name(entry: Incompatibility, spot: Spot) -> str:
    name = spot.reader.full_name if isinstance(spot.reader, NamedNode) else spot.reader.kind
    return f"Keep the name {name} in {spot.name}: readers with the old schema look for it."


def _add_branch(entry: Incompatibility, spot: Spot) -> str:
    written = _written_text(entry, spot)
    return f"Allow {written} in the union of {spot.name}: old data holds it."


def _drop_branch(entry: Incompatibility, spot: Spot) -> str:
    written = _written_text(entry, spot)
    return f"Do not write {written} in {spot.name}: the union of the old schema lacks it."


def _written_text(entry: Incompatibility, spot: Spot) -> str:
    if spot.writer is None or isinstance(spot.writer, UnionNode):
        return entry.message.removeprefix("reader union lacking writer type: ").lower()
    return type_text(spot.writer)


def _symbols(entry: Incompatibility) -> str:
    return entry.message.strip("[]")


def _default_symbol(entry: Incompatibility, spot: Spot) -> str:
    known = spot.reader.symbols if isinstance(spot.reader, EnumNode) else ()
    other = (
        f', or give the enum a default, for example "default": {quoted(known[0])}' if known else ""
    )
    return f"Keep the symbols {_symbols(entry)} in {spot.name}{other}."


def _drop_symbols(entry: Incompatibility, spot: Spot) -> str:
    return (
        f"Leave the symbols {_symbols(entry)} out of {spot.name}: the old enum neither knows them "
        "nor has a default. A version that only adds a default must come first."
    )


def _keep_size(entry: Incompatibility, spot: Spot) -> str:
    sizes = [one.size for one in (spot.reader, spot.writer) if isinstance(one, FixedNode)]
    found = " and ".join(map(str, sizes))
    return f"Give {spot.name} one size; it has {found} bytes in the two schemas."


def _drop_alias(entry: Incompatibility, spot: Spot) -> str:
    return f"Remove the aliases of {spot.name} that name another field or the field itself."


NEW_READER_HELPS: Final[dict[str, Help]] = {
    "READER_FIELD_MISSING_DEFAULT_VALUE": _give_default,
    "TYPE_MISMATCH": _fit_type,
    "NAME_MISMATCH": _add_alias,
    "MISSING_UNION_BRANCH": _add_branch,
    "MISSING_ENUM_SYMBOLS": _default_symbol,
    "FIXED_SIZE_MISMATCH": _keep_size,
    "AMBIGUOUS_ALIAS": _drop_alias,
}
NEW_WRITER_HELPS: Final[dict[str, Help]] = {
    "READER_FIELD_MISSING_DEFAULT_VALUE": _keep_field,
    "TYPE_MISMATCH": _keep_type,
    "NAME_MISMATCH": _keep_name,
    "MISSING_UNION_BRANCH": _drop_branch,
    "MISSING_ENUM_SYMBOLS": _drop_symbols,
    "FIXED_SIZE_MISMATCH": _keep_size,
    "AMBIGUOUS_ALIAS": _drop_alias,
}
