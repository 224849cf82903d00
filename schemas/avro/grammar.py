"""What the attributes of a type or a field may be: names, aliases, docs, symbols, properties."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Final, NamedTuple

from schemas.avro.errors import InvalidSchema, InvalidSchemaCode, shown
from schemas.avro.limits import Limits
from schemas.avro.model import (
    NO_PROPERTIES,
    PRIMITIVE_KINDS,
    Alias,
    EnumNode,
    Field,
    FixedNode,
    PrimitiveNode,
)
from schemas.avro.names import STRICT_NAME, is_strict_full_name, is_strict_name, split_name
from schemas.avro.reader import escape_token

TYPE_RESERVED: Final = frozenset(
    {
        "doc",
        "fields",
        "items",
        "name",
        "namespace",
        "size",
        "symbols",
        "values",
        "type",
        "aliases",
    }
)
ENUM_RESERVED: Final = TYPE_RESERVED | {"default"}
FIELD_RESERVED: Final = frozenset({"default", "doc", "name", "order", "type", "aliases"})
ORDERS: Final = frozenset({"ascending", "descending", "ignore"})
LARGEST_FIXED: Final = 2_147_483_639  # Java's largest array
UNREAD: Final = PrimitiveNode("null")  # the type of a field until it has been read

# Where a value stands: the place around it and its own token; None is the top level.
Place = tuple["Place", str] | None


class Written(NamedTuple):
    """A type as written: its JSON value, the namespace around it, its place and its depth."""

    value: object
    namespace: str
    place: Place
    depth: int


def pointer(place: Place) -> str:
    """The JSON pointer of a place."""
    tokens: list[str] = []
    while place is not None:
        place, token = place
        tokens.append(escape_token(token))
    return "".join(f"/{token}" for token in reversed(tokens))


def invalid(code: InvalidSchemaCode, message: str, place: Place) -> InvalidSchema:
    """The exception for something wrong at a place."""
    return InvalidSchema(code, message, pointer(place))


class Grammar:
    """Reads attributes under one mode and one set of limits."""

    def __init__(
        self, *, strict: bool, limits: Limits, checks_values: bool, checks_integers: bool
    ) -> None:
        self._strict = strict
        self._limits = limits
        self._checks_values = checks_values
        self._checks_integers = checks_integers

    def name(self, value: Mapping[str, object], written: Written) -> tuple[str, str]:
        """Simple name and namespace of a type definition."""
        text = required_text(value, "name", "name", written.place)
        place = (written.place, "name")
        own = value.get("namespace")
        name, namespace = split_name(text, own if isinstance(own, str) else written.namespace)
        self._check_length(name, place)
        if len(name) + len(namespace) >= self._limits.full_name_characters:
            most = self._limits.full_name_characters
            raise invalid("limit", f"the full name is longer than {most} characters", place)
        if self._strict and not is_strict_full_name(name, namespace):
            full_name = f"{namespace}.{name}" if namespace else name
            raise invalid("name", f"{shown(full_name)} is not a valid name", place)
        if not namespace and name in PRIMITIVE_KINDS:
            raise invalid("name", f"{shown(name)} is a primitive type, not a name", place)
        return name, namespace

    def doc(self, value: Mapping[str, object]) -> str | None:
        """The doc text; anything that is not a text counts as absent."""
        doc = value.get("doc")
        return doc if isinstance(doc, str) else None

    def type_aliases(
        self, value: Mapping[str, object], namespace: str, place: Place
    ) -> tuple[Alias, ...]:
        """The aliases of a named type, without repeats."""
        if "aliases" not in value:
            return ()
        aliases: dict[tuple[str, str], Alias] = {}
        for text in self._texts(value["aliases"], (place, "aliases")):
            name, space = split_name(text, namespace)
            if self._strict and not is_strict_name(name):
                raise invalid("alias", f"{shown(text)} is not a valid alias", (place, "aliases"))
            unmatchable = not space and bool(namespace)
            full_name = f"{space}.{name}" if space else name
            aliases[name, space] = Alias(name, space, None if unmatchable else full_name)
        return tuple(aliases.values())

    def field(self, item: object, siblings: Container[str], place: Place) -> Field:
        """A field without its type and default."""
        if not isinstance(item, dict):
            raise invalid("field", f"{shown(item)} is not a field", place)
        name = item.get("name")
        if not isinstance(name, str):
            name = required_text(item, "name", "field", place)
        if len(name) > self._limits.name_characters:
            self._check_length(name, place)
        if self._strict and STRICT_NAME.fullmatch(name) is None:
            raise invalid("name", f"{shown(name)} is not a valid field name", (place, "name"))
        if name in siblings:
            raise invalid("field", f"two fields are named {shown(name)}", (place, "name"))
        if item.get("type") is None:
            raise invalid("field", f"the field {shown(name)} has no type", place)
        field = Field(name, UNREAD)
        if len(item) > 2:
            self._read_extras(field, item, place)
        return field

    def _read_extras(self, field: Field, item: Mapping[str, object], place: Place) -> None:
        field.doc = self.doc(item)
        if "order" in item:
            field.order = self._order(item["order"], (place, "order"))
        if "aliases" in item:
            aliases = self._texts(item["aliases"], (place, "aliases"))
            field.aliases = tuple(dict.fromkeys(aliases))
        field.properties = self.properties(item, FIELD_RESERVED, place)

    def enum(self, value: Mapping[str, object], written: Written) -> EnumNode:
        """An enum with its symbols and its default."""
        name, namespace = self.name(value, written)
        symbols = self._symbols(value.get("symbols"), (written.place, "symbols"), written.place)
        enum = EnumNode(name, namespace, self.doc(value), symbols)
        enum.aliases = self.type_aliases(value, namespace, written.place)
        default = value.get("default")
        if isinstance(default, str):
            if default not in symbols:
                message = f"the default {shown(default)} is not a symbol of the enum"
                raise invalid("default", message, (written.place, "default"))
            enum.default = default
        enum.properties = self.properties(value, ENUM_RESERVED, written.place)
        return enum

    def fixed(self, value: Mapping[str, object], written: Written) -> FixedNode:
        """A fixed with its size in bytes."""
        name, namespace = self.name(value, written)
        size = value.get("size")
        if type(size) is not int or not 0 <= size <= LARGEST_FIXED:
            place = (written.place, "size") if "size" in value else written.place
            message = f"size must be an integer from 0 to {LARGEST_FIXED}"
            raise invalid("size", message, place)
        fixed = FixedNode(name, namespace, self.doc(value), size)
        fixed.aliases = self.type_aliases(value, namespace, written.place)
        fixed.properties = self.properties(value, TYPE_RESERVED, written.place)
        return fixed

    def properties(
        self, value: Mapping[str, object], reserved: frozenset[str], place: Place
    ) -> Mapping[str, object]:
        """The attributes that Avro gives no meaning, in submitted order."""
        found = {key: member for key, member in value.items() if key not in reserved}
        if not found:
            return NO_PROPERTIES
        if self._checks_values:
            for key, member in found.items():
                self.check_value(member, (place, key))
        return found

    def narrow_properties(self, value: Mapping[str, object], place: Place) -> Mapping[str, object]:
        """The properties of a record, array or map, where Avro Java fails on integers beyond 64
        bits; on other types and on fields it takes them."""
        found = self.properties(value, TYPE_RESERVED, place)
        if self._checks_integers:
            for key, member in found.items():
                if has_wide_integer(member):
                    message = "a property of this type holds an integer beyond 64 bits"
                    raise invalid("limit", message, (place, key))
        return found

    def check_value(self, value: object, place: Place) -> None:
        """Refuses a default or property value that nests too deeply."""
        if self._checks_values and value_nesting(value) > self._limits.value_nesting:
            most = self._limits.value_nesting
            raise invalid("limit", f"the value nests deeper than {most} levels", place)

    def _check_length(self, name: str, place: Place) -> None:
        if len(name) > self._limits.name_characters:
            most = self._limits.name_characters
            raise invalid("limit", f"the name is longer than {most} characters", place)

    def _texts(self, value: object, place: Place) -> list[str]:
        if not isinstance(value, list):
            raise invalid("alias", "aliases must be an array of texts", place)
        if len(value) > self._limits.aliases:
            raise invalid("limit", f"more than {self._limits.aliases} aliases", place)
        for index, text in enumerate(value):
            if not isinstance(text, str):
                raise invalid("alias", f"{shown(text)} is not an alias", (place, str(index)))
            if len(text) > self._limits.full_name_characters:
                most = self._limits.full_name_characters
                message = f"the alias is longer than {most} characters"
                raise invalid("limit", message, (place, str(index)))
        return value

    def _order(self, value: object, place: Place) -> str:
        order = value.lower() if isinstance(value, str) and value.isascii() else ""
        if order not in ORDERS:
            raise invalid("order", f"{shown(value)} is not ascending, descending or ignore", place)
        return order

    def _symbols(self, value: object, place: Place, around: Place) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise invalid("symbol", "an enum needs an array of symbols", around)
        if len(value) > self._limits.symbols_per_enum:
            raise invalid("limit", f"more than {self._limits.symbols_per_enum} symbols", place)
        seen: set[str] = set()
        for index, symbol in enumerate(value):
            here = (place, str(index))
            if not isinstance(symbol, str):
                raise invalid("symbol", f"{shown(symbol)} is not a symbol", here)
            if self._strict and not is_strict_name(symbol):
                raise invalid("symbol", f"{shown(symbol)} is not a valid symbol", here)
            if symbol in seen:
                raise invalid("symbol", f"the symbol {shown(symbol)} stands twice", here)
            self._check_length(symbol, here)
            seen.add(symbol)
        return tuple(value)


def required_text(
    value: Mapping[str, object], key: str, code: InvalidSchemaCode, place: Place
) -> str:
    """A text attribute that must be there."""
    text = value.get(key)
    if not isinstance(text, str):
        here = (place, key) if key in value else place
        raise invalid(code, f"{key} is missing or not a text", here)
    return text


def value_nesting(value: object) -> int:
    """How many arrays and objects stand inside each other in a JSON value."""
    deepest = 0
    pending: list[tuple[object, int]] = [(value, 1)]
    while pending:
        part, level = pending.pop()
        if isinstance(part, dict | list):
            deepest = max(deepest, level)
            members = part.values() if isinstance(part, dict) else part
            pending.extend((member, level + 1) for member in members)
    return deepest


def has_wide_integer(value: object) -> bool:
    """True when a JSON value holds an integer that does not fit 64 bits."""
    pending: list[object] = [value]
    while pending:
        part = pending.pop()
        if type(part) is int and not -(2**63) <= part < 2**63:
            return True
        if isinstance(part, dict | list):
            pending.extend(part.values() if isinstance(part, dict) else part)
    return False
