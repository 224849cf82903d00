"""Tasks of the schemas room."""

from __future__ import annotations

from mesh.audit.principal import SYSTEM
from mesh.kernel.tasks import for_each, task
from schemas import actions


@task("schemas.check_subject", queue="schemas", hard_s=30)
def check_subject(*subject_ids: int) -> None:
    """Judge subjects' histories under their levels."""
    for_each(lambda subject_id: actions.check_subject(subject_id, by=SYSTEM), subject_ids)
