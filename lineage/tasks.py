"""Tasks of the lineage room: each may run twice and leaves the same rows as once."""

from __future__ import annotations

from collections.abc import Sequence

from lineage import actions
from lineage.evidence import observing
from lineage.openlineage.accepting import jobs_of_unresolved
from mesh.kernel.tasks import task

REBUILT_AT_ONCE = 50


@task("lineage.observe_reads", queue="default", hard_s=60)
def observe_reads(pairs: Sequence[Sequence[int]]) -> None:
    """Groups whose commit moved, by (group, topic) primary keys."""
    actions.observe(observing.moved_sightings(pairs))


@task("lineage.observe_assignments", queue="default", hard_s=60)
def observe_assignments(cluster_id: int) -> None:
    """Members of one cluster's groups that hold partitions."""
    actions.observe(observing.assigned_sightings(cluster_id))


@task("lineage.observe_access", queue="default", hard_s=60)
def observe_access(access_ids: Sequence[int]) -> None:
    """Rows of RegistryAccess that were written."""
    actions.observe(observing.access_sightings(access_ids))


@task("lineage.observe_subject", queue="default", hard_s=60)
def observe_subject(subject_name: str) -> None:
    """All recorded use of a subject that a topic was bound to."""
    actions.observe(observing.subject_sightings(subject_name))


@task("lineage.know_topics", queue="default", hard_s=60)
def know_topics(topic_ids: Sequence[int]) -> None:
    """Topics that appeared, changed or ended."""
    actions.know_topics(topic_ids)


@task("lineage.catch_up", queue="default", hard_s=120)
def catch_up() -> None:
    """Topics without a node and uses of the last hour that a lost wake-up left behind; datasets to place."""
    actions.know_topics(observing.unknown_topics())
    actions.observe(observing.recent_access_sightings())
    for job_id in jobs_of_unresolved(REBUILT_AT_ONCE):
        actions.rebuild_job(job_id)


@task("lineage.rebuild_job", queue="default", hard_s=120)
def rebuild_job(job_id: int) -> None:
    """A job whose last event named many datasets."""
    actions.rebuild_job(job_id)


@task("lineage.forget_events", queue="default", hard_s=300)
def forget_events() -> None:
    """Raw events and runs that are older than we keep."""
    actions.forget_events()


@task("lineage.expire_evidence", queue="default", hard_s=120)
def expire_evidence() -> None:
    """Advance the clocks of covered time and end what they outlived."""
    actions.expire_evidence()
