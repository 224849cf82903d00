"""The only clock of the application; leases and schedules use the database's own (database.py)."""

from __future__ import annotations

import time as _time
from datetime import UTC, datetime


def now() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)


def now_ms() -> int:
    """Milliseconds since the epoch."""
    return int(_time.time() * 1000)


def monotonic() -> float:
    """Seconds on a clock that never goes back; only differences mean anything."""
    return _time.monotonic()


def from_ms(epoch_ms: int) -> datetime:
    """The UTC instant of a count of milliseconds since the epoch."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC)
