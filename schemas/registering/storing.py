"""The locked part of a registration: look again, ask the gate, number, insert."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import Max

from mesh.audit.actions import announce, outbox, record, wake
from mesh.audit.principal import Principal
from mesh.people.models import ObjectScope
from schemas.avro.canonical import fingerprint
from schemas.avro.fields import fields
from schemas.errors import InvalidReference
from schemas.models import (
    Field,
    RegistryContext,
    SchemaContent,
    SchemaId,
    SchemaReference,
    SchemaVersion,
    Subject,
)
from schemas.names import SubjectName
from schemas.ports import Candidate, Refuse, registration_gate
from schemas.registering.comparing import Comparison, compare, level_of, live_versions
from schemas.registering.locks import lock_context, lock_subjects
from schemas.registering.parsing import Posted
from schemas.registering.references import Reference, read_references
from schemas.signals import version_registered

STORED_FIELDS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Registered:
    """Content under a subject: its version there, its id in the context, its identity."""

    subject: str
    version: int
    schema_id: int
    guid: uuid.UUID
    created: bool
    text: str = ""
    references: tuple[Reference, ...] = ()
    subject_id: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """The gate's no, with what was compared; whatever the gate wrote beside it is kept."""

    verdict: Refuse
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class Order:
    """One registration: what, where, by whom, decided on what grounds."""

    subject: SubjectName
    posted: Posted
    comparison: Comparison
    by: Principal
    approval: Any = None

    @property
    def request_number(self) -> int | None:
        return request_number(self.approval)


def request_number(approval: Any) -> int | None:
    """The number of the change request that allows something."""
    number = getattr(approval, "number", getattr(approval, "pk", approval))
    return number if isinstance(number, int) else None


def registered_from(version: SchemaVersion, qualified: str, *, created: bool) -> Registered:
    """A stored version as the answer to a registration; relations must be loaded."""
    content = version.schema_id.content
    spec = content.references_spec
    return Registered(
        qualified,
        version.version,
        version.schema_id.number,
        content.guid,
        created,
        content.text,
        read_references(stored_references(spec)),
        version.subject_id,
    )


def stored_references(specification: str) -> list[dict[str, object]]:
    """The references of a content as JSON members."""
    return [] if specification == "[]" else list(json.loads(specification))


def find_version(subject: SubjectName, **conditions: Any) -> SchemaVersion | None:
    """The newest live version of a subject that meets the conditions. One query."""
    rows = SchemaVersion.objects.select_related("schema_id__content", "subject").filter(
        subject__context__name=subject.context,
        subject__name=subject.name,
        deleted_at__isnull=True,
        **conditions,
    )
    return rows.order_by("-version").first()


def store(order: Order) -> Registered | Refused:
    """Register new content. Call it inside an audited action."""
    names = {order.subject.qualified}
    names |= {reference.subject for reference in order.posted.resolved.references}
    lock_subjects(names)
    found = find_version(order.subject, schema_id__content__guid=order.posted.guid)
    if found is not None:
        return registered_from(found, order.subject.qualified, created=False)
    context = RegistryContext.objects.get_or_create(name=order.subject.context)[0]
    subject = Subject.objects.filter(context=context, name=order.subject.name).first()
    comparison = _compared_again(order, subject, context)
    verdict = registration_gate(_candidate(order, subject, comparison), order.by, order.approval)
    if isinstance(verdict, Refuse):
        return Refused(verdict, comparison)
    _require_live_references(order.posted)
    if subject is None:
        subject = Subject.objects.create(context=context, name=order.subject.name)
    owner = ObjectScope.objects.filter(kind="subject", object_id=subject.public_id).first()
    version = _insert(order, context, subject)
    _tell(order, version, comparison, owner)
    return registered_from(version, order.subject.qualified, created=True)


def _compared_again(order: Order, subject: Subject | None, context: RegistryContext) -> Comparison:
    """What was compared before the lock holds unless level or versions moved meanwhile."""
    level = level_of(subject, context)
    versions = live_versions(subject)
    seen = order.comparison
    if level.name == seen.level and tuple(row.version for row in versions) == seen.versions:
        return seen
    return compare(order.posted.schema, level, versions)


def _candidate(order: Order, subject: Subject | None, comparison: Comparison) -> Candidate:
    return Candidate(
        context=order.subject.context,
        subject=order.subject.qualified,
        subject_id=str(subject.public_id) if subject is not None else "",
        text=order.posted.text,
        guid=str(order.posted.guid),
        references=tuple(
            (one.name, one.subject, one.version) for one in order.posted.resolved.references
        ),
        latest_version=comparison.versions[0] if comparison.versions else 0,
        comparison=comparison,
    )


def _require_live_references(posted: Posted) -> None:
    wanted = set(posted.resolved.target_ids)
    if not wanted:
        return
    live = SchemaVersion.objects.filter(pk__in=wanted, deleted_at__isnull=True).count()
    if live != len(wanted):
        raise InvalidReference("A referenced version was deleted meanwhile.", pointer="/references")


def _insert(order: Order, context: RegistryContext, subject: Subject) -> SchemaVersion:
    highest = SchemaVersion.objects.filter(subject=subject).aggregate(top=Max("version"))["top"]
    content, is_new = _content_of(order.posted)
    schema_id = _numbered(context, content) if is_new else _known_number(context, content, subject)
    return SchemaVersion.objects.create(
        subject=subject,
        version=(highest or 0) + 1,
        schema_id=schema_id,
        posted_digest=order.posted.digest,
        created_by=order.by.key,
        created_by_label=order.by.label,
        request_number=order.request_number,
    )


def _known_number(context: RegistryContext, content: SchemaContent, subject: Subject) -> SchemaId:
    """The id of content that was there before, given now if this context has none for it."""
    lock_context(context.pk)
    schema_id = SchemaId.objects.filter(context=context, content=content).first()
    if schema_id is None:
        return _numbered(context, content)
    _drop_soft_deleted(subject, schema_id)
    schema_id.content = content
    return schema_id


def _content_of(posted: Posted) -> tuple[SchemaContent, bool]:
    """The content's row, and whether it is new; whoever else inserts the same waits for us."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into schemas_schemacontent (guid, text, references_spec, fingerprint, strict)"
            " values (%s, %s, %s, %s, true) on conflict (guid) do nothing returning id",
            [posted.guid, posted.text, posted.resolved.specification, fingerprint(posted.schema)],
        )
        inserted = cursor.fetchone()
    if inserted is None:
        return SchemaContent.objects.get(guid=posted.guid), False
    content = SchemaContent(
        pk=inserted[0],
        guid=posted.guid,
        text=posted.text,
        references_spec=posted.resolved.specification,
    )
    _insert_parts(posted, content)
    return content, True


def _insert_parts(posted: Posted, content: SchemaContent) -> None:
    SchemaReference.objects.bulk_create(
        SchemaReference(
            content=content,
            ordinal=ordinal,
            name=one.name,
            subject_name=one.subject,
            version=one.version,
            target_id=target_id,
        )
        for ordinal, (one, target_id) in enumerate(
            zip(posted.resolved.references, posted.resolved.target_ids, strict=True)
        )
    )
    Field.objects.bulk_create(
        Field(
            content=content,
            ordinal=ordinal,
            path=row.path,
            type_text=row.type_text,
            nullable=row.nullable,
            default_text=row.default_text,
            doc=row.doc,
            aliases=list(row.aliases),
            logical_type=(row.logical_type or "")[:64],
        )
        for ordinal, row in enumerate(fields(posted.schema, STORED_FIELDS))
    )


def _numbered(context: RegistryContext, content: SchemaContent) -> SchemaId:
    """Give content the next id of a context. The context's row stays locked until commit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "with next as (update schemas_registrycontext set last_id = last_id + 1"
            " where id = %s returning last_id) insert into schemas_schemaid"
            " (context_id, content_id, number) select %s, %s, last_id from next"
            " returning id, number",
            [context.pk, context.pk, content.pk],
        )
        row = cursor.fetchone()
    assert row is not None
    return SchemaId(pk=row[0], number=row[1], context=context, content=content)


def _drop_soft_deleted(subject: Subject, schema_id: SchemaId) -> None:
    """Content that comes back replaces its deleted version unless something refers to that."""
    SchemaVersion.objects.filter(
        subject=subject, schema_id=schema_id, deleted_at__isnull=False, referrers__isnull=True
    ).delete()


def _tell(
    order: Order, version: SchemaVersion, comparison: Comparison, owner: ObjectScope | None
) -> None:
    subject = version.subject
    after: dict[str, object] = {
        "version": version.version,
        "schema_id": version.schema_id.number,
        "guid": str(order.posted.guid),
        "level": comparison.level,
    }
    if not comparison.is_compatible:
        after["incompatible_with"] = comparison.against
    record(
        "schema_registered", subject, by=order.by, after=after, request_number=order.request_number
    )
    team_id = owner.team_id if owner is not None else None
    teams = (team_id,) if team_id is not None else ()
    outbox("schema_registered", subject, teams=teams, version=version.version)
    announce(version_registered, subject_id=subject.pk, version=version.version)
    wake("schemas.check_subject", subject.pk)
