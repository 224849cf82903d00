"""One subject as its page shows it: history, fields, differences, readers, level and verdict."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from django.conf import settings

from mesh.audit.principal import Principal
from mesh.people.authz.doors import scope
from schemas.avro.changes import Change
from schemas.avro.diff import diff
from schemas.errors import SubjectMissing, VersionMissing
from schemas.models import Field, RegistryAccess, SchemaVersion, Subject, SubjectCheck
from schemas.reading.subjects import NOBODY, Owner, owners_of, qualified
from schemas.reading.words import CHECK_STATES, CHECK_WORDS, USES, change_line, level_words
from schemas.registering.comparing import Level, level_of
from schemas.registering.parsing import stored_schema

MOST_VERSIONS: Final = 200
MOST_SUMMARIES: Final = 12
MOST_FIELDS: Final = 2_000
MOST_USERS: Final = 200


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of the history; `summary` says what it changed."""

    version: int
    schema_id: int
    guid: str
    created_at: datetime
    author: str
    request_number: int | None
    deleted_at: datetime | None
    content_id: int
    summary: str = ""


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field of the tree."""

    depth: int
    name: str
    path: str
    type: str
    doc: str
    default: str
    nullable: bool
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UserRow:
    """Who used the subject and how."""

    principal: str
    label: str
    client: str
    use: str
    schema_id: int
    first_seen: datetime
    last_seen: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Two versions and what changed between them."""

    old: int
    new: int
    changes: tuple[Change, ...] = ()

    @property
    def lines(self) -> list[dict[str, str]]:
        return [change_line(change) for change in self.changes]


@dataclass(frozen=True, slots=True)
class SubjectPage:
    """Everything about one subject."""

    subject: Subject
    name: str
    owner: Owner
    level: Level
    level_words: str
    versions: tuple[VersionRow, ...]
    check: SubjectCheck | None

    @property
    def latest(self) -> VersionRow | None:
        return next((row for row in self.versions if row.deleted_at is None), None)

    @property
    def live(self) -> tuple[VersionRow, ...]:
        return tuple(row for row in self.versions if row.deleted_at is None)

    @property
    def state(self) -> str:
        return CHECK_STATES[self.check.outcome if self.check else "none"]

    @property
    def verdict(self) -> str:
        return CHECK_WORDS[self.check.outcome if self.check else "none"]

    @property
    def registry_address(self) -> str:
        """Where clients read the newest version."""
        return f"{settings.REGISTRY_URL}/subjects/{quote(self.name, safe='')}/versions/latest"

    def version(self, number: int | None) -> VersionRow:
        """A version by number, the newest live one by None. Raises VersionMissing."""
        if number is None:
            found = self.latest or (self.versions[0] if self.versions else None)
        else:
            found = next((row for row in self.versions if row.version == number), None)
        if found is None:
            raise VersionMissing
        return found


def subject_by_id(viewer: Principal, public_id: UUID) -> Subject:
    """A subject that the viewer may see. Raises SubjectMissing."""
    rows = scope(viewer, "schema.read", Subject.objects.select_related("context"))
    subject = rows.filter(public_id=public_id).first()
    if subject is None:
        raise SubjectMissing
    return subject


def subject_page(viewer: Principal, public_id: UUID, *, summaries: bool = False) -> SubjectPage:
    """A subject with its history. Four queries, one more for what each version changed."""
    subject = subject_by_id(viewer, public_id)
    level = level_of(subject, subject.context)
    rows = SchemaVersion.objects.select_related("schema_id__content").filter(subject=subject)
    rows = rows.defer("schema_id__content__text").order_by("-version")[:MOST_VERSIONS]
    versions = [_version_row(row) for row in rows]
    if summaries:
        versions = with_summaries(versions)
    return SubjectPage(
        subject,
        qualified(subject),
        owners_of([subject.public_id]).get(subject.public_id, NOBODY),
        level,
        level_words(level),
        tuple(versions),
        SubjectCheck.objects.filter(subject=subject).first(),
    )


def _version_row(row: SchemaVersion) -> VersionRow:
    return VersionRow(
        row.version,
        row.schema_id.number,
        str(row.schema_id.content.guid),
        row.created_at,
        row.created_by_label,
        row.request_number,
        row.deleted_at,
        row.schema_id.content_id,
    )


def with_summaries(versions: list[VersionRow]) -> list[VersionRow]:
    """The newest versions with a sentence about what each changed. One query."""
    from dataclasses import replace

    shown = versions[: MOST_SUMMARIES + 1]
    schemas = _schemas_of(row.content_id for row in shown)
    found: list[VersionRow] = []
    for index, row in enumerate(versions):
        if index >= MOST_SUMMARIES:
            found.append(row)
            continue
        older = versions[index + 1] if index + 1 < len(versions) else None
        changes = diff(schemas[older.content_id], schemas[row.content_id]) if older else []
        found.append(replace(row, summary=_summary(changes, is_first=older is None)))
    return found


def _summary(changes: list[Change], *, is_first: bool) -> str:
    if is_first:
        return "The first version."
    if not changes:
        return "Nothing that a reader would notice."
    more = f" And {len(changes) - 2} more." if len(changes) > 2 else ""
    return " ".join(change.words for change in changes[:2]) + more


def _schemas_of(content_ids: Iterable[int]) -> dict[int, Any]:
    from schemas.models import SchemaContent

    contents = SchemaContent.objects.in_bulk(set(content_ids))
    return {pk: stored_schema(content) for pk, content in contents.items()}


def field_lines(content_id: int) -> list[FieldLine]:
    """The field tree of a content. One query."""
    return field_trees([content_id])[content_id]


def field_trees(content_ids: Collection[int]) -> dict[int, list[FieldLine]]:
    """The field trees of many contents, each in its order. One query."""
    trees: dict[int, list[FieldLine]] = {content_id: [] for content_id in content_ids}
    rows = Field.objects.filter(content_id__in=trees, ordinal__lt=MOST_FIELDS)
    for row in rows.order_by("content_id", "ordinal"):
        trees[row.content_id].append(_field_line(row))
    return trees


def _field_line(row: Field) -> FieldLine:
    return FieldLine(
        depth=row.path.count("."),
        name=row.path.rpartition(".")[2] or row.path or row.type_text,
        path=row.path,
        type=row.type_text,
        doc=row.doc,
        default=row.default_text or "",
        nullable=row.nullable,
        tags=_tags(row),
    )


def _tags(row: Field) -> tuple[str, ...]:
    optional = ("optional",) if row.nullable else ()
    aliases = tuple(f"also called {alias}" for alias in row.aliases)
    return (*optional, *((row.logical_type,) if row.logical_type else ()), *aliases)


def difference(page: SubjectPage, old: int | None, new: int | None) -> Difference:
    """What changed between two versions; by default from the one before to the newest.

    Raises VersionMissing. One query.
    """
    newer = page.version(new)
    if old is None:
        live = [row for row in page.live if row.version < newer.version]
        older = live[0] if live else newer
    else:
        older = page.version(old)
    schemas = _schemas_of((older.content_id, newer.content_id))
    changes = diff(schemas[older.content_id], schemas[newer.content_id])
    return Difference(older.version, newer.version, tuple(changes))


def users_of(name: str) -> list[UserRow]:
    """Who used the subject, newest first. One query."""
    rows = RegistryAccess.objects.filter(subject_name=name).order_by("-last_seen", "pk")
    return [
        UserRow(
            row.principal,
            row.principal_label or row.principal,
            row.client,
            USES.get(row.action, row.action),
            row.schema_number,
            row.first_seen,
            row.last_seen,
            row.count,
        )
        for row in rows[:MOST_USERS]
    ]


def pretty_text(content_id: int) -> str:
    """The stored schema, indented for people. One query."""
    from schemas.models import SchemaContent

    text = SchemaContent.objects.values_list("text", flat=True).get(pk=content_id)
    return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
