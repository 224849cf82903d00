"""Incidents about schemas: ids that do not belong, records nobody can read, incompatible history."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.actions.health import refresh_health
from catalog.actions.incidents import Breach, close_incident, open_incident
from catalog.models import DataProduct, Incident
from catalog.sampling.checking import Finding
from mesh.audit.actions import audited
from mesh.kernel.database import database_now
from mesh.people.models import ObjectScope
from schemas.models import Subject, SubjectCheck
from streams.models import Topic


@audited
def settle_sample(
    product: DataProduct, topic: Topic, findings: Sequence[Finding], *, records: int
) -> None:
    """Open an incident per bad schema id; close those that a sample with records does not repeat."""
    bad: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.is_bad:
            bad.setdefault(_target(topic, finding.schema_id), []).append(finding)
    standing = Incident.objects.filter(
        kind=Incident.Kind.SCHEMA,
        target_key__startswith=f"topic:{topic.public_id}:",
        resolved_at__isnull=True,
    ).select_related("product")
    for incident in standing:
        if incident.target_key not in bad and records:
            close_incident(incident, f"The newest sample of {records} records is clean.")
    for target, rows in bad.items():
        open_incident(_sampled(product, topic, target, rows))
    refresh_health([product.pk])


def _sampled(product: DataProduct, topic: Topic, target: str, rows: Sequence[Finding]) -> Breach:
    first, count = rows[0], sum(row.count for row in rows)
    return Breach(
        kind=Incident.Kind.SCHEMA,
        target_key=target,
        product=product,
        title=f"{product.name}: {first.words}",
        started_at=database_now(),
        evidence={
            "topic": topic.name,
            "topic_id": str(topic.public_id),
            "schema_id": first.schema_id,
            "records": count,
            "reason": f"{count} sampled records on {topic.name}: {first.words}.",
            "findings": [row.row() for row in rows],
            "as_of": database_now().isoformat(),
        },
    )


def _target(topic: Topic, schema_id: int) -> str:
    return f"topic:{topic.public_id}:{schema_id}"


@audited
def judge_subject(subject_id: int) -> None:
    """Open or close the incident of a subject's history; subjects nobody owns have none."""
    subject = Subject.objects.filter(pk=subject_id).first()
    verdict = SubjectCheck.objects.filter(subject_id=subject_id).first()
    if subject is None or verdict is None or verdict.outcome == "unknown":
        return
    target = f"subject:{subject.public_id}"
    standing = Incident.objects.filter(
        kind=Incident.Kind.SCHEMA, target_key=target, resolved_at__isnull=True
    ).select_related("product")
    if verdict.outcome == "pass":
        for incident in standing:
            close_incident(incident, f"Every version of {subject.name} is compatible again.")
            refresh_health([incident.product_id])
        return
    scope = ObjectScope.objects.filter(kind="subject", object_id=subject.public_id).first()
    product = None
    if scope is not None and scope.product_id is not None:
        product = DataProduct.objects.filter(public_id=scope.product_id).first()
    if product is not None:
        open_incident(_incompatible(product, subject, verdict, target))
        refresh_health([product.pk])


def _incompatible(
    product: DataProduct, subject: Subject, verdict: SubjectCheck, target: str
) -> Breach:
    return Breach(
        kind=Incident.Kind.SCHEMA,
        target_key=target,
        product=product,
        title=f"{product.name}: versions of {subject.name} are not {verdict.level.lower()} compatible",
        started_at=verdict.checked_at,
        evidence={
            "subject": subject.name,
            "subject_id": str(subject.public_id),
            "level": verdict.level,
            "reason": f"{len(verdict.findings)} incompatibilities under {verdict.level}.",
            "findings": verdict.findings[:20],
            "as_of": verdict.checked_at.isoformat(),
        },
    )
