"""Routes of versions: register, list, fetch, delete, referrers."""

from __future__ import annotations

from schemas.actions import delete_version, register_version
from schemas.errors import InvalidSchemaText, NotPermittedHere
from schemas.models import SchemaReference, SchemaVersion
from schemas.names import valid_subject_name
from schemas.registering.rights import readable_versions
from schemas.registry.bodies import json_object, posted_schema
from schemas.registry.finding import LATEST, find_subject, find_version, missing, version_number
from schemas.registry.http import Answer, Request, Use
from schemas.registry.shapes import register_response, schema_entity

MOST_REFERRERS = 1_000


def register(request: Request, subject_text: str) -> Answer:
    """Register a schema; the same content answers the same id."""
    members = json_object(request)
    subject = valid_subject_name(subject_text)
    posted = posted_schema(members)
    _refuse_foreign_numbers(members)
    registered = register_version(
        subject.name, posted.text, references=posted.references, context=subject.context,
        by=request.principal, normalize=request.query.flag("normalize"),
    )  # fmt: skip
    use = Use("register", registered.subject, registered.schema_id)
    return Answer(register_response(registered), use=use)


def _refuse_foreign_numbers(members: dict[str, object]) -> None:
    """An id is for imports; a version may be stated, as a whole number."""
    number, version = members.get("id"), members.get("version")
    for value in (number, version):
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise InvalidSchemaText("id and version are whole numbers.")
    if isinstance(number, int) and number > 0:
        raise NotPermittedHere("An id may be given only in mode IMPORT.")


def listed(request: Request, subject_text: str) -> Answer:
    """Version numbers of a subject."""
    query = request.query
    subject = find_subject(subject_text, request.principal)
    if subject is None:
        raise missing(subject_text)
    rows = SchemaVersion.objects.filter(subject=subject).order_by("version")
    if query.flag("deletedOnly") or query.flag("deleted_only"):
        rows = rows.filter(deleted_at__isnull=False)
    elif not query.flag("deleted"):
        rows = rows.filter(deleted_at__isnull=True)
    pairs = list(rows.values_list("version", "deleted_at"))
    if not pairs:
        raise missing(subject_text)
    negative = query.flag("deletedAsNegative")
    numbers = [-number if negative and gone else number for number, gone in pairs]
    return Answer(numbers[query.window()])


def one(request: Request, subject_text: str, version_text: str) -> Answer:
    """A version with its schema."""
    deleted = request.query.flag("deleted")
    found = find_version(subject_text, version_text, request.principal, deleted=deleted)
    entity = schema_entity(found)
    return Answer(entity, use=Use("fetch", entity["subject"], entity["id"]))


def text(request: Request, subject_text: str, version_text: str) -> Answer:
    """The schema text itself as the body."""
    deleted = request.query.flag("deleted")
    found = find_version(subject_text, version_text, request.principal, deleted=deleted)
    content = found.schema_id.content
    use = Use("fetch", schema_entity(found)["subject"], found.schema_id.number)
    return Answer(body=content.text.encode(), use=use)


def delete(request: Request, subject_text: str, version_text: str) -> Answer:
    """Delete a version softly, or for good with `permanent=true`."""
    number = version_number(version_text)
    permanent = request.query.flag("permanent")
    deleted = delete_version(
        subject_text,
        None if number == LATEST else number,
        permanent=permanent,
        by=request.principal,
    )
    return Answer(deleted, clears=permanent)


def referenced_by(request: Request, subject_text: str, version_text: str) -> Answer:
    """Ids of the schemas that refer to a version."""
    version = find_version(subject_text, version_text, request.principal, deleted=True)
    contents = SchemaReference.objects.filter(target=version).values("content")
    rows = SchemaVersion.objects.filter(schema_id__content__in=contents)
    if not request.query.flag("deleted"):
        rows = rows.filter(deleted_at__isnull=True)
    numbers = readable_versions(request.principal, rows).values_list("schema_id__number", flat=True)
    found = sorted(set(numbers))
    return Answer(found[request.query.window(MOST_REFERRERS)])
