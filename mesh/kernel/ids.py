"""Public identifiers: UUID version 7, ordered by time (RFC 9562 §5.7)."""

from __future__ import annotations

import os
import re
import uuid

from mesh.kernel import clock

SLUG = re.compile(r"^[a-z][a-z0-9-]{0,62}[a-z0-9]$|^[a-z]$")


def uuid7() -> uuid.UUID:
    """A new identifier: 48 bits of milliseconds, then 74 random bits."""
    value = (clock.now_ms() & ((1 << 48) - 1)) << 80
    value |= int.from_bytes(os.urandom(10), "big")
    value &= ~(0xF << 76) & ~(0x3 << 62)
    value |= (7 << 76) | (2 << 62)
    return uuid.UUID(int=value)
