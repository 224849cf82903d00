"""A job is claimed by one worker, given back, and gives up after three attempts with its reason."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from mesh.audit import jobs
from mesh.audit.models import Job
from mesh.audit.principal import SYSTEM
from mesh.audit.schedule import take_slot
from mesh.kernel.database import database_now


@pytest.mark.django_db
def test_same_kind_and_key_is_one_open_job() -> None:
    first = jobs.enqueue("x", "1", by=SYSTEM)
    assert jobs.enqueue("x", "1", by=SYSTEM).pk == first.pk
    jobs.finish(jobs.claim(first.pk) or first)
    assert jobs.enqueue("x", "1", by=SYSTEM).pk != first.pk


@pytest.mark.django_db
def test_claimed_job_is_not_claimed_again_until_its_lease_ends() -> None:
    job = jobs.enqueue("x", "1", by=SYSTEM)
    claimed = jobs.claim(job.pk)
    assert claimed is not None and jobs.claim(job.pk) is None
    Job.objects.filter(pk=job.pk).update(lease_until=database_now() - timedelta(seconds=1))
    again = jobs.claim(job.pk)
    assert again is not None and again.fence == claimed.fence + 1
    assert not jobs.still_mine(claimed) and jobs.still_mine(again)


@pytest.mark.django_db
def test_third_failure_ends_the_job_with_a_reason() -> None:
    job = jobs.enqueue("x", "1", by=SYSTEM)
    for _ in range(jobs.MAX_ATTEMPTS):
        claimed = jobs.claim(job.pk)
        assert claimed is not None
        jobs.later(claimed, 0, counts=True)
    assert jobs.claim(job.pk) is None
    job.refresh_from_db()
    assert job.state == "failed" and job.error is not None and job.ended_at is not None


@pytest.mark.django_db
def test_planned_pause_uses_up_no_attempt() -> None:
    job = jobs.enqueue("x", "1", by=SYSTEM)
    for _ in range(10):
        claimed = jobs.claim(job.pk)
        assert claimed is not None
        jobs.later(claimed, 0)
    assert Job.objects.get(pk=job.pk).attempts == 0


@pytest.mark.django_db(transaction=True)
def test_sixteen_workers_claim_once() -> None:
    job = jobs.enqueue("x", "1", by=SYSTEM)
    won: list[int] = []
    barrier = threading.Barrier(16)

    def work() -> None:
        barrier.wait()
        try:
            if jobs.claim(job.pk) is not None:
                won.append(1)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


@pytest.mark.django_db
def test_slot_is_taken_once() -> None:
    assert take_slot("a", 1) and not take_slot("a", 1) and take_slot("a", 2) and take_slot("b", 1)
