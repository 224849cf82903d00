"""The locked part of a registration: look again, ask the gate, number, insert."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from mesh.audit.actions import announce, outbox, record, wake
from mesh.audit.principal import Principal
from mesh.people.models import ObjectScope
from schemas.errors import InvalidReference
from schemas.models import RegistryContext, SchemaContent, SchemaId, SchemaVersion, Subject
from schemas.names import SubjectName
from schemas.ports import Candidate, Refuse, registration_gate
from schemas.registering.comparing import Comparison, compare_with, level_of
from schemas.registering.inserting import (
    content_of,
    insert_numbered,
    insert_version,
    new_subject,
)
from schemas.registering.locks import lock_context, lock_subjects
from schemas.registering.parsing import Posted
from schemas.registering.references import Reference, read_references
from schemas.registering.standing import Standing, standing_with_history
from schemas.signals import version_registered


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


def store(order: Order) -> Registered | Refused:
    """Register new content. Call it inside an audited action."""
    names = {order.subject.qualified}
    names |= {reference.subject for reference in order.posted.resolved.references}
    lock_subjects(names)
    standing = standing_with_history(order.subject, order.posted.guid)
    if standing.found is not None:
        return registered_from(standing.found, order.subject.qualified, created=False)
    comparison = _compared_again(order, standing)
    candidate = _candidate(order, standing.subject, comparison)
    verdict = registration_gate(candidate, order.by, order.approval)
    if isinstance(verdict, Refuse):
        return Refused(verdict, comparison)
    _require_live_references(order.posted)
    context = (
        standing.context or RegistryContext.objects.get_or_create(name=order.subject.context)[0]
    )
    subject = standing.subject or new_subject(context, order.subject.name)
    content, is_new = content_of(order.posted)
    schema_id = None if is_new else _known_number(context, content, subject)
    version = _insert(order, subject, standing.highest + 1, content, schema_id)
    _tell(order, version, comparison, standing.owner)
    return registered_from(version, order.subject.qualified, created=True)


def _compared_again(order: Order, standing: Standing) -> Comparison:
    """What was compared before the lock holds unless level or versions moved meanwhile."""
    level = level_of(standing.subject, standing.context)
    seen = order.comparison
    if level.name == seen.level and tuple(row.version for row in standing.live) == seen.versions:
        return seen
    return compare_with(order.posted.schema, level, standing.live)


def _candidate(order: Order, subject: Subject | None, comparison: Comparison) -> Candidate:
    return Candidate(
        context=order.subject.context,
        subject=order.subject.qualified,
        subject_id=str(subject.public_id) if subject is not None else "",
        schema=order.posted.schema,
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


def _insert(
    order: Order,
    subject: Subject,
    number: int,
    content: SchemaContent,
    schema_id: SchemaId | None,
) -> SchemaVersion:
    """The version's row; content without an id in the context gets the next one with it."""
    author = (order.posted.digest, order.by.key, order.by.label, order.request_number)
    if schema_id is None:
        return insert_numbered(subject, number, content, author)
    return insert_version(subject, number, schema_id, author)


def _known_number(
    context: RegistryContext, content: SchemaContent, subject: Subject
) -> SchemaId | None:
    """The id of content that was there before, or None when this context has none for it."""
    lock_context(context.pk)
    schema_id = SchemaId.objects.filter(context=context, content=content).first()
    if schema_id is None:
        return None
    _drop_soft_deleted(subject, schema_id)
    schema_id.content = content
    return schema_id


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
