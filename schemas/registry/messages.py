"""The texts of compatibility answers, in the form that registry tools read."""

from __future__ import annotations

from typing import Final

from schemas.avro.levels import LevelIncompatibility
from schemas.registering.comparing import Comparison

MOST_ENTRIES: Final = 100
LONGEST_SCHEMA: Final = 10 * 1024


def comparison_messages(comparison: Comparison) -> list[str]:
    """One text per incompatibility, then the old version, its schema and the level."""
    if comparison.is_compatible:
        return []
    texts = [_entry(one, comparison.against) for one in comparison.incompatibilities]
    old = comparison.against_text
    cut = old if len(old) <= LONGEST_SCHEMA else old[:LONGEST_SCHEMA] + "…"
    return [
        *texts,
        f"{{oldSchemaVersion: {comparison.against}}}",
        f"{{oldSchema: '{cut}'}}",
        f"{{validateFields: 'false', compatibility: '{comparison.level}'}}",
    ]


def refusal_text(comparison: Comparison | None, sentence: str) -> str:
    """The message of a 409: our sentence, then the texts in brackets."""
    opening = sentence or "Schema being registered is incompatible with an earlier schema"
    if comparison is None or comparison.is_compatible:
        return opening
    texts = comparison_messages(comparison)
    entries, tail = texts[:-3], texts[-3:]
    more = len(entries) - MOST_ENTRIES
    if more > 0:
        entries = [*entries[:MOST_ENTRIES], f"{{{more} more}}"]
    return f"{opening}, details: [{', '.join([*entries, *tail])}]"


def _entry(one: LevelIncompatibility, version: int) -> str:
    reader, writer = ("new", "old") if one.direction == "new_reads_old" else ("old", "new")
    description = (
        f'At "{one.location}" the {reader} schema cannot read data of the {writer} schema '
        f"(version {version} is the old one)"
    )
    return (
        f"{{errorType:'{one.type}', description:'{description}', additionalInfo:'{one.message}'}}"
    )
