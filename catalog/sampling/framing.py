"""The registry's framing of a record: one zero byte, then the schema id. Pure."""

from __future__ import annotations

from dataclasses import dataclass

HEADER_BYTES = 5
MAGIC = 0


@dataclass(frozen=True, slots=True)
class Framed:
    """A payload with the number of the schema that wrote it."""

    schema_id: int
    payload: bytes


def unframe(record: bytes) -> Framed | None:
    """The schema id and the payload; None when the bytes are not framed."""
    if len(record) < HEADER_BYTES or record[0] != MAGIC:
        return None
    return Framed(int.from_bytes(record[1:HEADER_BYTES], "big"), record[HEADER_BYTES:])
