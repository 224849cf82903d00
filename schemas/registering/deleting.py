"""Deletion: softly first, when ids still resolve, then for good."""

from __future__ import annotations

from django.db.models import Max, QuerySet

from mesh.audit.actions import announce, outbox, record
from mesh.audit.principal import Principal
from mesh.kernel.database import database_now
from mesh.kernel.errors import clipped
from mesh.people.models import ObjectScope
from schemas.errors import (
    NotPermittedHere,
    ReferencedElsewhere,
    SubjectMissing,
    SubjectNotSoftDeleted,
    SubjectSoftDeleted,
    VersionMissing,
    VersionNotSoftDeleted,
    VersionSoftDeleted,
)
from schemas.models import SchemaReference, SchemaVersion, Subject
from schemas.registering.gone import tell_gone
from schemas.signals import subject_changed


def refuse_for_good(owner: ObjectScope | None, *, permanent: bool, has_approval: bool) -> None:
    """Raise NotPermittedHere when a product's subject would be removed without a decision."""
    if permanent and owner is not None and not has_approval:
        raise NotPermittedHere(
            f"The subject belongs to {owner.product_slug or 'a product'}: "
            "removing it for good needs a change request."
        )


def delete_all(subject: Subject, *, permanent: bool, by: Principal) -> list[int]:
    """Delete every version; answers their numbers. The subject's lock must be held."""
    rows = SchemaVersion.objects.filter(subject=subject).order_by("version")
    live = list(rows.filter(deleted_at__isnull=True).values_list("version", flat=True))
    everything = list(rows.values_list("version", flat=True))
    if not everything:
        raise SubjectMissing(f"Subject '{clipped(subject.name)}' not found.")
    if permanent and live:
        raise SubjectNotSoftDeleted(
            f"Subject '{clipped(subject.name)}' was not deleted first before being permanently "
            "deleted"
        )
    if not permanent and not live:
        raise SubjectSoftDeleted(
            f"Subject '{clipped(subject.name)}' was soft deleted. "
            "Set permanent=true to delete permanently"
        )
    _refuse_referenced(rows, outside=subject, deleted_too=permanent)
    if permanent:
        _remove(subject, rows, everything, by)
        return everything
    rows.filter(deleted_at__isnull=True).update(deleted_at=database_now())
    _tell("subject_deleted", subject, live, by)
    return live


def delete_one(subject: Subject, number: int | None, *, permanent: bool, by: Principal) -> int:
    """Delete one version, None for the latest live one; answers its number."""
    rows = SchemaVersion.objects.filter(subject=subject)
    if number is None:
        live = rows.filter(deleted_at__isnull=True)
        number = live.aggregate(top=Max("version"))["top"]
    row = rows.filter(version=number or 0).first()
    if row is None or number is None:
        raise VersionMissing(f"Version {number or 'latest'} not found.")
    if permanent and row.deleted_at is None:
        raise VersionNotSoftDeleted(
            f"Subject '{clipped(subject.name)}' Version {number} was not deleted first before being "
            "permanently deleted"
        )
    if not permanent and row.deleted_at is not None:
        raise VersionSoftDeleted(
            f"Subject '{clipped(subject.name)}' Version {number} was soft deleted. "
            "Set permanent=true to delete permanently"
        )
    one = rows.filter(pk=row.pk)
    _refuse_referenced(one, outside=None, deleted_too=permanent)
    if permanent:
        _remove(subject, one, [number], by)
        return number
    one.update(deleted_at=database_now())
    _tell("schema_version_deleted", subject, [number], by)
    return number


def _refuse_referenced(
    rows: QuerySet[SchemaVersion], *, outside: Subject | None, deleted_too: bool
) -> None:
    """A referrer blocks; one inside the same subject does not when the whole subject goes."""
    contents = SchemaReference.objects.filter(target__in=rows).values("content")
    referrers = SchemaVersion.objects.filter(schema_id__content__in=contents)
    if outside is not None:
        referrers = referrers.exclude(subject=outside)
    if not deleted_too:
        referrers = referrers.filter(deleted_at__isnull=True)
    referrer = referrers.select_related("subject").order_by("pk").first()
    if referrer is not None:
        raise ReferencedElsewhere(
            "One or more references exist to the schema: version "
            f"{referrer.version} of {clipped(referrer.subject.name)} refers to it."
        )


def _remove(
    subject: Subject, rows: QuerySet[SchemaVersion], numbers: list[int], by: Principal
) -> None:
    """Remove rows; contents stay, so that identities never move. The last one takes the subject."""
    pks = list(rows.values_list("pk", flat=True))
    SchemaReference.objects.filter(target_id__in=pks).update(target=None)
    _tell("schema_removed", subject, numbers, by)
    SchemaVersion.objects.filter(pk__in=pks).delete()
    if not SchemaVersion.objects.filter(subject=subject).exists():
        Subject.objects.filter(pk=subject.pk).delete()
    tell_gone()


def _tell(action: str, subject: Subject, numbers: list[int], by: Principal) -> None:
    record(action, subject, by=by, before={"versions": numbers}, after={"versions": []})
    outbox(action, subject, versions=numbers)
    announce(subject_changed, subject_id=subject.pk)
