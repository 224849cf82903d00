"""Routes by schema id and guid."""

from __future__ import annotations

import uuid

from django.db.models import Max, QuerySet

from mesh.audit.principal import Principal
from mesh.kernel.errors import clipped
from schemas.errors import SchemaMissing
from schemas.models import SchemaId, SchemaVersion
from schemas.names import SubjectName, is_storable, subject_name
from schemas.reading.by_number import Holder, holders_for, open_holders
from schemas.registering.rights import readable_versions
from schemas.registry.finding import schema_number
from schemas.registry.http import Answer, Request, Use
from schemas.registry.shapes import held_schema, schema_string


def by_id(request: Request, number_text: str) -> Answer:
    """A schema by id; kept for everybody when everybody may see it."""
    number = schema_number(number_text)
    asked = request.query.text("subject")
    rows, is_public = _holders(request.principal, number, asked)
    is_mine = bool(asked) and rows[0].qualified == asked
    value = held_schema(rows[0], with_subject=is_mine)
    names = {row.qualified for row in rows}
    used = asked if is_mine else (names.pop() if len(names) == 1 else "")
    return Answer(value, etag=str(rows[0].guid), use=Use("fetch", used, number), keep=is_public)


def _holders(principal: Principal, number: int, asked: str) -> tuple[list[Holder], bool]:
    """Versions with this id that the caller may see, and whether anybody may. Raises SchemaMissing."""
    name = subject_name(asked if is_storable(asked) else "")
    public = open_holders(number, name)
    if public:
        return public, True
    private = holders_for(principal, number, name)
    if not private:
        raise SchemaMissing(f"Schema {number} not found")
    return private, False


def text_by_id(request: Request, number_text: str) -> Answer:
    """The schema text itself as the body."""
    number = schema_number(number_text)
    rows, _ = _holders(request.principal, number, request.query.text("subject"))
    use = Use("fetch", "", number)
    return Answer(body=rows[0].text.encode(), etag=str(rows[0].guid), use=use)


def _holding(request: Request, number_text: str) -> QuerySet[SchemaVersion]:
    number = schema_number(number_text)
    asked = request.query.text("subject")
    rows, _ = _holders(request.principal, number, asked)
    found = SchemaVersion.objects.filter(schema_id_id=rows[0].schema_id)
    if asked:
        found = found.filter(subject__name=subject_name(asked).name)
    if not request.query.flag("deleted"):
        found = found.filter(deleted_at__isnull=True)
    return readable_versions(request.principal, found)


def subjects_of(request: Request, number_text: str) -> Answer:
    """Names of the subjects that hold a schema."""
    rows = _holding(request, number_text).values_list("subject__context__name", "subject__name")
    names = [SubjectName(*row).qualified for row in rows.distinct().order_by("subject__name")]
    return Answer(names[request.query.window()])


def versions_of(request: Request, number_text: str) -> Answer:
    """Subject and newest version of each subject that holds a schema."""
    rows = _holding(request, number_text).values_list("subject__context__name", "subject__name")
    found = rows.annotate(newest=Max("version")).order_by("subject__name")
    pairs = [
        {"subject": SubjectName(context, name).qualified, "version": newest}
        for context, name, newest in found
    ]
    return Answer(pairs[request.query.window()])


def by_guid(request: Request, guid_text: str) -> Answer:
    """A schema by its identity."""
    guid = _guid(guid_text)
    rows = SchemaVersion.objects.select_related("schema_id__content", "subject__context")
    row = (
        readable_versions(request.principal, rows.filter(schema_id__content__guid=guid)).first()
        if guid is not None
        else None
    )
    if row is None:
        raise SchemaMissing(f"Schema {clipped(guid_text)} not found")
    use = Use("fetch", "", row.schema_id.number)
    return Answer(schema_string(row), etag=str(guid), use=use)


def ids_of(request: Request, guid_text: str) -> Answer:
    """Contexts and ids under which an identity is known; empty when it is not."""
    guid = _guid(guid_text)
    if guid is None:
        return Answer([])
    rows = readable_versions(
        request.principal, SchemaVersion.objects.filter(schema_id__content__guid=guid)
    )
    known = SchemaId.objects.filter(pk__in=rows.values("schema_id")).order_by("context__name")
    pairs = known.values_list("context__name", "number")
    return Answer([{"context": context, "id": number} for context, number in pairs])


def _guid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if len(text) in (32, 36) else None
    except ValueError:
        return None
