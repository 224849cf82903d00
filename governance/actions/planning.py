"""What the planner writes: the plan with its results and requirements, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from governance.actions.decisions import start_apply
from governance.actions.moves import locked, move, void_votes
from governance.models import (
    Approval,
    ApprovalRequirement,
    ChangeItem,
    ChangeRequest,
    Policy,
    PolicyResult,
)
from governance.planning.behind import items_behind
from governance.planning.draft import Draft
from governance.policy.plan import difference
from governance.policy.states import Event, State
from mesh.audit import jobs
from mesh.audit.actions import audited, outbox
from mesh.audit.principal import Principal
from mesh.kernel.database import database_now
from schemas.models import Subject

DUE_DAYS = 7  # five working days


@audited
def store_plan(number: int, revision: int, draft: Draft, *, by: Principal) -> ChangeRequest | None:
    """Keep the plan of a submitted request; None when somebody changed it meanwhile."""
    request = locked(number)
    if request.state != State.SUBMITTED or request.revision != revision:
        return None
    _write(request, draft, "submit")
    columns = _columns(draft)
    if draft.blocked:
        move(request, Event.CHECKS_BLOCK, by=by, failure=failure_of(draft), **columns)
    elif not draft.requirements:
        move(request, Event.AUTO_APPROVE, by=by, **columns)
        Approval.objects.create(
            request=request, plan_hash=draft.plan_hash, person_label="system:auto", verdict="approve",
            reason="Not production, nothing irreversible, every policy passes and nobody else is affected.",
        )  # fmt: skip
        start_apply(request, by=by)
    else:
        due = database_now() + timedelta(days=DUE_DAYS)
        move(request, Event.PLANNED, by=by, due_at=due, **columns)
        outbox("approval_wanted", request, number=request.pk)
    return request


@audited
def give_up_planning(number: int, revision: int, reason: str, *, by: Principal) -> None:
    """The plan could not be made in time: the outcome is unknown, not bad."""
    request = locked(number)
    if request.state != State.SUBMITTED or request.revision != revision:
        return
    failure = {
        "step": "plan",
        "reason": f"The live state could not be read: {reason}",
        "remedy": "Check the cluster's connection, then check the request again.",
        "outcome": "unknown",
    }
    move(request, Event.CHECKS_BLOCK, by=by, failure=failure)


@audited
def replace_plan(
    number: int, revision: int, draft: Draft, *, by: Principal, why: str
) -> ChangeRequest | None:
    """The live state moved before the first act: the votes are void and the new plan waits for new ones."""
    request = locked(number)
    if request.state not in (State.APPROVED, State.APPLYING) or request.revision != revision:
        return None
    said = difference(request.plan, [line.plan.document() for line in draft.lines])
    voted = void_votes(request, "The plan changed before it was applied.")
    if draft.blocked and request.state == State.APPROVED:
        _write(request, draft, "apply")
        move(
            request,
            Event.CHECKS_BLOCK,
            by=by,
            why=why,
            failure=failure_of(draft),
            **_columns(draft),
        )
        return request
    _write(request, draft, "apply")
    failure = {
        "step": "plan",
        "reason": why,
        "remedy": "Read the new plan and vote again.",
        "changes": said,
    }
    move(request, Event.REPLAN, by=by, why=why, failure=failure, **_columns(draft))
    outbox("plan_changed", request, number=request.pk, voters=voted, changes=said[:20])
    return request


@audited
def block_at_apply(number: int, revision: int, draft: Draft, *, by: Principal) -> None:
    """A policy says no with fresh facts."""
    request = locked(number)
    if request.state == State.APPROVED and request.revision == revision:
        _write(request, draft, "apply")
        move(request, Event.CHECKS_BLOCK, by=by, failure=failure_of(draft), **_columns(draft))


@audited
def approver_lost(number: int, *, by: Principal) -> None:
    """Somebody whose vote was needed no longer has the role."""
    request = locked(number)
    if request.state == State.APPROVED:
        move(request, Event.APPROVER_LOST, by=by, why="An approver no longer has the role.")


def _columns(draft: Draft) -> dict[str, Any]:
    return {
        "plan": [line.plan.document() for line in draft.lines],
        "plan_hash": draft.plan_hash,
        "planned_at": database_now(),
        "impact": draft.impact.document(),
    }


def _write(request: ChangeRequest, draft: Draft, phase: str) -> None:
    for line in draft.lines:
        ChangeItem.objects.filter(pk=line.item.pk).update(precondition=dict(line.plan.precondition))
    ApprovalRequirement.objects.filter(request=request, plan_hash=draft.plan_hash).delete()
    ApprovalRequirement.objects.bulk_create(
        ApprovalRequirement(
            request=request, plan_hash=draft.plan_hash, code=wanted.code, mode=wanted.mode, role=wanted.role,
            scope_kind=wanted.scope_kind, scope_id=wanted.scope_id[:64], scope_label=wanted.scope_label[:200],
            count=wanted.count, why=wanted.why[:300],
        )
        for wanted in draft.requirements
    )  # fmt: skip
    _write_results(request, draft, phase)


def _write_results(request: ChangeRequest, draft: Draft, phase: str) -> None:
    policies = dict(Policy.objects.values_list("code", "pk"))
    PolicyResult.objects.filter(request=request).delete()
    PolicyResult.objects.bulk_create(
        PolicyResult(
            request=request, plan_hash=draft.plan_hash, item=entry.item, policy_id=policies[entry.result.code],
            severity=entry.result.severity, phase=phase, outcome=entry.result.outcome,
            message=entry.result.message, remedy=entry.result.remedy if entry.result.message else "",
            pointer=f"/items/{entry.item.position - 1}{entry.result.pointer}"[:200],
        )
        for entry in draft.judged
    )  # fmt: skip


def failure_of(draft: Draft) -> dict[str, object]:
    """Step, reason and remedy of a plan that may not go on."""
    problems: list[Mapping[str, object]] = [
        {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail}
        for fault in draft.problems
    ]
    problems += _policy_problems(draft)
    first = str(problems[0]["detail"])
    more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
    remedy = next(
        (entry.result.remedy for entry in draft.blocking), "Correct the item and submit again."
    )
    return {"step": "checks", "reason": f"{first}{more}", "remedy": remedy, "problems": problems}


def _policy_problems(draft: Draft) -> Sequence[Mapping[str, object]]:
    return [
        {
            "pointer": f"/items/{entry.item.position - 1}{entry.result.pointer}",
            "code": "policy_blocked",
            "policy": entry.result.code,
            "detail": entry.result.message,
            "remedy": entry.result.remedy,
        }
        for entry in draft.blocking
    ]


@audited
def replan_for_subject(subject_id: int, *, by: Principal) -> int:
    """Plan again what waits for votes and starts from a state of this subject that is gone.

    A plan that starts from the live state keeps its votes, however often this runs.
    """
    subject = Subject.objects.filter(pk=subject_id).first()
    if subject is None:
        return 0
    numbers = sorted({item.request_id for item in items_behind(subject.name)})
    return sum(_replan(number, subject.name, by=by) for number in numbers)


def _replan(number: int, subject: str, *, by: Principal) -> bool:
    request = locked(number)
    if request.state != State.AWAITING_APPROVAL:
        return False
    void_votes(request, f"{subject} has moved; the plan is made again.")
    move(
        request,
        Event.REPLAN,
        by=by,
        why=f"{subject} has another version or level now.",
        submitted_at=database_now(),
    )
    jobs.enqueue(
        "governance.plan", f"request:{number}", by=by, title=f"Plan request #{number} again",
        arguments={"number": number},
    )  # fmt: skip
    return True
