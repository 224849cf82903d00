"""Members of a REST body before they are converted: known ones, each of the JSON type it asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rest_framework import serializers

from mesh.kernel.errors import Fault, InvalidInput, UnknownMember

Serializer = serializers.BaseSerializer[Any]
SHOWN = 80  # characters of a member's name in a message
# DRF would turn numbers into texts and texts into numbers; what was not meant is not guessed.
TYPES: tuple[tuple[type[Any], type[Any], str], ...] = (
    (serializers.BooleanField, bool, "Write true or false."),
    (serializers.IntegerField, int, "Write a whole number."),
    (serializers.CharField, str, "Write a text."),
    (serializers.UUIDField, str, "Write a text."),
    (serializers.ChoiceField, str, "Write a text."),
)


def check_members(serializer: Serializer, body: Mapping[str, Any]) -> None:
    """Raises UnknownMember with a fault per unknown or read-only member, InvalidInput per wrong type."""
    if unknown := list(_unknown(serializer, body, "")):
        raise UnknownMember(faults=tuple(unknown))
    if wrong := list(_wrong(serializer, body, "")):
        raise InvalidInput("Some members are not valid.", faults=tuple(wrong))


def _fields(serializer: Any) -> Mapping[str, Any]:
    return getattr(serializer, "fields", {})


def _inner(
    serializer: Any, body: Mapping[str, Any], pointer: str
) -> Iterator[tuple[Any, Any, str]]:
    """Bodies of nested serializers with their pointers."""
    for name, declared in _fields(serializer).items():
        value, place = body.get(name), f"{pointer}/{name}"
        if isinstance(declared, serializers.ListSerializer) and isinstance(value, list):
            rows = [(declared.child, row, f"{place}/{index}") for index, row in enumerate(value)]
            yield from (row for row in rows if isinstance(row[1], dict))
        elif isinstance(declared, serializers.Serializer) and isinstance(value, dict):
            yield declared, value, place


def _unknown(serializer: Any, body: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    known = _fields(serializer)
    for name in body:
        if name in known and not known[name].read_only:
            continue
        shown = name[:SHOWN].replace("~", "~0").replace("/", "~1")
        code = "read_only" if name in known else "unknown_member"
        yield Fault(f"{pointer}/{shown}", code, f"The member {name[:SHOWN]} cannot be set here.")
    for inner, value, place in _inner(serializer, body, pointer):
        yield from _unknown(inner, value, place)


def _wrong(serializer: Any, body: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    for name, declared in _fields(serializer).items():
        if body.get(name) is not None:
            yield from _wrong_value(declared, body[name], f"{pointer}/{name}")
    for inner, value, place in _inner(serializer, body, pointer):
        yield from _wrong(inner, value, place)


def _wrong_value(declared: Any, value: Any, pointer: str) -> Iterator[Fault]:
    """A wrongly typed value, or those of a list's members."""
    if isinstance(declared, serializers.ListField) and isinstance(value, list):
        for index, member in enumerate(value):
            yield from _wrong_value(declared.child, member, f"{pointer}/{index}")
        return
    for kind, wanted, words in TYPES:
        if isinstance(declared, kind):
            is_bool = isinstance(value, bool) and wanted is not bool
            if is_bool or not isinstance(value, wanted):
                yield Fault(pointer, "type", words)
            return
