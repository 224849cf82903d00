"""JSON values of defaults and properties: rendering as Jackson does, and equality."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from schemas.avro.numbers import java_double

_SPECIAL: Final = re.compile(r'["\\\x00-\x1f]')
_ESCAPES: Final = {
    '"': '\\"',
    "\\": "\\\\",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
}


def quoted(text: str) -> str:
    """A JSON string: non-ASCII raw, other controls as upper-case `\\u001F`, `/` as it is."""
    if _SPECIAL.search(text) is None:
        return f'"{text}"'
    return f'"{_SPECIAL.sub(_escaped, text)}"'


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    return _ESCAPES.get(character) or f"\\u{ord(character):04X}"


def scalar_text(value: object) -> str | None:
    """JSON of a scalar, or None for an object or array."""
    if isinstance(value, str):
        return quoted(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return java_double(value)
    return None


def json_text(value: object, *, sort_keys: bool = False) -> str:
    """Compact JSON of any value; keys keep their order unless they are to be sorted."""
    scalar = scalar_text(value)
    if scalar is not None:
        return scalar
    parts: list[str] = []
    pending: list[tuple[bool, object]] = [(False, value)]
    while pending:
        is_text, part = pending.pop()
        if is_text:
            parts.append(str(part))
            continue
        scalar = scalar_text(part)
        if scalar is not None:
            parts.append(scalar)
        else:
            pending.extend(reversed(_opened(part, sort_keys=sort_keys)))
    return "".join(parts)


def _opened(value: object, *, sort_keys: bool) -> list[tuple[bool, object]]:
    """An object or array as the texts (True) and inner values (False) it consists of."""
    pieces: list[tuple[bool, object]] = []
    if isinstance(value, Mapping):
        members = sorted(value.items()) if sort_keys else value.items()
        for index, (key, member) in enumerate(members):
            pieces.append((True, f"{',' if index else ''}{quoted(key)}:"))
            pieces.append((False, member))
        return [(True, "{"), *pieces, (True, "}")]
    assert isinstance(value, list | tuple)
    for index, item in enumerate(value):
        if index:
            pieces.append((True, ","))
        pieces.append((False, item))
    return [(True, "["), *pieces, (True, "]")]


def is_equal(value: object, other: object) -> bool:
    """Equality of JSON values: order of keys is irrelevant, 1 and 1.0 and true differ."""
    return json_text(value, sort_keys=True) == json_text(other, sort_keys=True)
