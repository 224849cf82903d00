"""Claiming and marking Job rows: lease by the database clock, fencing number, attempts at claim."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q

from mesh.audit.actions import wake
from mesh.audit.models import Job
from mesh.audit.principal import Principal
from mesh.kernel.database import database_now

MAX_ATTEMPTS = 3
LEASE_S = 60


def enqueue(
    kind: str, key: str, *, by: Principal, title: str = "", arguments: dict[str, object] | None = None,
    delay_s: float = 0,
) -> Job:  # fmt: skip
    """An open job of this kind and key: the waiting one if there is one, else a new row; then a hint."""
    job, _ = Job.objects.get_or_create(
        kind=kind,
        key=key,
        state__in=[Job.State.WAITING, Job.State.RUNNING],
        defaults={
            "state": Job.State.WAITING,
            "title": title,
            "arguments": arguments or {},
            "principal_kind": by.kind,
            "principal_id": by.id,
            "due_at": database_now() + timedelta(seconds=delay_s),
        },
    )
    if delay_s == 0:
        wake("audit.run_job", job.pk)
    return job


def claim(job_id: int, *, lease_s: float = LEASE_S) -> Job | None:
    """Take a due job: None when another worker holds it, it ended, or its attempts are used up."""
    with transaction.atomic():
        now = database_now()
        job = (
            Job.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(pk=job_id, state__in=[Job.State.WAITING, Job.State.RUNNING], due_at__lte=now)
            .filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now))
            .first()
        )
        if job is None:
            return None
        if job.attempts >= MAX_ATTEMPTS:
            job.state, job.ended_at = Job.State.FAILED, now
            job.error = job.error or {
                "code": "attempts",
                "detail": f"Gave up after {MAX_ATTEMPTS} attempts.",
            }
            job.save(update_fields=["state", "ended_at", "error"])
            return None
        job.state, job.lease_until = Job.State.RUNNING, now + timedelta(seconds=lease_s)
        job.fence, job.attempts = job.fence + 1, job.attempts + 1
        job.started_at = job.started_at or now
        job.save(update_fields=["state", "lease_until", "fence", "attempts", "started_at"])
        return job


def still_mine(job: Job, *, lease_s: float = LEASE_S) -> bool:
    """Renew the lease; False when somebody else took the job over."""
    until = database_now() + timedelta(seconds=lease_s)
    return (
        Job.objects.filter(pk=job.pk, fence=job.fence, state=Job.State.RUNNING).update(
            lease_until=until
        )
        == 1
    )


def step(job: Job, words: str, state: str = "done") -> None:
    """Add a line of visible progress."""
    job.steps = [*job.steps, {"at": database_now().isoformat(), "label": words, "state": state}]
    Job.objects.filter(pk=job.pk, fence=job.fence).update(steps=job.steps)


def finish(job: Job, *, result_href: str = "") -> None:
    """Mark the job done."""
    Job.objects.filter(pk=job.pk, fence=job.fence).update(
        state=Job.State.DONE, ended_at=database_now(), lease_until=None, result_href=result_href
    )


def fail(job: Job, code: str, detail: str) -> None:
    """Mark the job failed for good, with its reason."""
    Job.objects.filter(pk=job.pk, fence=job.fence).update(
        state=Job.State.FAILED,
        ended_at=database_now(),
        lease_until=None,
        error={"code": code, "detail": detail},
    )


def later(job: Job, delay_s: float, *, counts: bool = False) -> None:
    """Give the job back to be run again after a pause; a planned pause uses up no attempt."""
    Job.objects.filter(pk=job.pk, fence=job.fence).update(
        state=Job.State.WAITING,
        lease_until=None,
        due_at=database_now() + timedelta(seconds=delay_s),
        attempts=F("attempts") if counts else F("attempts") - 1,
    )


def due_ids(limit: int = 200) -> list[int]:
    """Jobs that should be running: due, and without a living lease."""
    now = database_now()
    rows = (
        Job.objects.filter(state__in=[Job.State.WAITING, Job.State.RUNNING], due_at__lte=now)
        .filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now))
        .order_by("due_at")
    )
    return list(rows.values_list("pk", flat=True)[:limit])
