"""Retention as it is typed, and what it costs in storage. Pure."""

from __future__ import annotations

from mesh.kernel.wording import binary_size

UNIT_MS = {"hours": 3_600_000, "days": 86_400_000}
FOR_EVER = "for ever"
UNITS = (("days", "days"), ("hours", "hours"), (FOR_EVER, FOR_EVER))
LONGEST_MS = 3650 * 86_400_000
MOST_MEASURED = 1e12


def retention_ms(value: object, unit: object) -> int | None:
    """Milliseconds; -1 for ever; None when it cannot be read."""
    if unit == FOR_EVER:
        return -1
    text = str(value or "").strip()
    if unit not in UNIT_MS or not text.isascii():
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    kept = number * UNIT_MS[str(unit)]
    return int(kept) if 0 < kept <= LONGEST_MS else None


def measured(value: object) -> float | None:
    """A rate or size as it is typed; None when it is none that a topic could have."""
    text = str(value or "").strip()
    try:
        number = float(text) if text.isascii() else 0.0
    except ValueError:
        return None
    return number if 0 < number < MOST_MEASURED else None


def storage_words(
    kept_ms: int | None,
    replication: int,
    records_per_second: float | None,
    record_bytes: float | None,
) -> str:
    """What the topic will hold on disk, or why that cannot be estimated; never 0 for unknown."""
    if kept_ms is None:
        return "Not estimated: no retention is given."
    if kept_ms < 0:
        return "Kept for ever: storage grows without end."
    if records_per_second is None:
        return "Not estimated: no rate is known."
    if record_bytes is None:
        return "Not estimated: no record size is known."
    held = records_per_second * record_bytes * (kept_ms / 1000) * max(replication, 1)
    rate = binary_size(records_per_second * record_bytes)
    return f"About {binary_size(held)} on disk: {rate}/s for the whole retention, {replication} copies."
