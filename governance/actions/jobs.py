"""Jobs that gave up may be run again by whoever runs the platform."""

from __future__ import annotations

from governance.errors import RequestState
from mesh.audit.actions import audited, record, wake
from mesh.audit.models import Job
from mesh.audit.principal import Principal
from mesh.kernel.database import database_now
from mesh.people.authz.doors import require


@audited
def retry_job(job_id: int, *, by: Principal) -> Job:
    """Put a failed job back into the queue. Raises RequestState for one that did not fail."""
    require(by, "job.retry")
    job = Job.objects.select_for_update(no_key=True).get(pk=job_id)
    again = Job.objects.filter(
        kind=job.kind, key=job.key, state__in=["waiting", "running"]
    ).exists()
    if job.state != Job.State.FAILED or again:
        raise RequestState(
            f"The job is {job.state}; only a failed one without a successor runs again."
        )
    job.state, job.attempts, job.error = Job.State.WAITING, 0, None
    job.due_at, job.lease_until, job.ended_at = database_now(), None, None
    job.save(update_fields=["state", "attempts", "error", "due_at", "lease_until", "ended_at"])
    record("job_retried", job, by=by, after={"kind": job.kind, "key": job.key})
    wake("audit.run_job", job.pk)
    return job
