"""Jobs people start: a sweep now, and the self-test of a cluster, each with visible steps."""

from __future__ import annotations

from mesh.audit import jobs
from mesh.audit.models import Job
from mesh.kernel.database import database_now
from streams.connections import connection_of
from streams.kafka import read
from streams.kafka.results import Known, Unknown
from streams.models import Cluster
from streams.queries.lists import reason_words
from streams.sweeping.sweep import sweep_cluster

SWEEP_NOW = "streams.sweep_now"
SELF_TEST = "streams.self_test"
NEEDED_OPERATIONS = ("DESCRIBE",)


def sweep_now(job: Job) -> None:
    """Sweep outside the schedule; the slot is the second, so that it never meets a scheduled one."""
    cluster = Cluster.objects.filter(public_id=job.key).first()
    if cluster is None:
        jobs.fail(job, "not_found", "The cluster is gone.")
        return
    jobs.step(job, f"Asking {cluster.name} for topics, groups, commits and log ends", "done")
    sweep = sweep_cluster(cluster.pk, -int(database_now().timestamp()))
    if sweep is None or sweep.outcome != "done":
        cluster.refresh_from_db()
        why = reason_words(cluster.state_reason) or "another sweep holds the slot"
        jobs.step(job, f"Not answered: {why}", "failed")
        jobs.fail(
            job,
            "unreachable",
            f"{cluster.name}: {why}. Check the address on its page, then try again.",
        )
        return
    words = ", ".join(f"{kind} {round(ratio * 100)} %" for kind, ratio in sweep.coverage.items())
    jobs.step(job, f"Recorded in {sweep.duration_ms} ms. Coverage: {words}")
    jobs.finish(job, result_href=f"/clusters/{cluster.public_id}")


def self_test(job: Job) -> None:
    """Reachable? Whose cluster? What may we do, and what will stay unknown?"""
    cluster = Cluster.objects.filter(public_id=job.key).first()
    if cluster is None:
        jobs.fail(job, "not_found", "The cluster is gone.")
        return
    connection = connection_of(cluster)
    probe = read.probe(connection, ignore_breaker=True)
    if isinstance(probe, Unknown):
        jobs.step(job, f"No answer: {reason_words(probe.reason.value)}. {probe.detail}", "failed")
        jobs.fail(
            job,
            probe.reason.value.lower(),
            f"{cluster.name} does not answer: {reason_words(probe.reason.value)}.",
        )
        return
    jobs.step(
        job,
        f"Reachable: cluster {probe.value.kafka_cluster_id} with {len(probe.value.brokers)} brokers",
    )
    rights = read.rights(connection)
    operations = rights.value.cluster_operations if isinstance(rights, Known) else None
    if operations is None:
        jobs.step(
            job,
            "The cluster does not say what we may do; missing rights will show as unknown.",
            "warn",
        )
    else:
        missing = [name for name in NEEDED_OPERATIONS if name not in operations]
        words = (
            f"Missing on the cluster: {', '.join(missing)}"
            if missing
            else "We may describe the cluster"
        )
        jobs.step(job, words, "failed" if missing else "done")
    topics = read.topics(connection)
    if isinstance(topics, Known):
        jobs.step(job, f"{len(topics.value)} topics are visible to us")
    groups = read.groups(connection)
    if isinstance(groups, Known):
        problems = (
            f"; {len(groups.value.problems)} brokers did not answer"
            if groups.value.problems
            else ""
        )
        jobs.step(
            job,
            f"{len(groups.value.groups)} consumer groups are listed{problems}",
            "failed" if problems else "done",
        )
    jobs.finish(job, result_href=f"/clusters/{cluster.public_id}")
