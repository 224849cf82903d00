"""Writes of the schemas room: register, delete, set levels and modes, associate, check, count use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mesh.audit.actions import announce, audited, outbox, record, wake
from mesh.audit.principal import Principal
from mesh.kernel.database import database_now
from mesh.kernel.errors import clipped
from mesh.kernel.revisions import unmoved
from mesh.people.authz.doors import require
from schemas.avro.levels import LEVELS
from schemas.errors import (
    InvalidLevel,
    NotPermittedHere,
    RegistrationRefused,
    SubjectMissing,
    listed,
)
from schemas.models import Association, RegistryContext, Subject, SubjectCheck
from schemas.names import DEFAULT_CONTEXT, SubjectName, is_storable, valid_subject_name
from schemas.names import subject_name as readable_subject_name
from schemas.registering.access import Seen, write_access
from schemas.registering.checking import judge_history
from schemas.registering.comparing import compare_with, level_of
from schemas.registering.deleting import delete_all, delete_one, refuse_for_good
from schemas.registering.locks import lock_subjects
from schemas.registering.parsing import posted_digest, read_posted
from schemas.registering.previewing import Preview, preview
from schemas.registering.references import read_references
from schemas.registering.rights import (
    is_laxer,
    owner_of,
    require_owned,
    require_readable,
    require_writable,
)
from schemas.registering.standing import standing_by_digest, standing_with_history
from schemas.registering.storing import (
    Order,
    Refused,
    Registered,
    registered_from,
    request_number,
    store,
)
from schemas.signals import access_seen, subject_changed, subject_checked


@dataclass(frozen=True, slots=True)
class AssociationEntry:
    """A subject of a topic's key or value; `resource_id` is the Kafka topic id."""

    association_type: str
    subject: str
    resource_id: str = ""


def register_version(
    subject_name: str,
    text: str,
    *,
    by: Principal,
    references: Iterable[Any] = (),
    context: str = DEFAULT_CONTEXT,
    approval: Any = None,
    normalize: bool = False,
) -> Registered:
    """Register a schema under a subject; content that is there already answers its version.

    `approval` is the change request that allows it. Outside a transaction a refusal keeps what the
    gate wrote. Raises InvalidSubjectName, InvalidSchemaText, InvalidReference, NotPermittedHere,
    RegistrationRefused, NotAllowed.
    """
    subject = valid_subject_name(subject_name, context)
    asked = read_references(references)
    standing = standing_by_digest(subject, posted_digest(text, asked))
    if standing.subject is not None:
        require_readable(by, standing.subject, standing.owner)
    if standing.found is not None:
        return registered_from(standing.found, subject.qualified, created=False)
    posted = read_posted(text, asked, subject.context)
    if standing.subject is not None:
        standing = standing_with_history(subject, posted.guid)
        if standing.found is not None:
            return registered_from(standing.found, subject.qualified, created=False)
    actions = ("schema.register", "schema.register_unowned")
    require_owned(by, standing.owner, subject.name, *actions)
    require_writable(standing.subject, standing.context)
    level = level_of(standing.subject, standing.context)
    comparison = compare_with(posted.schema, level, standing.live)
    outcome = _store(Order(subject, posted, comparison, by, approval), by=by)
    if isinstance(outcome, Refused):
        raise RegistrationRefused(
            outcome.verdict.message,
            answer_code=outcome.verdict.code,
            comparison=outcome.comparison,
            request_url=outcome.verdict.request_url,
        )
    return outcome


@audited
def _store(order: Order, *, by: Principal) -> Registered | Refused:
    return store(order)


def _subject_row(subject: SubjectName) -> Subject | None:
    rows = Subject.objects.select_related("context")
    return rows.filter(context__name=subject.context, name=subject.name).first()


def preview_registration(
    subject_name: str,
    text: str,
    *,
    viewer: Principal,
    references: Iterable[Any] = (),
    context: str = DEFAULT_CONTEXT,
) -> Preview:
    """What registering would answer; nothing is locked or written."""
    return preview(subject_name, text, references=references, viewer=viewer, context=context)


@audited
def delete_subject(
    subject_name: str, *, by: Principal, permanent: bool = False, approval: Any = None
) -> list[int]:
    """Delete all versions of a subject, softly or for good; answers their numbers.

    Raises SubjectMissing, SubjectSoftDeleted, SubjectNotSoftDeleted, ReferencedElsewhere,
    NotPermittedHere, NotAllowed.
    """
    subject = _locked_for_deletion(subject_name, by, permanent, approval)
    return delete_all(subject, permanent=permanent, by=by)


@audited
def delete_version(
    subject_name: str,
    version: int | None,
    *,
    by: Principal,
    permanent: bool = False,
    approval: Any = None,
) -> int:
    """Delete one version (None: the latest live one); answers its number.

    Raises SubjectMissing, VersionMissing, VersionSoftDeleted, VersionNotSoftDeleted,
    ReferencedElsewhere, NotPermittedHere, NotAllowed.
    """
    subject = _locked_for_deletion(subject_name, by, permanent, approval)
    return delete_one(subject, version, permanent=permanent, by=by)


def _locked_for_deletion(
    subject_name: str, by: Principal, permanent: bool, approval: Any
) -> Subject:
    name = readable_subject_name(subject_name)
    if not is_storable(subject_name):
        raise SubjectMissing(f"Subject '{clipped(subject_name)}' not found.")
    lock_subjects([name.qualified])
    subject = _subject_row(name)
    if subject is None or not subject.versions.exists():
        raise SubjectMissing(f"Subject '{clipped(subject_name)}' not found.")
    owner = owner_of(subject)
    require_owned(by, owner, subject.name, "schema.soft_delete", "schema.delete_unowned")
    require_writable(subject, subject.context)
    refuse_for_good(owner, permanent=permanent, has_approval=approval is not None)
    return subject


@audited
def set_level(
    subject_name: str | None,
    level: str,
    *,
    by: Principal,
    approval: Any = None,
    revision: int | None = None,
) -> None:
    """Set a subject's level, or with None the global one; '' takes it away.

    A laxer level on a subject that a product owns needs an approval. Raises InvalidLevel,
    InvalidSubjectName, NotPermittedHere, NotAllowed, StaleRevision.
    """
    if level and level not in LEVELS:
        raise InvalidLevel(f"There is no level {clipped(level)}; choose {listed(LEVELS)}.")
    if subject_name is None:
        require(by, "registry.configure")
        _change_context({"compatibility": level}, by)
        return
    subject = _locked_for_settings(subject_name)
    owner = owner_of(subject)
    require_owned(by, owner, subject.name, "subject.set_level", "schema.register_unowned")
    require_writable(subject, subject.context)
    unmoved(subject.revision, revision)
    before = level_of(subject, subject.context).name
    after = level_of(Subject(compatibility=level), subject.context).name
    if owner is not None and approval is None and is_laxer(after, before):
        raise NotPermittedHere(
            f"{after} promises less than {before}; for a subject of a product that needs a "
            "change request."
        )
    _change_subject(subject, {"compatibility": level}, by, request_number(approval))


@audited
def set_mode(subject_name: str | None, mode: str, *, by: Principal) -> None:
    """Set a subject's mode, or with None the global one; '' takes it away."""
    require(by, "registry.configure")
    if subject_name is None:
        _change_context({"mode": mode}, by)
        return
    _change_subject(_locked_for_settings(subject_name), {"mode": mode}, by, None)


def _locked_for_settings(subject_name: str) -> Subject:
    """The subject's row, made if need be: a level may be set before the first version."""
    name = valid_subject_name(subject_name)
    lock_subjects([name.qualified])
    subject = _subject_row(name)
    if subject is None:
        context = RegistryContext.objects.get_or_create(name=name.context)[0]
        subject = Subject.objects.create(context=context, name=name.name)
    return subject


def _change_subject(
    subject: Subject, changes: dict[str, Any], by: Principal, request_number: int | None
) -> None:
    before: dict[str, object] = {name: getattr(subject, name) for name in changes}
    for name, value in changes.items():
        setattr(subject, name, value)
    subject.revision += 1
    subject.save(update_fields=[*changes, "revision", "updated_at"])
    record(
        "subject_configured", subject, by=by, before=before, after=dict(changes),
        request_number=request_number,
    )  # fmt: skip
    outbox("subject_configured", subject, **changes)
    announce(subject_changed, subject_id=subject.pk)
    wake("schemas.check_subject", subject.pk)


def _change_context(changes: dict[str, str], by: Principal) -> None:
    context = RegistryContext.objects.get_or_create(name=DEFAULT_CONTEXT)[0]
    before: dict[str, object] = {name: getattr(context, name) for name in changes}
    for name, value in changes.items():
        setattr(context, name, value)
    context.save(update_fields=list(changes))
    record("registry_configured", context, by=by, before=before, after=dict(changes))


@audited
def replace_derived_associations(
    namespace: str, resource: str, entries: Iterable[AssociationEntry], *, by: Principal
) -> None:
    """Say anew which subjects a topic's key and value belong to; called when ports change.

    `namespace` is the Kafka cluster id, `resource` the topic. Only derived rows are replaced.
    """
    rows = Association.objects.filter(
        resource_namespace=namespace, resource_name=resource, source="derived"
    )
    wanted = {(entry.association_type, entry.subject): entry for entry in entries}
    for row in rows:
        entry = wanted.pop((row.association_type, row.subject_name), None)
        if entry is None:
            row.delete()
        elif row.resource_id != entry.resource_id:
            row.resource_id = entry.resource_id
            row.save(update_fields=["resource_id", "updated_at"])
    Association.objects.bulk_create(
        Association(
            resource_namespace=namespace,
            resource_name=resource,
            resource_id=entry.resource_id,
            association_type=entry.association_type,
            subject_name=entry.subject,
        )
        for entry in wanted.values()
    )


@audited
def check_subject(subject_id: int, *, by: Principal) -> str | None:
    """Judge a subject's history anew and keep the verdict; None when the subject is gone."""
    subject = Subject.objects.select_related("context").filter(pk=subject_id).first()
    if subject is None:
        return None
    history = judge_history(subject)
    if history.versions == 0:
        SubjectCheck.objects.filter(subject=subject).delete()
        return None
    SubjectCheck.objects.update_or_create(
        subject=subject,
        defaults={
            "checked_at": database_now(),
            "level": history.level,
            "outcome": history.outcome,
            "versions": history.versions,
            "findings": list(history.findings),
        },
    )
    announce(subject_checked, subject_id=subject.pk, outcome=history.outcome)
    return history.outcome


@audited
def record_access(seen: Sequence[Seen], *, by: Principal) -> None:
    """Add counts of use; high-volume facts are not audited one by one."""
    announce(access_seen, access_ids=write_access(seen))
