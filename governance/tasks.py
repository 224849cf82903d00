"""Tasks of the governance room: resolve the unknown, expire, judge products continuously."""

from __future__ import annotations

from datetime import timedelta

from governance.actions import judging, planning
from governance.actions.applying import move_on
from governance.actions.retrying import read_again
from governance.errors import RequestState
from governance.models import ChangeItem, ChangeRequest
from governance.policy.states import Event, State
from mesh.audit.principal import SYSTEM
from mesh.kernel.database import database_now
from mesh.kernel.tasks import for_each, hints, task
from streams.models import Cluster

WAITING_DAYS = 14
APPROVED_HOURS = 72


@task("governance.resolve_unknown", queue="default", hard_s=60)
def resolve_unknown() -> None:
    """Start a read-back for every request whose outcome is unknown and whose cluster answers."""
    silent = set(
        Cluster.objects.filter(state=Cluster.State.UNREACHABLE).values_list("name", flat=True)
    )
    unclear = ChangeItem.objects.filter(request__state=State.OUTCOME_UNKNOWN, state="unknown")
    asked = {item.request_id for item in unclear[:200] if item.object.get("cluster") not in silent}
    for number in sorted(asked):
        try:
            read_again(number, by=SYSTEM)
        except RequestState:
            continue


@task("governance.expire_requests", queue="default", hard_s=60)
def expire_requests() -> None:
    """End requests that waited too long: 14 days for votes, 72 hours for a worker."""
    now = database_now()
    waiting = ChangeRequest.objects.filter(
        state=State.AWAITING_APPROVAL, planned_at__lt=now - timedelta(days=WAITING_DAYS)
    )
    stuck = ChangeRequest.objects.filter(
        state=State.APPROVED, updated_at__lt=now - timedelta(hours=APPROVED_HOURS)
    )
    for number in [
        *waiting.values_list("pk", flat=True)[:200],
        *stuck.values_list("pk", flat=True)[:200],
    ]:
        try:
            move_on(number, Event.EXPIRE, by=SYSTEM, why="Nobody decided in time.")
        except RequestState:
            continue


@task("governance.judge_products", queue="default", hard_s=60)
def judge_products() -> None:
    """Fan out: one task per product that is not a draft."""
    for product_id in judging.product_ids():
        hints.send("governance.judge_product", (product_id,))


@task("governance.judge_product", queue="default", hard_s=60)
def judge_product(product_id: int) -> None:
    """Replace what the policies say of one product; running it twice leaves the same rows."""
    judging.judge_product(product_id, by=SYSTEM)


@task("governance.replan_subject", queue="default", hard_s=60)
def replan_subject(*subject_ids: int) -> None:
    """Subjects got versions: waiting requests that start from an old state are planned again."""
    for_each(lambda subject_id: planning.replan_for_subject(subject_id, by=SYSTEM), subject_ids)
