"""Votes: approve and decline by people in a session, bound to the plan that they saw."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from governance.actions.moves import locked, move, tell
from governance.errors import (
    FourEyes,
    NotAnApprover,
    PlanStale,
    ReasonRequired,
    RequestState,
    SessionOnly,
)
from governance.models import Approval, ApprovalRequirement, ChangeRequest
from governance.policy.quorum import by_requirement, is_met
from governance.policy.states import Event, State, words
from governance.standing import (
    Concern,
    concern_of,
    fits,
    requester_set,
    resource_of_request,
    who_is_asked,
)
from governance.wishes.reading import REASON_LEAST, REASON_MOST, checked_words
from mesh.audit import jobs
from mesh.audit.actions import audited, record
from mesh.audit.principal import Principal
from mesh.kernel.revisions import unmoved
from mesh.people.authz.doors import require
from mesh.people.models import User
from mesh.people.principals import principal_of_user


@dataclass(frozen=True, slots=True)
class Ballot:
    """The requirements of the current plan and which votes that still count fit where."""

    requirements: Sequence[ApprovalRequirement]
    votes: Sequence[Approval]
    rights: dict[str, set[int]]  # voter -> places in `requirements`

    @property
    def slots(self) -> list[int]:
        return [requirement.count for requirement in self.requirements]

    @property
    def is_met(self) -> bool:
        return is_met(self.slots, self.rights)

    def filled(self) -> list[list[str]]:
        return by_requirement(self.slots, self.rights)


def ballot_of(request: ChangeRequest, concern: Concern | None = None) -> Ballot:
    """Everything known about the votes; roles are those that voters hold now."""
    return ballots_of([request], {request.pk: concern or concern_of(request)})[request.pk]


def ballots_of(
    requests: Sequence[ChangeRequest], concerns: Mapping[int, Concern]
) -> dict[int, Ballot]:
    """The ballot of each request by its number; four queries however many there are."""
    plans = {request.pk: request.plan_hash for request in requests}
    asked = {"request_id__in": list(plans), "plan_hash__in": set(plans.values())}
    requirements: dict[int, list[ApprovalRequirement]] = defaultdict(list)
    for requirement in ApprovalRequirement.objects.filter(**asked).order_by("pk"):
        if requirement.plan_hash == plans[requirement.request_id]:
            requirements[requirement.request_id].append(requirement)
    votes: dict[int, list[Approval]] = defaultdict(list)
    counted = Approval.objects.filter(**asked, void_reason="", verdict="approve")
    for vote in (
        counted.select_related("person")
        .prefetch_related("person__grants", "person__memberships")
        .order_by("pk")
    ):
        if vote.plan_hash == plans[vote.request_id]:
            votes[vote.request_id].append(vote)
    return {
        request.pk: _ballot(
            request, concerns[request.pk], requirements[request.pk], votes[request.pk]
        )
        for request in requests
    }


def _ballot(
    request: ChangeRequest,
    concern: Concern,
    requirements: Sequence[ApprovalRequirement],
    votes: Sequence[Approval],
) -> Ballot:
    banned = requester_set(request)
    rights: dict[str, set[int]] = {}
    for vote in votes:
        if vote.person is None or not vote.person.is_active:
            continue
        person = principal_of_user(vote.person)
        if person.key not in banned:
            rights[person.key] = places(person, requirements, concern)
    return Ballot(requirements, votes, rights)


def places(
    person: Principal, requirements: Sequence[ApprovalRequirement], concern: Concern
) -> set[int]:
    """Which requirements a person may fill."""
    return {
        place
        for place, requirement in enumerate(requirements)
        if fits(person, requirement, concern)
    }


OWN = "You asked for this or edited it; somebody else must decide."


def refusal(
    request: ChangeRequest, by: Principal, ballot: Ballot, concern: Concern
) -> Exception | None:
    """Why this person's vote would not count now, or None when it would."""
    if by.kind != "user" or by.scopes is not None:
        return SessionOnly()
    if request.state != State.AWAITING_APPROVAL:
        return RequestState(
            f"The request is {words(request.state)}; nothing waits for a vote.", state=request.state
        )
    if by.key in requester_set(request):
        return FourEyes(OWN)
    if by.key in ballot.rights:
        return NotAnApprover("You have voted on this plan already.")
    mine = places(by, ballot.requirements, concern)
    if not mine:
        asked = dict.fromkeys(who_is_asked(requirement) for requirement in ballot.requirements)
        needed = "; ".join(asked)
        return NotAnApprover(f"Your vote would fill no slot. It takes {needed}.")
    filled = sum(map(len, ballot.filled()))
    if sum(map(len, by_requirement(ballot.slots, {**ballot.rights, by.key: mine}))) <= filled:
        return NotAnApprover("The slots that you could fill are filled already.")
    return None


def approve(
    number: int, *, by: Principal, plan_hash: str, revision: int, reason: str = ""
) -> ChangeRequest:
    """Vote for the plan with this hash; the vote that completes the quorum starts the apply job.

    Raises FourEyes (audited), NotAnApprover, PlanStale, RequestState, SessionOnly.
    """
    try:
        return _approve(number, by=by, plan_hash=plan_hash, revision=revision, reason=reason)
    except FourEyes:
        _note_refused(number, by=by, verdict="approve")
        raise


def decline(
    number: int, *, by: Principal, plan_hash: str, revision: int, reason: str
) -> ChangeRequest:
    """End the request with a reason that its requester sees. Raises as approve(), and ReasonRequired."""
    try:
        return _decline(number, by=by, plan_hash=plan_hash, revision=revision, reason=reason)
    except FourEyes:
        _note_refused(number, by=by, verdict="decline")
        raise


@audited
def _approve(
    number: int, *, by: Principal, plan_hash: str, revision: int, reason: str
) -> ChangeRequest:
    reason = checked_words(reason, "/reason", least=0, most=REASON_MOST)
    request, concern, ballot = _opened(number, by, plan_hash, revision)
    problem = refusal(request, by, ballot, concern)
    if problem is not None:
        raise problem
    _write_vote(request, by, "approve", reason)
    ballot = ballot_of(request, concern)
    _assign(ballot)
    tell(request, "request_voted", by=by, why=reason, verdict="approve", plan=plan_hash[:12])
    if ballot.is_met:
        move(request, Event.QUORUM, by=by)
        start_apply(request, by=by)
    return request


@audited
def _decline(
    number: int, *, by: Principal, plan_hash: str, revision: int, reason: str
) -> ChangeRequest:
    if len(reason.strip()) < REASON_LEAST:
        raise ReasonRequired(pointer="/reason")
    reason = checked_words(reason, "/reason", least=REASON_LEAST, most=REASON_MOST)
    request, concern, ballot = _opened(number, by, plan_hash, revision)
    problem = refusal(request, by, ballot, concern)
    if problem is not None:
        raise problem
    _write_vote(request, by, "decline", reason, _spoken_for(by, ballot, concern))
    move(request, Event.DECLINE, by=by, why=reason)
    return request


def _opened(
    number: int, by: Principal, plan_hash: str, revision: int
) -> tuple[ChangeRequest, Concern, Ballot]:
    """The locked request as the voter saw it. Raises PlanStale with the new plan, StaleRevision."""
    request = locked(number)
    require(by, "change.read", resource_of_request(request))
    if by.kind != "user" or by.scopes is not None:
        raise SessionOnly
    if by.key in requester_set(request):
        raise FourEyes(OWN)  # before any right: this holds for everybody who asked
    require(by, "change.approve", resource_of_request(request))
    if request.state == State.AWAITING_APPROVAL:
        if request.plan_hash != plan_hash:
            raise PlanStale(request)
        unmoved(request.revision, revision)
    concern = concern_of(request)
    return request, concern, ballot_of(request, concern)


def _spoken_for(by: Principal, ballot: Ballot, concern: Concern) -> ApprovalRequirement:
    """The first slot that a voter could fill: whose voice a refusal is, so that it is hidden with it."""
    return ballot.requirements[min(places(by, ballot.requirements, concern))]


def _write_vote(
    request: ChangeRequest,
    by: Principal,
    verdict: str,
    reason: str,
    slot: ApprovalRequirement | None = None,
) -> None:
    Approval.objects.create(
        request=request,
        plan_hash=request.plan_hash,
        requirement=slot,
        person=User.objects.get(pk=by.user_pk or 0),
        person_label=by.label,
        verdict=verdict,
        reason=reason,
    )


def _assign(ballot: Ballot) -> None:
    """Write on each vote the slot that the last matching gave it."""
    slot_of = {
        voter: requirement
        for requirement, voters in zip(ballot.requirements, ballot.filled(), strict=True)
        for voter in voters
    }
    for vote in ballot.votes:
        key = f"user:{vote.person.public_id}" if vote.person is not None else ""
        requirement = slot_of.get(key)
        if vote.requirement_id != (requirement.pk if requirement is not None else None):
            vote.requirement = requirement
            vote.save(update_fields=["requirement"])


def start_apply(request: ChangeRequest, *, by: Principal) -> None:
    """Put the apply job into the queue; a second one is not made while one is open."""
    jobs.enqueue(
        "governance.apply", f"request:{request.pk}", by=by, title=f"Apply request #{request.pk}",
        arguments={"number": request.pk},
    )  # fmt: skip


@audited
def _note_refused(number: int, *, by: Principal, verdict: str) -> None:
    """Keep in the trail that somebody tried to decide about their own request."""
    request = ChangeRequest.objects.filter(pk=number).first()
    if request is not None:
        record(
            "vote_refused", request, by=by, outcome="refused", after={"verdict": verdict, "rule": "four_eyes"},
            request_number=number,
        )  # fmt: skip
