"""Tasks of the streams room: sweep a cluster, forget old samples."""

from __future__ import annotations

from mesh.kernel.tasks import task
from streams.actions.sweeps import forget_old_samples
from streams.sweeping import sweep


@task("streams.sweep_cluster", queue="streams", hard_s=60)
def sweep_cluster(cluster_id: int, slot: int) -> None:
    """One sweep slot of one cluster; the slot's row makes a second run harmless."""
    sweep.sweep_cluster(cluster_id, slot)


@task("streams.forget_old_samples", queue="streams", hard_s=60)
def forget() -> None:
    """Drop raw samples past their time; repeating drops nothing more."""
    forget_old_samples()
