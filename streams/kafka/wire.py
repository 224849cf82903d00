"""How records cross the pipe: tagged JSON in length-prefixed frames, never code."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any

from streams.kafka import results

FRAME_LIMIT = 256 * 1024 * 1024  # bytes; a longer frame means a broken or hostile peer
HEADER = struct.Struct(">I")
RECORDS = {record.__name__: record for record in results.WIRE_RECORDS}
FIELDS = {
    record: tuple(column.name for column in fields(record)) for record in results.WIRE_RECORDS
}
WORDS = {word.__name__: word for word in results.WIRE_WORDS}


class BadFrame(Exception):
    """The other side of the pipe sent what this protocol does not know."""


def to_plain(value: object) -> Any:
    """JSON-ready form; tuples become lists, everything else that JSON lacks is tagged."""
    if isinstance(value, StrEnum):
        return {"word": type(value).__name__, "is": value.value}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_plain(part) for part in value]
    if isinstance(value, Mapping):
        return {"map": [[to_plain(key), to_plain(part)] for key, part in value.items()]}
    names = FIELDS.get(type(value))
    if names is None:
        raise TypeError(f"{type(value).__name__} does not cross the pipe")
    return {
        "record": type(value).__name__,
        "is": [to_plain(getattr(value, name)) for name in names],
    }


def from_plain(plain: Any) -> Any:
    """The value that `to_plain` was given, with tuples for lists. Raises BadFrame."""
    if isinstance(plain, list):
        return tuple(from_plain(part) for part in plain)
    if not isinstance(plain, dict):
        return plain
    try:
        return _tagged(plain)
    except (KeyError, TypeError, ValueError) as error:
        raise BadFrame("a tagged value cannot be read") from error


def _tagged(plain: dict[str, Any]) -> Any:
    if "record" in plain:
        return RECORDS[plain["record"]](*(from_plain(part) for part in plain["is"]))
    if "map" in plain:
        return {from_plain(key): from_plain(part) for key, part in plain["map"]}
    if "word" in plain:
        return WORDS[plain["word"]](plain["is"])
    return base64.b64decode(plain["bytes"], validate=True)


def pack(message: Mapping[str, object]) -> bytes:
    """One frame."""
    body = json.dumps({name: to_plain(value) for name, value in message.items()}).encode("ascii")
    if len(body) > FRAME_LIMIT:
        raise BadFrame("a frame is too long")
    return HEADER.pack(len(body)) + body


def unpack(body: bytes) -> dict[str, Any]:
    """The message of one frame's body. Raises BadFrame."""
    try:
        message = json.loads(body)
    except ValueError as error:
        raise BadFrame("a frame is not JSON") from error
    if not isinstance(message, dict):
        raise BadFrame("a frame is not a message")
    return {name: from_plain(value) for name, value in message.items()}


def body_length(header: bytes) -> int:
    """Bytes that follow a header. Raises BadFrame."""
    length = int(HEADER.unpack(header)[0])
    if length > FRAME_LIMIT:
        raise BadFrame("a frame is too long")
    return length
