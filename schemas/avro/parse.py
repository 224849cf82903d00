"""Reading schema texts: grammar, names, references and default values, without recursion.

`parse` is the door. Types are read by generators that yield the inner types they need and are
driven by an explicit stack, so depth costs memory, not Python frames.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping
from types import MappingProxyType
from typing import Final

from schemas.avro.canonical import canonical_string
from schemas.avro.defaults import DefaultCheck
from schemas.avro.errors import InvalidSchema, InvalidSchemaCode, shown
from schemas.avro.grammar import TYPE_RESERVED, Grammar, Place, Written, pointer
from schemas.avro.limits import DEFAULT_LIMITS, Limits
from schemas.avro.model import (
    PRIMITIVE_KINDS,
    ArrayNode,
    EnumNode,
    Field,
    FixedNode,
    ForwardNode,
    MapNode,
    NamedNode,
    Node,
    PrimitiveNode,
    RecordNode,
    Schema,
    UnionNode,
)
from schemas.avro.names import qualified
from schemas.avro.numbers import double_from_text
from schemas.avro.positions import position_of
from schemas.avro.reader import JsonText, read_json
from schemas.avro.same import is_same_definition
from schemas.avro.values import json_text

NO_REFERENCES: Final[Mapping[str, str]] = MappingProxyType({})

# A type being read: yields the inner types that are being read, is sent their nodes, returns
# its own. Types without inner types are nodes at once.
Reading = Generator["Reading", Node, Node]


def parse(
    text: str | bytes,
    references: Mapping[str, str] = NO_REFERENCES,
    *,
    strict: bool = True,
    limits: Limits = DEFAULT_LIMITS,
) -> Schema:
    """Reads a schema as Avro Java 1.12.1 does, within limits. Raises only InvalidSchema.

    `references` maps reference names to texts, in dependency order; each is read leniently and
    must be complete with the ones before it. `strict` is for what enters: names and defaults are
    checked. Lenient is for what is stored already.
    """
    known: dict[str, NamedNode] = {}
    reference_names = _read_references(references, known, limits)
    read = read_json(_as_text(text), limits)
    try:
        reader = _SchemaReader(read, known, strict=strict, limits=limits)
        schema = Schema(
            reader.read(),
            types=known,
            reference_names=reference_names,
            duplicate_keys=read.duplicate_keys(),
        )
        if reader.has_forward_names or references or len(read.plain) > 2**16:
            canonical_string(schema)  # the form that is stored must be readable again
    except InvalidSchema as error:
        raise _positioned(error, read) from None
    return schema


def _as_text(text: str | bytes) -> str:
    if isinstance(text, str):
        return text
    try:
        return bytes(text).decode("utf-8")
    except (UnicodeDecodeError, TypeError, ValueError):
        raise InvalidSchema("text", "the schema text is not UTF-8") from None


def _positioned(error: InvalidSchema, read: JsonText) -> InvalidSchema:
    if error.line is not None:
        return error
    line, column = position_of(read.plain, error.path)
    return InvalidSchema(error.code, error.message, error.path, line=line, column=column)


def _read_references(
    references: Mapping[str, str], known: dict[str, NamedNode], limits: Limits
) -> frozenset[str]:
    if len(references) > limits.references:
        raise InvalidSchema("limit", f"more than {limits.references} referenced schemas")
    names: set[str] = set()
    size_bytes = 0
    for reference, text in references.items():
        try:
            size_bytes += len(_as_text(text).encode("utf-8", "replace"))
            if size_bytes > limits.references_bytes:
                raise InvalidSchema("limit", f"references exceed {limits.references_bytes} bytes")
            read = read_json(_as_text(text), limits)
            root = _SchemaReader(read, known, strict=False, limits=limits).read()
        except InvalidSchema as error:
            code: InvalidSchemaCode = "limit" if error.code == "limit" else "reference"
            raise InvalidSchema(
                code, f"reference {shown(reference)}: {error.message} at {error.path or '/'}"
            ) from None
        if isinstance(root, NamedNode):
            names.add(root.full_name)
    return frozenset(names)


def _is_primitive_union(value: list[object]) -> bool:
    """True for a valid union of bare primitives, which needs no further reading."""
    if not 0 < len(value) <= len(PRIMITIVE_KINDS):
        return False
    kinds = {kind for kind in value if type(kind) is str and kind in PRIMITIVE_KINDS}
    return len(kinds) == len(value)


class _SchemaReader:
    """Reads one text into nodes; `known` holds the types defined so far and grows."""

    def __init__(
        self, read: JsonText, known: dict[str, NamedNode], *, strict: bool, limits: Limits
    ) -> None:
        self._value = read.value
        self._known = known
        self._strict = strict
        self._limits = limits
        self._rules = Grammar(
            strict=strict,
            limits=limits,
            checks_values=read.nesting > limits.value_nesting,
            checks_integers=read.has_long_integer,
        )
        self._open: Counter[str] = Counter()
        self._places: dict[str, Place] = {}
        self._forwards: list[tuple[ForwardNode, Place]] = []
        self._repeats: list[tuple[NamedNode, NamedNode, Place]] = []
        self._containers: list[Node] = []
        self._defaults = DefaultCheck(self._is_open)
        self._unsure: list[tuple[Field, Place]] = []
        self._counts: Counter[str] = Counter()

    @property
    def has_forward_names(self) -> bool:
        return bool(self._forwards)

    def read(self) -> Node:
        """The root node, complete: every name resolved, every repeated definition compared."""
        root = self._drive(Written(self._value, "", None, 1))
        if self._forwards:
            self._resolve_forwards()
        for first, second, place in self._repeats:
            if not is_same_definition(first, second):
                raise self._redefined(first.full_name, place)
        for field, place in tuple(self._unsure):
            self._check_default(field, place)
        return root

    def _is_open(self, full_name: str) -> bool:
        return self._open[full_name] > 0

    def _drive(self, written: Written) -> Node:
        begun = self._begin(written)
        if isinstance(begun, Node):
            return begun
        stack: list[Reading] = [begun]
        node: Node | None = None
        while stack:
            try:
                # A generator that has just begun is sent None, as the protocol wants.
                stack.append(stack[-1].send(node))  # type: ignore[arg-type]  # a started generator takes what it asked for
                node = None
            except StopIteration as finished:
                stack.pop()
                node = finished.value
        assert node is not None
        return node

    def _begin(self, written: Written) -> Node | Reading:
        value = written.value
        if isinstance(value, str):
            return self._named(value, written)
        if isinstance(value, list):
            self._check_depth(written)
            if _is_primitive_union(value):
                return UnionNode([PrimitiveNode(str(kind)) for kind in value])
            return self._read_union(value, written)
        if isinstance(value, dict):
            return self._begin_object(value, written)
        raise self._error("type", f"{shown(value)} is not a type", written.place)

    def _begin_object(self, value: dict[str, object], written: Written) -> Node | Reading:
        kind = value.get("type")
        if not isinstance(kind, str):
            what = "has no type" if kind is None else "has a type that is not a text"
            raise self._error("type", f"the object {what}", written.place)
        if kind in PRIMITIVE_KINDS:
            return PrimitiveNode(kind, self._rules.properties(value, TYPE_RESERVED, written.place))
        match kind:
            case "record" | "error":
                self._check_depth(written)
                return self._read_record(value, written)
            case "enum" | "fixed":
                self._check_depth(written)
                return self._flat_named(kind, value, written)
            case "array" | "map":
                self._check_depth(written)
                return self._read_container(kind, value, written)
            case _:
                pass
        return self._named(kind, written._replace(place=(written.place, "type")))

    def _named(self, text: str, written: Written) -> Node:
        if text in PRIMITIVE_KINDS:
            return PrimitiveNode(text)
        full_name = qualified(text, written.namespace)
        node = self._known.get(full_name)
        if node is None and "." not in text:
            node = self._known.get(text)
        if node is not None:
            return node
        forward = ForwardNode(full_name)
        self._forwards.append((forward, written.place))
        return forward

    def _read_record(self, value: dict[str, object], written: Written) -> Reading:
        name, namespace = self._rules.name(value, written)
        record = RecordNode(
            name, namespace, self._rules.doc(value), is_error=value["type"] == "error"
        )
        record.aliases = self._rules.type_aliases(value, namespace, written.place)
        fields = value.get("fields")
        if not isinstance(fields, list):
            raise self._error("field", "a record needs an array of fields", written.place)
        self._count("fields", len(fields), self._limits.fields, written.place)
        place = (written.place, "fields")
        self._open[record.full_name] += 1
        read_fields: list[Field] = []
        for index, item in enumerate(fields):
            field_place = (place, str(index))
            field = self._rules.field(item, record.fields_by_name, field_place)
            type_value = item["type"]
            if type(type_value) is str and type_value in PRIMITIVE_KINDS:
                field.type = PrimitiveNode(type_value)
            else:
                begun = self._begin(
                    Written(type_value, namespace, (field_place, "type"), written.depth + 1)
                )
                field.type = begun if isinstance(begun, Node) else (yield begun)
            if "default" in item:
                self._take_default(field, item["default"], (field_place, "default"))
            read_fields.append(field)
            record.fields_by_name[field.name] = field
        record.fields = tuple(read_fields)
        record.properties = self._rules.narrow_properties(value, written.place)
        self._open[record.full_name] -= 1
        self._containers.append(record)
        return self._define(record, written.place)

    def _read_union(self, value: list[object], written: Written) -> Reading:
        if len(value) > self._limits.union_branches:
            most = self._limits.union_branches
            raise self._error("limit", f"more than {most} branches", written.place)
        branches: list[Node] = []
        names: set[str] = set()
        for index, item in enumerate(value):
            place = (written.place, str(index))
            if isinstance(item, list):
                raise self._error("union", "a union stands directly inside a union", place)
            begun = self._begin(Written(item, written.namespace, place, written.depth + 1))
            branch = begun if isinstance(begun, Node) else (yield begun)
            branch_name = (
                branch.full_name if isinstance(branch, NamedNode | ForwardNode) else branch.kind
            )
            if branch_name in names:
                raise self._error("union", f"two branches of type {shown(branch_name)}", place)
            names.add(branch_name)
            branches.append(branch)
        union = UnionNode(branches)
        self._containers.append(union)
        return union

    def _read_container(self, kind: str, value: dict[str, object], written: Written) -> Reading:
        key = "items" if kind == "array" else "values"
        if value.get(key) is None:
            raise self._error("type", f"the {kind} has no {key}", written.place)
        begun = self._begin(
            Written(value[key], written.namespace, (written.place, key), written.depth + 1)
        )
        inner = begun if isinstance(begun, Node) else (yield begun)
        properties = self._rules.narrow_properties(value, written.place)
        container = (ArrayNode if kind == "array" else MapNode)(inner, properties)
        self._containers.append(container)
        return container

    def _flat_named(self, kind: str, value: dict[str, object], written: Written) -> NamedNode:
        node: EnumNode | FixedNode
        if kind == "enum":
            node = self._rules.enum(value, written)
            self._count("symbols", len(node.symbols), self._limits.symbols, written.place)
        else:
            node = self._rules.fixed(value, written)
        return self._define(node, written.place)

    def _define(self, node: NamedNode, place: Place) -> NamedNode:
        self._count("named types", 1, self._limits.named_types, place)
        first = self._known.get(node.full_name)
        if first is not None:
            self._repeats.append((first, node, place))
            return first
        self._known[node.full_name] = node
        self._places[node.full_name] = place
        return node

    def _take_default(self, field: Field, value: object, place: Place) -> None:
        if field.type.kind in ("float", "double") and isinstance(value, str):
            number = double_from_text(value)
            if number is None:
                raise self._error("default", f"{shown(value)} is not a number", place)
            value = number
        self._rules.check_value(value, place)
        field.default = value
        if self._strict:
            self._check_default(field, place)

    def _check_default(self, field: Field, place: Place) -> None:
        try:
            fits = self._defaults.fits(field.type, field.default)
        except InvalidSchema as error:
            raise self._error(error.code, error.message, place) from None
        if not fits:
            text = shown(json_text(field.default))
            raise self._error(
                "default", f"the default {text} does not fit the type of {shown(field.name)}", place
            )
        if self._defaults.touched_forward:
            self._unsure.append((field, place))
        else:
            field.default_is_checked = True

    def _resolve_forwards(self) -> None:
        for forward, place in self._forwards:
            if forward.full_name not in self._known:
                raise self._error(
                    "undefined-name", f"the type {shown(forward.full_name)} is not defined", place
                )
        for container in self._containers:
            if isinstance(container, RecordNode):
                for field in container.fields:
                    field.type = self._resolved(field.type)
            elif isinstance(container, UnionNode):
                container.branches = [self._resolved(branch) for branch in container.branches]
            elif isinstance(container, ArrayNode):
                container.items = self._resolved(container.items)
            elif isinstance(container, MapNode):
                container.values = self._resolved(container.values)

    def _resolved(self, node: Node) -> Node:
        return self._known[node.full_name] if isinstance(node, ForwardNode) else node

    def _count(self, what: str, more: int, most: int, place: Place) -> None:
        self._counts[what] += more
        if self._counts[what] > most:
            raise self._error("limit", f"more than {most} {what}", place)

    def _check_depth(self, written: Written) -> None:
        if written.depth > self._limits.schema_depth:
            most = self._limits.schema_depth
            raise self._error("limit", f"types nest deeper than {most} levels", written.place)

    def _error(self, code: InvalidSchemaCode, message: str, place: Place) -> InvalidSchema:
        return InvalidSchema(code, message, pointer(place))

    def _redefined(self, full_name: str, place: Place) -> InvalidSchema:
        first = self._places.get(full_name)
        where = pointer(first) or "the top level" if full_name in self._places else "a reference"
        return self._error(
            "duplicate-name",
            f"{shown(full_name)} is defined differently at {where} and at {pointer(place)}",
            place,
        )
