"""Jobs as anybody signed in may see them: progress and reason, no arguments."""

from __future__ import annotations

from uuid import UUID

from mesh.audit.models import Job
from mesh.audit.principal import Principal
from mesh.kernel.errors import NotFound
from mesh.people.authz.doors import scope


def job_of(viewer: Principal, public_id: UUID) -> Job:
    """One job. Raises NotFound."""
    job = scope(viewer, "job.read", Job.objects.filter(public_id=public_id)).first()
    if job is None:
        raise NotFound
    return job
