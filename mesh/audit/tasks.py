"""Tasks of the audit floor: run a job, wake what is due, heartbeat, fan the outbox out."""

from __future__ import annotations

import os
import socket

import structlog
from django.db import connection

from mesh.audit import jobs
from mesh.audit.answers import forget_old_answers
from mesh.audit.fanout import fan_out
from mesh.audit.runners import runner_of
from mesh.kernel.tasks import hints, task

log = structlog.get_logger(__name__)


@task("audit.run_job", queue="default", hard_s=300)
def run_job(job_id: int) -> None:
    """Claim a job and do its work; running it twice is harmless: the claim decides."""
    job = jobs.claim(job_id, lease_s=330)
    if job is None:
        return
    runner = runner_of(job.kind)
    if runner is None:
        jobs.fail(job, "no_runner", f"Nothing here does jobs of kind {job.kind}.")
        return
    try:
        runner(job)
    except Exception as error:
        log.exception("job_failed", kind=job.kind, key=job.key)
        jobs.later(job, 5 * job.attempts, counts=True)
        job.error = {"code": "exception", "detail": f"{type(error).__name__}: {error}"[:500]}
        type(job).objects.filter(pk=job.pk).update(error=job.error)


@task("audit.reap", queue="default", hard_s=30)
def reap() -> None:
    """Wake every job that is due and has no living lease, and the outbox."""
    for job_id in jobs.due_ids():
        hints.send("audit.run_job", (job_id,))
    hints.send("audit.deliver_outbox", ())


def _beat(queue_name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into audit_workerheartbeat (queue, worker, at) values (%s, %s, clock_timestamp()) "
            "on conflict (queue, worker) do update set at = clock_timestamp()",
            [queue_name, f"{socket.gethostname()}:{os.getppid()}"],
        )


@task("audit.heartbeat_streams", queue="streams", hard_s=30)
def heartbeat_streams() -> None:
    """Write that the streams queue is really being worked on."""
    _beat("streams")


@task("audit.heartbeat_schemas", queue="schemas", hard_s=30)
def heartbeat_schemas() -> None:
    """Write that the schemas queue is really being worked on."""
    _beat("schemas")


@task("audit.heartbeat_default", queue="default", hard_s=30)
def heartbeat_default() -> None:
    """Write that the default queue is really being worked on."""
    _beat("default")


@task("audit.forget_answers", queue="default", hard_s=60)
def forget_answers() -> None:
    """Delete first answers to repeated POSTs after a day."""
    forget_old_answers()


@task("audit.deliver_outbox", queue="default", hard_s=60)
def deliver_outbox() -> None:
    """Hand waiting events to every channel and mark them done."""
    fan_out()
