"""Tasks of the catalogue: each loads, calls an action, is done."""

from __future__ import annotations

from catalog.actions.judging import forget_verdicts, judge, judge_silent
from catalog.actions.popularity import count_consumers
from catalog.actions.pushes import push_down, unclaimed_group_products
from catalog.actions.schema_incidents import judge_subject
from catalog.sampling.sample import sample_topic
from catalog.search.index import (
    KINDS,
    missing_documents,
    of_subject,
    products_behind,
    rebuild_search,
    topic_ids_as_public,
)
from mesh.audit.principal import SYSTEM
from mesh.kernel.tasks import for_each, task


@task("catalog.push_ownership", queue="default", hard_s=60)
def push_ownership(product_id: int) -> None:
    """Tell the lower rooms what a product owns, declares, wants watched; repeatable."""
    push_down(product_id, by=SYSTEM)


@task("catalog.claim_groups", queue="default", hard_s=60)
def claim_groups() -> None:
    """Groups that appeared after their input port did get their owner."""
    for product_id in unclaimed_group_products():
        push_down(product_id, by=SYSTEM)


@task("catalog.judge_promises", queue="default", hard_s=60)
def judge_promises(cluster_id: int, sweep_id: int) -> None:
    """Judge what is promised on a cluster after a look at it; a slot is judged once."""
    judge(cluster_id, sweep_id, by=SYSTEM)


@task("catalog.judge_subject", queue="default", hard_s=30)
def judge_subject_history(subject_id: int) -> None:
    """A subject's history was checked: open or close its incident."""
    judge_subject(subject_id)


@task("catalog.sample_topic", queue="default", hard_s=60)
def sample_one_topic(topic_id: int) -> None:
    """Look at real records of a topic whose product allows it."""
    sample_topic(topic_id, by=SYSTEM)


@task("catalog.judge_silent", queue="default", hard_s=60)
def judge_silent_clusters() -> None:
    """Verdicts of clusters nobody looks at become unknown."""
    judge_silent(by=SYSTEM)


@task("catalog.forget_verdicts", queue="default", hard_s=120)
def forget_old_verdicts() -> None:
    """Drop raw verdicts past their time; repeating drops nothing more."""
    forget_verdicts(by=SYSTEM)


@task("catalog.rebuild_search", queue="default", hard_s=120)
def rebuild_search_documents(kind: str, ids: list[str] | None = None) -> None:
    """Rebuild the search documents of some objects, or of a whole kind."""
    rebuild_search(kind, ids, by=SYSTEM)


@task("catalog.index_topics", queue="default", hard_s=60)
def index_topics(topic_ids: list[int]) -> None:
    """Topics appeared, changed or ended."""
    rebuild_search("topic", topic_ids_as_public(topic_ids), by=SYSTEM)


@task("catalog.index_subject", queue="default", hard_s=60)
def index_subject(*subject_ids: int) -> None:
    """Subjects got versions: they, and the products they describe, are searched anew."""
    for_each(_index_subject, subject_ids)


def _index_subject(subject_id: int) -> None:
    subjects, products = of_subject(subject_id)
    rebuild_search("subject", subjects, by=SYSTEM)
    rebuild_search("product", products, by=SYSTEM)


@task("catalog.index_missing", queue="default", hard_s=60)
def index_missing() -> None:
    """What appeared or ended without telling us, and products whose schemas moved so."""
    for kind in KINDS:
        if ids := missing_documents(kind):
            rebuild_search(kind, ids, by=SYSTEM)
    if behind := products_behind():
        rebuild_search("product", behind, by=SYSTEM)


@task("catalog.count_consumers", queue="default", hard_s=60)
def count_product_consumers() -> None:
    """How many groups read each product."""
    count_consumers(by=SYSTEM)
