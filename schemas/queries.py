"""Reads that other rooms use: newest version, texts, fields, readers; pages stand in `reading`."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.avro.canonical import resolved_string
from schemas.avro.model import Schema
from schemas.models import Field, RegistryAccess, SchemaId, SchemaVersion, Subject
from schemas.names import DEFAULT_CONTEXT, is_storable
from schemas.names import subject_name as read_subject_name
from schemas.reading.subject import subject_page
from schemas.reading.subjects import subjects_page
from schemas.registering.parsing import stored_schema

__all__ = [
    "decodable_text",
    "field_rows",
    "latest",
    "readers_seen",
    "schema_by_number",
    "schema_text",
    "subject_by_name",
    "subject_page",
    "subjects_of_schema",
    "subjects_page",
    "versions",
]


def subject_by_name(name: str) -> Subject | None:
    """The subject of this name, qualified unless it lives in the default context."""
    if not is_storable(name):
        return None
    subject = read_subject_name(name)
    rows = Subject.objects.select_related("context")
    return rows.filter(context__name=subject.context, name=subject.name).first()


def versions(name: str) -> list[SchemaVersion]:
    """Live versions of a subject with their contents, newest first."""
    if not is_storable(name):
        return []
    subject = read_subject_name(name)
    rows = SchemaVersion.objects.select_related("schema_id__content", "subject").filter(
        subject__context__name=subject.context,
        subject__name=subject.name,
        deleted_at__isnull=True,
    )
    return list(rows.order_by("-version"))


def latest(name: str) -> SchemaVersion | None:
    """The newest live version of a subject."""
    found = versions(name)
    return found[0] if found else None


def _known(number: int, context: str) -> SchemaId | None:
    if not 1 <= number < 2**31:
        return None
    rows = SchemaId.objects.select_related("content")
    return rows.filter(context__name=context, number=number).first()


def schema_text(number: int, context: str = DEFAULT_CONTEXT) -> str | None:
    """The canonical text behind a schema id, or None."""
    found = _known(number, context)
    return found.content.text if found is not None else None


def schema_by_number(number: int, context: str = DEFAULT_CONTEXT) -> Schema | None:
    """The parsed schema behind an id, complete with its references, or None."""
    found = _known(number, context)
    return stored_schema(found.content) if found is not None else None


def decodable_text(number: int, context: str = DEFAULT_CONTEXT) -> str | None:
    """The schema behind an id as one text with references written out: what a decoder needs."""
    schema = schema_by_number(number, context)
    return resolved_string(schema) if schema is not None else None


def subjects_of_schema(number: int, context: str = DEFAULT_CONTEXT) -> list[str]:
    """Names of the subjects that hold a schema id in a live version."""
    rows = SchemaVersion.objects.filter(
        schema_id__number=number, schema_id__context__name=context, deleted_at__isnull=True
    )
    return sorted(set(rows.values_list("subject__name", flat=True)))


def field_rows(content_id: int) -> Sequence[Field]:
    """The stored fields of a content in document order."""
    return list(Field.objects.filter(content_id=content_id).order_by("ordinal"))


def readers_seen(name: str) -> dict[str, int]:
    """The newest schema id that each principal fetched of a subject; anonymous ones prove nobody."""
    rows = RegistryAccess.objects.filter(subject_name=name, action="fetch", schema_number__gt=0)
    found: dict[str, tuple[object, int]] = {}
    for row in rows.exclude(principal="anonymous").order_by("last_seen"):
        found[row.principal] = (row.last_seen, row.schema_number)
    return {principal: number for principal, (_, number) in found.items()}
