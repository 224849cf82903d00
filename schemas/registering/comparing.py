"""A candidate against the live versions of its subject, under the level in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from schemas.avro.errors import CheckTooLarge
from schemas.avro.levels import LevelIncompatibility, check_level
from schemas.avro.model import Schema
from schemas.errors import InvalidSchemaText
from schemas.models import RegistryContext, SchemaContent, SchemaVersion, Subject
from schemas.registering.parsing import schemas_of
from schemas.registering.standing import LiveVersion

DEFAULT_LEVEL: Final = "BACKWARD"
LevelSource = Literal["subject", "global", "default"]


@dataclass(frozen=True, slots=True)
class Level:
    """The level in force and where it was set."""

    name: str
    source: LevelSource


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a level says about a candidate.

    `versions` are the live version numbers, newest first; `against` is the one that fails, or 0.
    """

    level: str
    level_source: LevelSource
    versions: tuple[int, ...] = ()
    incompatibilities: tuple[LevelIncompatibility, ...] = ()
    against: int = 0
    against_text: str = ""

    @property
    def is_compatible(self) -> bool:
        return not self.incompatibilities


def level_of(subject: Subject | None, context: RegistryContext | None) -> Level:
    """The subject's own level, else the context's, else BACKWARD."""
    if subject is not None and subject.compatibility:
        return Level(subject.compatibility, "subject")
    if context is not None and context.compatibility:
        return Level(context.compatibility, "global")
    return Level(DEFAULT_LEVEL, "default")


def live_versions(subject: Subject | None) -> list[SchemaVersion]:
    """Live versions, newest first, without their texts. One query."""
    if subject is None:
        return []
    rows = SchemaVersion.objects.filter(subject=subject, deleted_at__isnull=True)
    return list(rows.select_related("schema_id").order_by("-version"))


def compare(schema: Schema, level: Level, versions: Sequence[SchemaVersion]) -> Comparison:
    """Judge a candidate. Raises InvalidSchemaText when comparing costs more than allowed."""
    live = [LiveVersion(row.version, row.schema_id.content_id) for row in versions]
    return compare_with(schema, level, live)


def compare_with(schema: Schema, level: Level, live: Sequence[LiveVersion]) -> Comparison:
    """The same for versions that were read with the subject, newest first."""
    numbers = tuple(row.version for row in live)
    asked = _asked(level.name, live)
    previous = schemas_of([row.content_id for row in asked])
    try:
        found = check_level(schema, previous, level.name)
    except CheckTooLarge as error:
        raise InvalidSchemaText(
            f"The schema is too large to be compared: {error}.", pointer="/schema"
        ) from error
    if not found:
        return Comparison(level.name, level.source, numbers)
    failing = asked[found[0].against]
    text = SchemaContent.objects.values_list("text", flat=True).get(pk=failing.content_id)
    return Comparison(level.name, level.source, numbers, tuple(found), failing.version, text)


def _asked(level: str, live: Sequence[LiveVersion]) -> Sequence[LiveVersion]:
    if level == "NONE":
        return []
    return live if level.endswith("_TRANSITIVE") else live[:1]
