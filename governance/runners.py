"""The two jobs of a request: make its plan, apply it; both may be run twice without harm."""

from __future__ import annotations

import structlog

from governance.actions import applying, planning
from governance.actions.applying import Bad, worker_for
from governance.actions.decisions import ballot_of
from governance.applying.rows import ItemRefused, apply_rows
from governance.applying.topics import Ending, Pace, Turn, take_turn
from governance.models import ChangeItem, ChangeRequest
from governance.planning.draft import Draft, draft_plan
from governance.planning.live import BrokerSilent
from governance.policy.plan import BROKER_KINDS, CATALOGUE_KINDS, SCHEMA_KINDS
from governance.policy.rollup import roll_up
from governance.policy.states import Event, State
from governance.policy.words import Outcome, Severity
from governance.queries.words import item_words
from mesh.audit import jobs
from mesh.audit.models import Job
from mesh.audit.principal import SYSTEM
from mesh.kernel import clock
from mesh.kernel.database import database_now
from streams.models import Cluster

log = structlog.get_logger(__name__)
PLAN_WITHIN_S = 15 * 60
WORK_S = 200.0  # of one run; then the job is given back between two items
SETTLED = frozenset({"verified", "unchanged", "done"})
OPEN = frozenset({"pending", "applying", "unknown"})


def run_plan(job: Job) -> None:
    """Read what stands, judge, store the plan; a silent broker is asked again for 15 minutes."""
    number = int(str(job.arguments["number"]))
    request = ChangeRequest.objects.select_related("product__domain", "environment").get(pk=number)
    if request.state != State.SUBMITTED:
        jobs.finish(job, result_href=href(number))
        return
    try:
        draft = draft_plan(request)
    except BrokerSilent as silent:
        _plan_later(job, request, silent)
        return
    planning.store_plan(number, request.revision, draft, by=SYSTEM)
    words = (
        f"{len(draft.lines)} items planned, {len(draft.blocking) + len(draft.problems)} problems"
    )
    jobs.step(job, words)
    jobs.finish(job, result_href=href(number))


def _plan_later(job: Job, request: ChangeRequest, silent: BrokerSilent) -> None:
    waited_s = (database_now() - (request.submitted_at or database_now())).total_seconds()
    if waited_s > PLAN_WITHIN_S:
        planning.give_up_planning(request.pk, request.revision, str(silent), by=SYSTEM)
        jobs.fail(job, "broker_unreachable", str(silent))
        return
    jobs.step(job, f"{silent}; asked again soon", "waiting")
    jobs.later(job, min(60.0, 2.0 + waited_s / 5))


def run_apply(job: Job, *, pace: Pace | None = None) -> None:
    """Apply an approved request, or go on where an earlier run stopped."""
    number = int(str(job.arguments["number"]))
    request = ChangeRequest.objects.select_related("product__domain", "environment").get(pk=number)
    if request.state == State.APPROVED and not _begin(job, request):
        return
    request.refresh_from_db()
    if request.state != State.APPLYING:
        jobs.finish(job, result_href=href(number))
        return
    _Apply(job, request, pace or Pace()).run()


def _begin(job: Job, request: ChangeRequest) -> bool:
    """Check votes, plan and policies afresh; False when the request may not be applied now."""
    if not ballot_of(request).is_met:
        planning.approver_lost(request.pk, by=SYSTEM)
        jobs.finish(job, result_href=href(request.pk))
        return False
    try:
        draft = draft_plan(request)
    except BrokerSilent as silent:
        jobs.step(job, f"{silent}; tried again soon", "waiting")
        jobs.later(job, 10)
        return False
    if draft.plan_hash != request.plan_hash:
        why = "The live state is not the one that was approved."
        planning.replace_plan(request.pk, request.revision, draft, by=SYSTEM, why=why)
    elif draft.blocked:
        planning.block_at_apply(request.pk, request.revision, draft, by=SYSTEM)
    elif _must_wait(draft):
        jobs.step(job, "a blocking policy could not be judged; tried again soon", "waiting")
        jobs.later(job, 30)
        return False
    else:
        applying.move_on(request.pk, Event.START, by=worker_for(request))
        return True
    jobs.finish(job, result_href=href(request.pk))
    return False


def _must_wait(draft: Draft) -> bool:
    return any(
        entry.result.outcome is Outcome.UNKNOWN and entry.result.severity is Severity.BLOCK
        for entry in draft.judged
    )


class _Apply:
    """One run of the apply job."""

    def __init__(self, job: Job, request: ChangeRequest, pace: Pace) -> None:
        self.job, self.request, self.pace = job, request, pace
        self.by = worker_for(request)
        self.items = list(request.items.order_by("position").select_related("request"))
        self.began = clock.monotonic()

    def run(self) -> None:
        if not self._broker_items():
            return
        if self._all_ok(BROKER_KINDS):
            self._rows(SCHEMA_KINDS)
        if self._all_ok(BROKER_KINDS | SCHEMA_KINDS):
            self._rows(CATALOGUE_KINDS)
        self._conclude()

    def _broker_items(self) -> bool:
        """False when the job was given back or the request left this state."""
        for item in self.items:
            if item.kind not in BROKER_KINDS or item.state not in OPEN:
                continue
            if not jobs.still_mine(self.job, lease_s=330):
                return False
            if clock.monotonic() - self.began > WORK_S:
                jobs.later(self.job, 0.5)
                return False
            if not self._one(item):
                return False
            if item.state == "failed":
                break
        return True

    def _one(self, item: ChangeItem) -> bool:
        cluster = Cluster.objects.select_related("environment").get(name=item.object["cluster"])
        ending = take_turn(Turn(item, cluster, self.job.fence, self.by, pace=self.pace))
        jobs.step(
            self.job, f"{item.kind} {item.object['topic']}: {ending.value}", _step_state(ending)
        )
        if ending is Ending.SILENT:
            jobs.later(self.job, 10)
            return False
        if ending is Ending.STALE:
            return self._stale(item)
        return True

    def _stale(self, item: ChangeItem) -> bool:
        """Before the first act the whole plan is made again; after it the item fails by name."""
        acted = any(other.state in ("done", "verified") for other in self.items)
        if acted:
            bad = Bad(
                "Somebody changed the topic meanwhile.",
                "Look at the topic, then settle this request and open a new one.",
                "changed",
            )
            applying.item_ended(item, "failed", bad, by=self.by)
            return True
        try:
            draft = draft_plan(self.request)
        except BrokerSilent:
            jobs.later(self.job, 10)
            return False
        why = "The live state is not the one that was approved."
        planning.replace_plan(self.request.pk, self.request.revision, draft, by=self.by, why=why)
        jobs.finish(self.job, result_href=href(self.request.pk))
        return False

    def _all_ok(self, kinds: frozenset[str]) -> bool:
        return all(item.state in SETTLED for item in self.items if item.kind in kinds)

    def _rows(self, kinds: frozenset[str]) -> None:
        mine = [item for item in self.items if item.kind in kinds and item.state not in SETTLED]
        if not mine or not jobs.still_mine(self.job, lease_s=330):
            return
        try:
            apply_rows(self.request, mine, by=self.by)
            jobs.step(self.job, f"{len(mine)} items written in one transaction")
        except ItemRefused as refused:
            for item in mine:  # the transaction is gone, and with it what the objects say of it
                item.refresh_from_db()
            failed = next(item for item in mine if item.pk == refused.item.pk)
            remedy = "Remove the cause and retry; what was done on the broker stays as it is."
            bad = Bad(_said(refused.error), remedy, refused.error.code)
            applying.item_ended(failed, "failed", bad, by=self.by)
            jobs.step(self.job, f"{failed}: {refused.detail}"[:300], "failed")

    def _conclude(self) -> None:
        state = roll_up(
            [item.state for item in self.items], self.request.on_failure, can_undo=False
        )
        event = {
            State.APPLIED: Event.VERIFY,
            State.FAILED: Event.FAIL,
            State.PARTIALLY_APPLIED: Event.HALF_DONE,
            State.OUTCOME_UNKNOWN: Event.LOSE_SIGHT,
        }.get(state)
        if event is None:
            jobs.later(self.job, 5, counts=True)
            return
        applying.move_on(
            self.request.pk, event, by=self.by, failure=self._failure(), why=self._why()
        )
        jobs.finish(self.job, result_href=href(self.request.pk))

    def _failure(self) -> dict[str, object] | None:
        for item in self.items:
            if item.error and item.state in ("failed", "unknown"):
                done = [item_words(str(other)) for other in self.items if other.state in SETTLED]
                return {
                    "step": item_words(str(item)),
                    "reason": item.error.get("reason", ""),
                    "remedy": item.error.get("remedy", ""),
                    "code": item.error.get("code", ""),
                    "done": done,
                    "open": [
                        item_words(str(other)) for other in self.items if other.state == "pending"
                    ],
                }
        return None

    def _why(self) -> str:
        failure = self._failure()
        return str(failure["reason"]) if failure else ""


def _said(error: object) -> str:
    faults = getattr(error, "faults", ())
    details = [fault.detail for fault in faults[:3]]
    return " ".join(details) or str(getattr(error, "detail", error))


def _step_state(ending: Ending) -> str:
    return "done" if ending is Ending.OK else "failed" if ending is Ending.FAILED else "waiting"


def href(number: int) -> str:
    """The request's page."""
    return f"/governance/requests/{number}"
