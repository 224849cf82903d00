"""Wrong calls made from the OpenAPI document: every parameter and member with values nobody wants."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

LONG = "x" * 5_000
PARAMETERS = (LONG, "\x00", "²")
MEMBERS: tuple[Any, ...] = (2**63 - 1, LONG, {"x": [None]})
IDS = ("²", "9" * 30, "%00")
BODIES = (
    b'{"a": ', b'{"a": "\xff"}', b'{"a": NaN}', b'{"a": 1, "a": 2}', b'{"a": "\\ud800"}',
    b'{"a":' + b"[" * 60_000, b"[]",
)  # fmt: skip
METHODS = ("get", "post", "put", "patch", "delete")
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """One request and what is wrong with it."""

    method: str
    path: str
    what: str
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=lambda: {"HTTP_IF_MATCH": '"r1"'})
    content_type: str = "application/json"

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path[:100]}, {self.what}"


@dataclass(frozen=True)
class Right:
    """What a right call of the document says, so that one place at a time can be wrong."""

    ids: Mapping[str, str]
    parameters: Mapping[str, str]
    bodies: Mapping[str, Any]  # by "post /requests"


def wrong_calls(document: Document, right: Right) -> Iterator[Call]:
    """Every call of the document, wrong in one place."""
    for route, operations in document["paths"].items():
        path = filled(route, right.ids)
        for method in METHODS:
            if method not in operations:
                yield Call(method, path, "a method nobody offers")
        yield Call("get", f"{path}/", "a slash at the end")
        for method, operation in operations.items():
            yield from _wrong_ids(route, method, right)
            yield from _wrong_parameters(path, method, operation, right)
            if "requestBody" in operation:
                yield from _wrong_bodies(path, method, _right_body(document, route, method, right))


def filled(route: str, ids: Mapping[str, str]) -> str:
    """The route with its parameters."""
    for name, value in ids.items():
        route = route.replace(f"{{{name}}}", value)
    return route


def _wrong_ids(route: str, method: str, right: Right) -> Iterator[Call]:
    for name in right.ids:
        if f"{{{name}}}" in route:
            for value in IDS:
                yield Call(method, filled(route, {**right.ids, name: value}), f"{name} {value[:9]}")


def _wrong_parameters(path: str, method: str, operation: Document, right: Right) -> Iterator[Call]:
    declared = operation.get("parameters", ())
    named = [one["name"] for one in declared if one["in"] == "query"]
    given = {name: value for name, value in right.parameters.items() if name in named}
    for name in (*named, "nobody-knows-this"):
        for value in PARAMETERS:
            yield Call(method, f"{path}?{urlencode({**given, name: value})}", f"?{name}")
        yield Call(method, f"{path}?{name}=%ED%A0%80&{name}=a", f"?{name} twice")


def _right_body(document: Document, route: str, method: str, right: Right) -> Any:
    key = f"{method} {route.removeprefix('/api/v1')}"
    content = document["paths"][route][method]["requestBody"]["content"]
    schema = next(iter(content.values()))["schema"]
    return right.bodies.get(key) or sample(schema, document["components"]["schemas"])


def sample(schema: Document, components: Document) -> Any:
    """A value of the form that a schema asks for."""
    if "$ref" in schema:
        return sample(components[schema["$ref"].rsplit("/", 1)[1]], components)
    inner = [schema[word][0] for word in ("allOf", "oneOf", "anyOf") if word in schema]
    if inner:
        return sample(inner[0], components)
    if "enum" in schema:
        return schema["enum"][0]
    kinds = schema.get("type", "string")
    match kinds if isinstance(kinds, str) else kinds[0]:
        case "object":
            members = schema.get("properties", {})
            return {name: sample(member, components) for name, member in members.items()}
        case "array":
            return [sample(schema.get("items", {}), components)]
        case "integer" | "number":
            return 1
        case "boolean":
            return True
        case _:
            return "orders"


def _wrong_bodies(path: str, method: str, right: Any) -> Iterator[Call]:
    for what, body in mutated(right):
        yield Call(method, path, what, json.dumps(body).encode())
    for raw in BODIES:
        yield Call(method, path, str(raw[:20]), raw)
    yield Call(method, path, "no JSON", b"a=1", content_type="application/x-www-form-urlencoded")
    yield Call(method, path, "If-Match", json.dumps(right).encode(), {"HTTP_IF_MATCH": "r²"})


def mutated(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """The value again and again, each time wrong in one place; wrong values take turns by place."""
    wrong = MEMBERS[len(pointer) % len(MEMBERS)]
    yield f"{pointer or '/'} is {str(wrong)[:12]}", wrong
    if isinstance(value, dict):
        yield f"{pointer}/nobody-knows-this", {**value, "nobody-knows-this": 1}
        for name, member in value.items():
            for what, wrong in mutated(member, f"{pointer}/{name}"):
                yield what, {**value, name: wrong}
    elif isinstance(value, list):
        for index, member in enumerate(value):
            for what, wrong in mutated(member, f"{pointer}/{index}"):
                yield what, [*value[:index], wrong, *value[index + 1 :]]
