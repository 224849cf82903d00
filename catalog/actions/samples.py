"""Asking for a sample now: a job with visible steps."""

from __future__ import annotations

from catalog.errors import SamplingOff
from catalog.models import DataProduct, PortTopic
from catalog.sampling.sample import sample_topic
from mesh.audit import jobs
from mesh.audit.actions import audited, record
from mesh.audit.models import Job
from mesh.audit.principal import SYSTEM, Principal
from mesh.people.authz.doors import require

KIND = "catalog.sample"


@audited
def request_sample(product: DataProduct, *, by: Principal) -> Job:
    """Sample the product's topics now; the open job when one waits. Raises NotAllowed, SamplingOff."""
    require(by, "product.edit", product)
    if not product.sampling:
        raise SamplingOff(f"{product.name} does not allow sampling; its owner can switch it on.")
    record("sample_requested", product, by=by)
    return jobs.enqueue(
        KIND, str(product.public_id), by=by, title=f"Sample the topics of {product.name}",
        arguments={"product_id": product.pk},
    )  # fmt: skip


def run_sample(job: Job) -> None:
    """Do a requested sample, topic by topic."""
    rows = PortTopic.objects.filter(
        port__product_id=job.arguments["product_id"], direction="output", live=True
    ).select_related("topic", "port__product")
    slug = ""
    for row in rows:
        slug = row.port.product.slug
        run = sample_topic(row.topic_id, by=SYSTEM)
        if run is None:
            jobs.step(job, f"{row.topic.name}: sampling is off", "failed")
        elif run.outcome == "unknown":
            jobs.step(job, f"{row.topic.name}: not read, {run.reason}", "failed")
        else:
            bad = sum(
                each["count"] for each in run.findings if each["verdict"] not in ("ok", "unread")
            )
            jobs.step(job, f"{row.topic.name}: {run.records} records, {bad} bad")
        jobs.still_mine(job)
    jobs.finish(job, result_href=f"/products/{slug}/schema" if slug else "")
