"""Tasks of the catalogue: each loads, calls an action, is done."""

from __future__ import annotations

from catalog.actions.judging import forget_verdicts, judge, judge_silent
from catalog.actions.pushes import push_down
from mesh.audit.principal import SYSTEM
from mesh.kernel.tasks import task


@task("catalog.push_ownership", queue="default", hard_s=60)
def push_ownership(product_id: int) -> None:
    """Tell the lower rooms what a product owns, declares, wants watched; repeatable."""
    push_down(product_id, by=SYSTEM)


@task("catalog.judge_promises", queue="default", hard_s=60)
def judge_promises(cluster_id: int, sweep_id: int) -> None:
    """Judge what is promised on a cluster after a look at it; a slot is judged once."""
    judge(cluster_id, sweep_id, by=SYSTEM)


@task("catalog.judge_silent", queue="default", hard_s=60)
def judge_silent_clusters() -> None:
    """Verdicts of clusters nobody looks at become unknown."""
    judge_silent(by=SYSTEM)


@task("catalog.forget_verdicts", queue="default", hard_s=120)
def forget_old_verdicts() -> None:
    """Drop raw verdicts past their time; repeating drops nothing more."""
    forget_verdicts(by=SYSTEM)
