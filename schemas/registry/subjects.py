"""Routes of subjects: list, look a schema up, delete."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from schemas.actions import delete_subject
from schemas.errors import SchemaMissing
from schemas.models import SchemaVersion, Subject
from schemas.names import SubjectName, is_storable, subject_name
from schemas.registering.parsing import posted_digest, read_posted
from schemas.registering.rights import readable_subjects
from schemas.registering.standing import Standing, standing_by_digest
from schemas.registry.bodies import json_object, posted_schema
from schemas.registry.finding import missing, versions_of, visible
from schemas.registry.http import Answer, Request, Use
from schemas.registry.shapes import schema_entity


def listed(request: Request) -> Answer:
    """Names of subjects, sorted; live ones unless `deleted` or `deletedOnly`."""
    query = request.query
    versions = SchemaVersion.objects.filter(subject=OuterRef("pk"))
    live = Exists(versions.filter(deleted_at__isnull=True))
    rows = readable_subjects(request.principal, Subject.objects.all())
    if query.flag("deletedOnly") or query.flag("deleted_only"):
        rows = rows.filter(Exists(versions), ~live)
    elif query.flag("deleted"):
        rows = rows.filter(Exists(versions))
    else:
        rows = rows.filter(live)
    prefix = query.text("subjectPrefix")
    if prefix and not prefix.startswith(":*:"):
        if not is_storable(prefix):
            return Answer([])
        name = subject_name(prefix)
        rows = rows.filter(context__name=name.context, name__startswith=name.name)
    elif prefix:
        rows = rows.filter(name__startswith=prefix[3:])
    pairs = rows.order_by("context__name", "name").values_list("context__name", "name")
    return Answer([SubjectName(*pair).qualified for pair in pairs[query.window()]])


def look_up(request: Request, subject_text: str) -> Answer:
    """The version of a subject that holds the posted schema."""
    posted = posted_schema(json_object(request))
    deleted = request.query.flag("deleted")
    digest = posted_digest(posted.text, posted.references)
    standing = Standing()
    if is_storable(subject_text):
        standing = standing_by_digest(subject_name(subject_text), digest, deleted=deleted)
    standing = visible(standing, request.principal)
    subject, found = standing.subject, standing.found
    if found is None:
        name = subject_name(subject_text)
        parsed = read_posted(posted.text, posted.references, name.context)
        if subject is None or not versions_of(subject, deleted=True).exists():
            raise missing(subject_text)
        rows = versions_of(subject, deleted=deleted)
        found = rows.filter(schema_id__content__guid=parsed.guid).first()
        if found is None and not rows.exists():
            raise missing(subject_text)
    if found is None:
        raise SchemaMissing("Schema not found")
    entity = schema_entity(found)
    return Answer(entity, use=Use("lookup", entity["subject"], entity["id"]))


def delete(request: Request, subject_text: str) -> Answer:
    """Delete a subject softly, or for good with `permanent=true`."""
    permanent = request.query.flag("permanent")
    deleted = delete_subject(subject_text, permanent=permanent, by=request.principal)
    return Answer(deleted, clears=permanent)
