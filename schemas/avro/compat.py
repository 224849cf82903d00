"""Whether a reader can read what a writer wrote: the rules, order and places of Avro Java.

Every pair of types is a generator that yields the inner pairs it needs; an explicit stack drives
them, because the graph of pairs can be thousands deep although both schemas are flat. A pair is
compared once per call: in progress it counts as compatible, finished it answers its stored
entries with the locations of its first visit.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Final, NamedTuple

from schemas.avro.errors import CheckTooLarge
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
from schemas.avro.reader import escape_token
from schemas.avro.signature import sign

LARGEST_RESULT: Final = 1_000  # entries; merging stops here, or shared types double without end
PAIR_BUDGET: Final = 200_000
FIELD_BUDGET: Final = 1_000_000  # fields looked at in one check
PROMOTIONS: Final = {
    "long": frozenset({"int"}),
    "float": frozenset({"int", "long"}),
    "double": frozenset({"int", "long", "float"}),
    "bytes": frozenset({"string"}),
    "string": frozenset({"bytes"}),
}
NO_PROMOTION: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Incompatibility:
    """One reason, as Avro Java reports it; `location` is a JSON pointer into the reader."""

    type: str
    location: str
    message: str


# Where a comparison stands in the reader: the location around it and the token added.
Location = tuple["Location", str] | None
# An incompatibility before its location is written out; most are found in probes and dropped.
Found = tuple[str, Location, str]
# Tuples, because the garbage collector stops tracking tuples of texts: twice as fast with many.
Entries = tuple[Found, ...]


class Pair(NamedTuple):
    """Two types to compare, and where the reader's one stands."""

    reader: Node
    writer: Node
    location: Location


Comparing = Generator[Pair, Entries, Entries]
COMPATIBLE: Final[Entries] = ()


class _AmbiguousAlias(Exception):
    def __init__(self, entry: Found) -> None:
        super().__init__(entry)
        self.entry = entry


def check(
    reader: Schema, writer: Schema, *, pair_budget: int = PAIR_BUDGET
) -> list[Incompatibility]:
    """What keeps `reader` from reading data written with `writer`; empty means compatible.

    At most 1,000 entries, in visiting order, duplicates kept. An ambiguous field alias, where
    Avro Java throws, ends the check with one AMBIGUOUS_ALIAS. Raises CheckTooLarge.
    """
    sign(reader)
    sign(writer)
    return _answer(_Check(pair_budget=pair_budget), reader, writer)


def check_without_skipping(reader: Schema, writer: Schema) -> list[Incompatibility]:
    """The same answer without the short cut for equal types; slower, for comparison."""
    return _answer(_Check(skips=False), reader, writer)


def _answer(run: _Check, reader: Schema, writer: Schema) -> list[Incompatibility]:
    try:
        entries = run.run(Pair(reader.root, writer.root, None))
    except _AmbiguousAlias as ambiguous:
        entries = (ambiguous.entry,)
    return [Incompatibility(kind, written(where), message) for kind, where, message in entries]


def is_promotion(reader_kind: str, writer_kind: str) -> bool:
    """True when a value of the writer's primitive kind is read as another, wider one."""
    return writer_kind in PROMOTIONS.get(reader_kind, NO_PROMOTION)


def is_readable_name(reader: NamedNode, writer: NamedNode) -> bool:
    """True when names match: equal simple names, or a reader alias equal to the full name."""
    return reader.name == writer.name or any(
        alias.full_name == writer.full_name for alias in reader.aliases
    )


def writer_fields(reader_field: Field, writer: RecordNode) -> list[Field]:
    """The writer fields that a reader field hits by its name or one of its aliases."""
    own = writer.fields_by_name.get(reader_field.name)
    hits = [own] if own is not None else []
    for alias in reader_field.aliases:
        hit = writer.fields_by_name.get(alias)
        if hit is not None:
            hits.append(hit)
    return hits


def written(location: Location) -> str:
    """A location as a JSON pointer, `/` for the root."""
    parts: list[str] = []
    while location is not None:
        location, token = location
        parts.append(escape_token(token))
    return "/" + "/".join(reversed(parts))


class _Check:
    def __init__(self, *, skips: bool = True, pair_budget: int = PAIR_BUDGET) -> None:
        self._skips = skips
        self._memo: dict[tuple[int, int], Entries] = {}
        self._pairs_left = pair_budget
        self._fields_left = FIELD_BUDGET

    def run(self, pair: Pair) -> Entries:
        stack: list[tuple[Comparing, tuple[int, int]]] = []
        wanted = pair
        entries: Entries | None = None
        while True:
            entries = self._known(wanted)
            if entries is None:
                key = (id(wanted.reader), id(wanted.writer))
                self._memo[key] = COMPATIBLE  # in progress
                stack.append((self._compare(wanted), key))
            while stack:
                comparing, key = stack[-1]
                try:
                    # A generator that has just begun is sent None, as the protocol wants.
                    wanted = comparing.send(entries)  # type: ignore[arg-type]  # a started generator takes what it asked for
                    break
                except StopIteration as finished:
                    entries = self._memo[key] = finished.value
                    stack.pop()
            else:
                assert entries is not None
                return entries

    def _known(self, pair: Pair) -> Entries | None:
        """The answer to a pair that needs no comparing of inner pairs."""
        reader, writer, location = pair
        if isinstance(reader, PrimitiveNode) and isinstance(writer, PrimitiveNode):
            return _compare_primitives(reader, writer, location)
        if self._skips and reader.signature is not None and reader.signature == writer.signature:
            return COMPATIBLE
        entries = self._memo.get((id(reader), id(writer)))
        if entries is None:
            self._pairs_left -= 1
            if self._pairs_left < 0:
                raise CheckTooLarge("too many pairs of types to compare")
        return entries

    def _compare(self, pair: Pair) -> Comparing:
        reader, writer, location = pair
        if isinstance(writer, UnionNode):
            if isinstance(reader, UnionNode):
                return self._both_unions(reader, writer, location)
            return self._writer_union(reader, writer, location)
        if isinstance(reader, UnionNode):
            return self._reader_union(reader, writer, location)
        if isinstance(reader, RecordNode) and isinstance(writer, RecordNode):
            return self._records(reader, writer, location)
        return self._flat(reader, writer, location)

    def _flat(self, reader: Node, writer: Node, location: Location) -> Comparing:
        if isinstance(reader, ArrayNode) and isinstance(writer, ArrayNode):
            return (yield Pair(reader.items, writer.items, (location, "items")))
        if isinstance(reader, MapNode) and isinstance(writer, MapNode):
            return (yield Pair(reader.values, writer.values, (location, "values")))
        if isinstance(reader, EnumNode) and isinstance(writer, EnumNode):
            return _compare_names(reader, writer, location) + _compare_symbols(
                reader, writer, location
            )
        if isinstance(reader, FixedNode) and isinstance(writer, FixedNode):
            return _compare_names(reader, writer, location) + _compare_sizes(
                reader, writer, location
            )
        return (_type_mismatch(reader, writer, location),)

    def _both_unions(self, reader: UnionNode, writer: UnionNode, location: Location) -> Comparing:
        entries: list[Found] = []
        for index, branch in enumerate(writer.branches):
            if (yield Pair(reader, branch, None)):
                _merge(entries, (_missing_branch(branch, (location, str(index))),))
        return tuple(entries)

    def _writer_union(self, reader: Node, writer: UnionNode, location: Location) -> Comparing:
        entries: list[Found] = []
        for index, branch in enumerate(writer.branches):
            _merge(entries, (yield Pair(reader, branch, (location, str(index)))))
        return tuple(entries)

    def _reader_union(self, reader: UnionNode, writer: Node, location: Location) -> Comparing:
        for branch in reader.branches:
            if not (yield Pair(branch, writer, None)):
                return COMPATIBLE
        return (_missing_branch(writer, location),)

    def _records(self, reader: RecordNode, writer: RecordNode, location: Location) -> Comparing:
        entries = list(_compare_names(reader, writer, location))
        self._fields_left -= len(reader.fields)
        if self._fields_left < 0:
            raise CheckTooLarge("too many fields to compare")
        written_fields = writer.fields_by_name
        for index, field in enumerate(reader.fields):
            written_field = written_fields.get(field.name)
            if field.aliases:
                written_field = _field_by_alias(field, index, writer, location)
            if written_field is None:
                if not field.has_default:
                    missing = _without_default(field, index, writer, location)
                    _merge(entries, (yield missing) if isinstance(missing, Pair) else (missing,))
                continue
            pair = self._field_pair(field, written_field, index, location)
            if isinstance(pair, Pair):
                _merge(entries, (yield pair))
            elif pair:
                _merge(entries, pair)
        return tuple(entries)

    def _field_pair(
        self, field: Field, written_field: Field, index: int, location: Location
    ) -> Pair | Entries:
        """The types of two fields where they need comparing, else what is known of them."""
        node, written_node = field.type, written_field.type
        if self._skips and node.signature is not None and node.signature == written_node.signature:
            return COMPATIBLE
        if isinstance(node, PrimitiveNode) and isinstance(written_node, PrimitiveNode):
            if node.kind == written_node.kind or is_promotion(node.kind, written_node.kind):
                return COMPATIBLE
            return (_type_mismatch(node, written_node, _at_field(location, index, "type")),)
        return Pair(node, written_node, _at_field(location, index, "type"))


def _at_field(location: Location, index: int, *tokens: str) -> Location:
    at: Location = ((location, "fields"), str(index))
    for token in tokens:
        at = (at, token)
    return at


def _field_by_alias(
    field: Field, index: int, writer: RecordNode, location: Location
) -> Field | None:
    hits = writer_fields(field, writer)
    if len(hits) > 1:
        names = ", ".join(hit.name for hit in hits)
        message = f"{field.name} matches several writer fields: {names}"
        raise _AmbiguousAlias(("AMBIGUOUS_ALIAS", _at_field(location, index), message))
    return hits[0] if hits else None


def _without_default(
    field: Field, index: int, writer: RecordNode, location: Location
) -> Pair | Found:
    """A reader field that the writer lacks and that has no default.

    An enum with its own default is compared with the whole writer record, as Avro Java does.
    """
    if isinstance(field.type, EnumNode) and field.type.default is not None:
        return Pair(field.type, writer, _at_field(location, index, "type"))
    return ("READER_FIELD_MISSING_DEFAULT_VALUE", _at_field(location, index), field.name)


def _merge(entries: list[Found], more: Entries) -> None:
    if more:
        entries.extend(more[: LARGEST_RESULT - len(entries)])


def _compare_primitives(reader: Node, writer: Node, location: Location) -> Entries:
    if reader.kind == writer.kind or is_promotion(reader.kind, writer.kind):
        return COMPATIBLE
    return (_type_mismatch(reader, writer, location),)


def _compare_names(reader: NamedNode, writer: NamedNode, location: Location) -> Entries:
    if is_readable_name(reader, writer):
        return ()
    return (("NAME_MISMATCH", (location, "name"), f"expected: {writer.full_name}"),)


def _compare_sizes(reader: FixedNode, writer: FixedNode, location: Location) -> Entries:
    if reader.size == writer.size:
        return ()
    message = f"expected: {writer.size}, found: {reader.size}"
    return (("FIXED_SIZE_MISMATCH", (location, "size"), message),)


def _compare_symbols(reader: EnumNode, writer: EnumNode, location: Location) -> Entries:
    missing = unknown_symbols(reader, writer)
    if not missing or reader.default is not None:
        return ()
    message = f"[{', '.join(missing)}]"
    return (("MISSING_ENUM_SYMBOLS", (location, "symbols"), message),)


def unknown_symbols(reader: EnumNode, writer: EnumNode) -> list[str]:
    """Writer symbols that the reader does not know, sorted by UTF-16 code unit as in Java."""
    missing = set(writer.symbols) - set(reader.symbols)
    return sorted(missing, key=lambda symbol: symbol.encode("utf-16-be", "surrogatepass"))


def _type_mismatch(reader: Node, writer: Node, location: Location) -> Found:
    message = (
        f"reader type: {reader.kind.upper()} not compatible with writer type: {writer.kind.upper()}"
    )
    return ("TYPE_MISMATCH", location, message)


def _missing_branch(writer: Node, location: Location) -> Found:
    message = f"reader union lacking writer type: {writer.kind.upper()}"
    return ("MISSING_UNION_BRANCH", location, message)
