"""The seven compatibility levels of a schema registry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from schemas.avro.compat import Incompatibility, check
from schemas.avro.model import Schema

Direction = Literal["new_reads_old", "old_reads_new"]

LEVELS: Final = (
    "NONE",
    "BACKWARD",
    "BACKWARD_TRANSITIVE",
    "FORWARD",
    "FORWARD_TRANSITIVE",
    "FULL",
    "FULL_TRANSITIVE",
)
_DIRECTIONS: Final[dict[str, tuple[Direction, ...]]] = {
    "NONE": (),
    "BACKWARD": ("new_reads_old",),
    "FORWARD": ("old_reads_new",),
    "FULL": ("old_reads_new", "new_reads_old"),
}


@dataclass(frozen=True, slots=True)
class LevelIncompatibility(Incompatibility):
    """An incompatibility with who could not read whom; `against` is an index into previous."""

    direction: Direction
    against: int


def check_level(
    candidate: Schema, previous: Sequence[Schema], level: str
) -> list[LevelIncompatibility]:
    """What the level forbids about `candidate`, given the earlier versions, newest first.

    A transitive level asks every version and stops at the first one that fails. Raises
    ValueError for an unknown level and CheckTooLarge.
    """
    if level not in LEVELS:
        raise ValueError(f"unknown compatibility level {level!r}")
    is_transitive = level.endswith("_TRANSITIVE")
    directions = _DIRECTIONS[level.removesuffix("_TRANSITIVE")]
    for against, version in enumerate(previous if is_transitive else previous[:1]):
        found = [
            LevelIncompatibility(
                entry.type, entry.location, entry.message, direction=direction, against=against
            )
            for direction in directions
            for entry in check_direction(candidate, version, direction)
        ]
        if found:
            return found
    return []


def check_direction(
    candidate: Schema, version: Schema, direction: Direction
) -> list[Incompatibility]:
    """One of the two questions between a new schema and an earlier version."""
    if direction == "new_reads_old":
        return check(candidate, version)
    return check(version, candidate)
