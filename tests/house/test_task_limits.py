"""H4: every task is bounded in time, has its own queue, is acknowledged late and documented."""

from __future__ import annotations

from typing import Any

from celery import Celery
from django.conf import settings

from mesh.celery import app
from mesh.kernel import tasks
from mesh.kernel.tasks import ORDINARY, URGENT, MeshTask, task
from tests.house.tree import CHECKOUT

HARD_MOST_S = 300  # half of the visibility time-out: no message is delivered twice while it runs


# Somebody waits for these, or the truth of every page does: the list may grow only with its reason.
URGENT_ONES = {
    "audit.run_job",  # a person approved or asked
    "audit.heartbeat_default",  # late, it would say that nobody works
    "audit.heartbeat_schemas",
    "audit.heartbeat_streams",
    "streams.sweep_cluster",  # late, everything becomes unknown
    "catalog.judge_promises",
}


def faults_of(name: str, declared: Any) -> list[str]:
    """What a task lacks."""
    hard, soft = declared.time_limit, declared.soft_time_limit
    checks = {
        "does not use mesh.kernel.tasks.task": isinstance(declared, MeshTask),
        "has no limits with 0 < soft < hard <= 300": bool(
            hard and soft and 0 < soft < hard <= HARD_MOST_S
        ),
        "names no known queue": getattr(declared, "room_queue", None)
        in settings.CELERY_TASK_QUEUES,
        "is not acknowledged late": declared.acks_late is True,
        "keeps a result": declared.ignore_result is True,
        "is not named <room>.<task>": name.count(".") == 1,
        "has no docstring": bool((declared.run.__doc__ or "").strip()),
    }
    return [f"{name} {words}" for words, holds in checks.items() if not holds]


def our_tasks() -> dict[str, Any]:
    app.loader.import_default_modules()
    return {name: found for name, found in app.tasks.items() if not name.startswith("celery.")}


def test_every_task_is_bounded() -> None:
    found = our_tasks()
    assert len(found) >= 5, "the tasks of the rooms were not found"
    assert [fault for name, declared in found.items() for fault in faults_of(name, declared)] == []


def test_the_visibility_time_out_is_twice_the_longest_task() -> None:
    waits = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    assert waits >= 2 * max(declared.time_limit for declared in our_tasks().values())


def test_few_tasks_are_urgent() -> None:
    assert tasks._urgent == URGENT_ONES
    assert set(our_tasks()) >= URGENT_ONES
    assert settings.CELERY_BROKER_TRANSPORT_OPTIONS["priority_steps"] == [URGENT, ORDINARY]


def test_every_task_has_its_row_in_the_documentation() -> None:
    page = (CHECKOUT / "docs" / "tasks.md").read_text()
    assert [name for name in our_tasks() if f"`{name}`" not in page] == []


def test_a_planted_task_without_limits_is_found() -> None:
    other = Celery("planted")

    @other.task(name="planted", shared=False)
    def planted() -> None:
        pass

    other.finalize()
    found = faults_of("planted", other.tasks["planted"])
    assert len(found) == 7, found


def test_a_task_of_ours_has_no_fault() -> None:
    @task("kernel.planted", queue="default", hard_s=30)
    def planted() -> None:
        """Does nothing."""

    try:
        assert faults_of("kernel.planted", app.tasks["kernel.planted"]) == []
        assert planted.soft_time_limit == 25
    finally:
        app.tasks.pop("kernel.planted")
