"""Generated schemas for property tests: valid ones, nearly valid ones, and any JSON."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
NAMES = st.sampled_from(["A", "B", "C", "D", "E", "record", "n.A", "n.B", "m.n.C"])
FIELD_NAMES = ["a", "b", "c", "d", "e", "f"]
SYMBOLS = ["X", "Y", "Z", "W"]
NAMESPACES = st.sampled_from(["", "n", "m.n", "k"])
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("pqr", max_size=2), inner, max_size=3)
    ),
    max_leaves=5,
)
PROPERTIES = st.dictionaries(st.sampled_from(["p", "q", "connect.name"]), JSON_VALUES, max_size=2)


def any_json() -> st.SearchStrategy[Any]:
    """JSON that looks like a schema here and there."""
    words = st.sampled_from(
        [*PRIMITIVES, "record", "enum", "fixed", "array", "map", "error", "A", "n.A", "", "."]
    )
    type_keys = ["type", "name", "namespace", "fields", "items", "values", "symbols", "size"]
    keys = st.sampled_from([*type_keys, "default", "doc", "aliases", "order", "p"])
    return st.recursive(
        words | JSON_VALUES,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6),
        max_leaves=25,
    )


@st.composite
def schema_values(draw: st.DrawFn, *, aliases: bool = True) -> Any:
    """A JSON value that is a schema in lenient mode (types nest at most four levels)."""
    builder = _Builder(draw, aliases=aliases)
    return builder.type(depth=4, in_union=False)


def schema_texts(*, aliases: bool = True) -> st.SearchStrategy[str]:
    return schema_values(aliases=aliases).map(json.dumps)


@st.composite
def evolved(draw: st.DrawFn) -> tuple[str, str]:
    """Two schemas of one shape that differ in some places."""
    value = draw(schema_values(aliases=False))
    other = json.loads(json.dumps(value))
    for _ in range(draw(st.integers(0, 3))):
        other = _mutated(draw, other)
    return json.dumps(value), json.dumps(other)


def _mutated(draw: st.DrawFn, value: Any) -> Any:
    """The value with one leaf replaced; the result may be no schema."""
    places: list[tuple[Any, Any]] = []
    pending = [value]
    while pending:
        part = pending.pop()
        if isinstance(part, dict | list):
            for key in list(part) if isinstance(part, dict) else range(len(part)):
                places.append((part, key))
                pending.append(part[key])
    if not places:
        return draw(st.sampled_from(PRIMITIVES))
    holder, key = draw(st.sampled_from(places))
    if isinstance(holder, list) and draw(st.booleans()):
        del holder[key]
    elif holder[key] in PRIMITIVES:
        holder[key] = draw(st.sampled_from(PRIMITIVES))
    elif key == "default":
        del holder[key]
    elif key == "size":
        holder[key] += 1
    return value


class _Builder:
    """Builds one schema; remembers full names, so that types can be used again."""

    def __init__(self, draw: st.DrawFn, *, aliases: bool) -> None:
        self._draw: Any = draw
        self._aliases = aliases
        self._counter = 0
        self._named: list[str] = []

    def type(self, *, depth: int, in_union: bool) -> Any:
        kinds = ["primitive"] * 3 + ["named", "again", "forward"]
        if depth > 0:
            kinds += ["array", "map", "record", "record"] + ([] if in_union else ["union", "union"])
        kind = self._draw(st.sampled_from(kinds))
        if kind == "primitive":
            return self._primitive()
        if kind in ("array", "map"):
            inner = self.type(depth=depth - 1, in_union=False)
            return {"type": kind, "items" if kind == "array" else "values": inner} | self._draw(
                PROPERTIES
            )
        if kind == "union":
            return self._union(depth)
        if kind == "record":
            return self._record(depth)
        if kind == "again" and self._named:
            return self._draw(st.sampled_from(self._named))
        return self._flat()

    def _primitive(self) -> Any:
        name = self._draw(st.sampled_from(PRIMITIVES))
        properties = self._draw(st.just({}) | PROPERTIES)
        return {"type": name, **properties} if properties else name

    def _union(self, depth: int) -> list[Any]:
        branches: dict[str, Any] = {}
        for _ in range(self._draw(st.integers(0, 3))):
            branch = self.type(depth=depth - 1, in_union=True)
            branches.setdefault(self._key(branch), branch)
        return list(branches.values())

    def _key(self, branch: Any) -> str:
        if isinstance(branch, str):
            return branch
        return str(branch.get("name", branch["type"]))

    def _name(self) -> str:
        self._counter += 1
        return f"{self._draw(st.sampled_from(['n', 'm.n']))}.T{self._counter}"

    def _record(self, depth: int) -> dict[str, Any]:
        name = self._name()
        is_early = self._draw(st.booleans())  # usable inside itself
        if is_early:
            self._named.append(name)
        count = self._draw(st.integers(0, 4))
        fields = [self._field(FIELD_NAMES[index], depth) for index in range(count)]
        if not is_early:
            self._named.append(name)
        record = {"type": "record", "name": name, "fields": fields, **self._draw(PROPERTIES)}
        return self._with_aliases(record, ["Old", "x.Old", "T1"])

    def _field(self, name: str, depth: int) -> dict[str, Any]:
        node = self.type(depth=depth - 1, in_union=False)
        field: dict[str, Any] = {"name": name, "type": node}
        if self._draw(st.booleans()) and isinstance(node, list) and node[:1] == ["null"]:
            field["default"] = None
        elif node in ("int", "long", "double") and self._draw(st.booleans()):
            field["default"] = self._draw(st.integers(-5, 5))
        if self._draw(st.integers(0, 3)) == 0:
            field["doc"] = self._draw(st.text("ab\n\x00é", max_size=4))
        return self._with_aliases(field, ["b", "c", "old"])

    def _flat(self) -> dict[str, Any]:
        name = self._name()
        self._named.append(name)
        if self._draw(st.booleans()):
            return {"type": "fixed", "name": name, "size": self._draw(st.integers(0, 16))}
        symbols = self._draw(st.lists(st.sampled_from(SYMBOLS), unique=True, max_size=4))
        enum: dict[str, Any] = {"type": "enum", "name": name, "symbols": symbols}
        if symbols and self._draw(st.booleans()):
            enum["default"] = symbols[0]
        return enum

    def _with_aliases(self, value: dict[str, Any], names: list[str]) -> dict[str, Any]:
        if self._aliases and self._draw(st.integers(0, 4)) == 0:
            value["aliases"] = self._draw(st.lists(st.sampled_from(names), max_size=2))
        return value
