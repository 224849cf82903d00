"""Parsed schemas: one node object per occurrence of an unnamed type, one per named type.

Node identity matters: the compatibility check memoises pairs of nodes by identity, and the
locations it reports depend on it. Nodes are never changed once `parse` has returned, apart from
the caches `signature` and `Schema.cache`, which hold values derived from the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

PRIMITIVE_KINDS: Final = frozenset(
    {"null", "boolean", "int", "long", "float", "double", "bytes", "string"}
)
TYPE_WORDS: Final = PRIMITIVE_KINDS | {"record", "enum", "array", "map", "union", "fixed"}
NO_PROPERTIES: Final[Mapping[str, object]] = MappingProxyType({})
UNSIGNED: Final = ""  # a signature that has not been computed yet


class _Missing:
    """The type of MISSING, which says that a field has no default (null is a default)."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


class Node:
    """A type. `signature` is what `check` compares first; None where it may not be used."""

    __slots__ = ("kind", "properties", "signature")

    def __init__(self, kind: str, properties: Mapping[str, object] = NO_PROPERTIES) -> None:
        self.kind = kind
        self.properties = properties
        self.signature: str | None = UNSIGNED


class PrimitiveNode(Node):
    __slots__ = ()

    def __init__(self, kind: str, properties: Mapping[str, object] = NO_PROPERTIES) -> None:
        self.kind = kind
        self.properties = properties
        self.signature = kind


class ArrayNode(Node):
    __slots__ = ("items",)

    def __init__(self, items: Node, properties: Mapping[str, object]) -> None:
        super().__init__("array", properties)
        self.items = items


class MapNode(Node):
    __slots__ = ("values",)

    def __init__(self, values: Node, properties: Mapping[str, object]) -> None:
        super().__init__("map", properties)
        self.values = values


class UnionNode(Node):
    __slots__ = ("branches",)

    def __init__(self, branches: list[Node]) -> None:
        super().__init__("union")
        self.branches = branches


class NamedNode(Node):
    """Record, enum or fixed. `aliases` are full names in submitted order, without repeats."""

    __slots__ = ("aliases", "doc", "full_name", "name", "namespace")

    def __init__(self, kind: str, name: str, namespace: str, doc: str | None) -> None:
        super().__init__(kind)
        self.name = name
        self.namespace = namespace
        self.full_name = f"{namespace}.{name}" if namespace else name
        self.doc = doc
        self.aliases: tuple[Alias, ...] = ()


class Alias:
    """A type alias: simple name, namespace, and the full name that a writer may carry.

    `full_name` is None for an alias that no writer name can match (`.Z` on a type that has a
    namespace).
    """

    __slots__ = ("full_name", "name", "namespace")

    def __init__(self, name: str, namespace: str, full_name: str | None) -> None:
        self.name = name
        self.namespace = namespace
        self.full_name = full_name


class Field:
    """A record field. `default` is MISSING when there is none."""

    __slots__ = (
        "aliases",
        "default",
        "default_is_checked",
        "doc",
        "name",
        "order",
        "properties",
        "type",
    )

    def __init__(self, name: str, node: Node) -> None:
        self.name = name
        self.type = node
        self.doc: str | None = None
        self.default: object = MISSING
        self.default_is_checked = False
        self.order = "ascending"
        self.aliases: tuple[str, ...] = ()
        self.properties: Mapping[str, object] = NO_PROPERTIES

    @property
    def has_default(self) -> bool:
        return self.default is not MISSING


class RecordNode(NamedNode):
    __slots__ = ("fields", "fields_by_name", "is_error")

    def __init__(self, name: str, namespace: str, doc: str | None, *, is_error: bool) -> None:
        super().__init__("record", name, namespace, doc)
        self.is_error = is_error
        self.fields: Sequence[Field] = ()
        self.fields_by_name: dict[str, Field] = {}


class EnumNode(NamedNode):
    __slots__ = ("default", "symbols")

    def __init__(
        self, name: str, namespace: str, doc: str | None, symbols: tuple[str, ...]
    ) -> None:
        super().__init__("enum", name, namespace, doc)
        self.symbols = symbols
        self.default: str | None = None


class FixedNode(NamedNode):
    __slots__ = ("size",)

    def __init__(self, name: str, namespace: str, doc: str | None, size: int) -> None:
        super().__init__("fixed", name, namespace, doc)
        self.size = size


class ForwardNode(Node):
    """A name used before its definition; replaced by the definition before `parse` returns."""

    __slots__ = ("full_name",)

    def __init__(self, full_name: str) -> None:
        super().__init__("forward")
        self.full_name = full_name


class Schema:
    """A parsed schema: its root node, the names it can use, and what was noticed while reading.

    `reference_names` are the top-level types of the referenced schemas, which the canonical
    string writes by name. `duplicate_keys` are pointers to JSON keys that stand twice in an
    object.
    """

    __slots__ = ("cache", "duplicate_keys", "is_signed", "reference_names", "root", "types")

    def __init__(
        self,
        root: Node,
        *,
        types: Mapping[str, NamedNode] = NO_PROPERTIES,  # type: ignore[assignment]  # empty mapping fits every value type
        reference_names: frozenset[str] = frozenset(),
        duplicate_keys: tuple[str, ...] = (),
    ) -> None:
        self.root = root
        self.types = types
        self.reference_names = reference_names
        self.duplicate_keys = duplicate_keys
        self.cache: dict[str, str] = {}
        self.is_signed = False

    def __repr__(self) -> str:
        root = self.root
        return f"<Schema {root.full_name if isinstance(root, NamedNode) else root.kind}>"


def children(node: Node) -> list[Node]:
    """The types directly inside a type, in order; a record's are those of its fields."""
    if isinstance(node, RecordNode):
        return [field.type for field in node.fields]
    if isinstance(node, UnionNode):
        return node.branches
    if isinstance(node, ArrayNode):
        return [node.items]
    if isinstance(node, MapNode):
        return [node.values]
    return []
