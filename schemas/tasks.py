"""Tasks of the schemas room."""

from __future__ import annotations

from mesh.audit.principal import SYSTEM
from mesh.kernel.tasks import task
from schemas import actions


@task("schemas.check_subject", queue="schemas", hard_s=30)
def check_subject(subject_id: int) -> None:
    """Judge one subject's history under its level."""
    actions.check_subject(subject_id, by=SYSTEM)
