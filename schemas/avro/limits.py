"""The size limits under which schemas are read; they hold in strict and in lenient mode."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds; counts unless the name carries a unit."""

    text_bytes: int = 1024 * 1024
    text_nesting: int = 256
    schema_depth: int = 64
    named_types: int = 2_000
    fields: int = 10_000
    symbols_per_enum: int = 10_000
    symbols: int = 50_000
    union_branches: int = 1_000
    name_characters: int = 256
    full_name_characters: int = 1_024
    number_characters: int = 1_000
    value_nesting: int = 64
    aliases: int = 1_000
    references: int = 200
    references_bytes: int = 4 * 1024 * 1024
    canonical_bytes: int = 4 * 1024 * 1024


DEFAULT_LIMITS = Limits()
