"""Requests as their page and REST show them: constant numbers of queries, nothing hidden shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects

from catalog.registering.groups import unseen_notes
from governance.actions.decisions import Ballot, ballot_of, ballots_of, places, refusal
from governance.models import (
    Approval,
    ChangeItem,
    ChangeRequest,
    Comment,
    PolicyResult,
)
from governance.policy.states import Event, State, allows
from governance.queries.hiding import (
    NAMELESS,
    READERS_OWNER,
    Veil,
    blanked,
    hidden_products,
    products_of,
    veil_of,
)
from governance.queries.waiting import numbers_waiting
from governance.queries.words import act_words, event_words, item_words
from governance.standing import (
    Concern,
    concern_of,
    concerns_of,
    requester_set,
    resource_of_request,
    who_may,
)
from mesh.audit.principal import Principal
from mesh.kernel.errors import MeshError, NotFound
from mesh.people.authz.doors import may, require, scope, seen

VOTES = (event_words("request_voted"), event_words(f"request_{Event.DECLINE}"))
SMALL_STEPS = frozenset({"attempt_started", "attempt_ended", "item_verified"})
RETRYABLE = (State.FAILED, State.PARTIALLY_APPLIED, State.CHECKS_FAILED)


def visible_requests(viewer: Principal) -> QuerySet[ChangeRequest]:
    """Requests the viewer may see: those of restricted products only where the product is seen."""
    rows = scope(
        viewer, "change.read", ChangeRequest.objects.select_related("product", "environment")
    )
    return seen(viewer, rows, "product", "product__public_id")


def request_of(viewer: Principal, number: int) -> ChangeRequest:
    """One request. Raises NotFound when it is not there or hidden."""
    request = (
        ChangeRequest.objects.select_related("product__domain", "product__team", "environment", "requester_user")
        .filter(pk=number).first()
    )  # fmt: skip
    if request is None:
        raise NotFound
    require(viewer, "change.read", resource_of_request(request))
    return request


@dataclass(frozen=True, slots=True)
class Slot:
    """A requirement with who filled it and who may."""

    code: str
    role: str
    mode: str
    scope_label: str
    why: str
    count: int
    filled_by: tuple[str, ...]
    who: str
    mine: bool

    @property
    def is_filled(self) -> bool:
        return len(self.filled_by) >= self.count


@dataclass(frozen=True, slots=True)
class Buttons:
    """What the viewer may do now; `why_not` says why there is no vote to cast."""

    approve: bool = False
    why_not: str = ""
    withdraw: bool = False
    submit: bool = False
    retry: bool = False
    read_again: bool = False
    settle: bool = False
    comment: bool = False


@dataclass(frozen=True, slots=True)
class RequestPage:
    """Everything the page of a request shows."""

    request: ChangeRequest
    concern: Concern
    items: Sequence[ChangeItem]
    slots: Sequence[Slot]
    votes: Sequence[Approval]
    results: Sequence[PolicyResult]
    comments: Sequence[Comment]
    buttons: Buttons
    timeline: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    veil: Veil = field(default_factory=Veil)
    notes: Sequence[Mapping[str, str]] = ()  # accepted, and still worth a second look

    @property
    def readers(self) -> list[dict[str, Any]]:
        """Who is hit; readers of products that are hidden from the viewer have no name."""
        return self.veil.rows((self.request.impact or {}).get("readers", []))

    @property
    def failure(self) -> dict[str, Any]:
        """What went wrong, without names that the viewer may not read; empty when nothing did."""
        found: dict[str, Any] = self.veil.document(self.request.failure or {})
        return found

    @property
    def number(self) -> int:
        return self.request.pk

    @property
    def lines(self) -> list[tuple[ChangeItem, Mapping[str, Any]]]:
        """Items beside their plan lines; both are in apply order."""
        plan = self.request.plan or [{} for _ in self.items]
        return list(zip(self.items, plan, strict=False))


def request_page(viewer: Principal, number: int) -> RequestPage:
    """The page of one request. Raises NotFound."""
    request = request_of(viewer, number)
    concern = concern_of(request)
    items = list(request.items.order_by("position").prefetch_related("attempts", "verifications"))
    ballot = ballot_of(request, concern)
    cast = Approval.objects.filter(request=request).select_related("person", "requirement")
    votes = list(cast.order_by("pk"))
    results = list(
        PolicyResult.objects.filter(request=request)
        .select_related("policy", "item")
        .order_by("policy__code", "pk")
    )
    comments = list(Comment.objects.filter(request=request).select_related("author").order_by("pk"))
    asks_readers = any(row.code == "reader-agrees" for row in ballot.requirements)
    topics = {str(item.object.get("topic", "")) for item in items if asks_readers}
    veil = veil_of(viewer, (request.impact or {}).get("readers", []), topics)
    slots = [_veiled(slot, veil) for slot in slots_of(viewer, ballot, concern)]
    unnamed = _unnamed(votes, veil)
    events = [_veiled_event(event, veil, unnamed) for event in timeline_of(request)]
    return RequestPage(
        request, concern, items, slots, votes, results, comments,
        buttons_of(viewer, request, ballot, concern), events, veil, _notes(viewer, items),
    )  # fmt: skip


def _notes(viewer: Principal, items: Sequence[ChangeItem]) -> list[dict[str, str]]:
    rows = [
        (f"/items/{item.position - 1}/desired/promises/{index}", row)
        for item in items
        if item.kind == "promise.set"
        for index, row in enumerate(item.desired.get("promises", ()))
    ]
    return unseen_notes(viewer, rows)


def _veiled(slot: Slot, veil: Veil) -> Slot:
    """A slot as the viewer may read it: who reads a hidden product is named neither as team nor by a vote."""
    if slot.mine or not veil.hides_slot(slot.code, slot.scope_label):
        return replace(slot, why=veil.text(slot.why))
    filled = tuple(NAMELESS for _ in slot.filled_by)
    return replace(
        slot, scope_label="restricted", why=veil.text(slot.why), who=READERS_OWNER, filled_by=filled
    )


def _unnamed(votes: Sequence[Approval], veil: Veil) -> frozenset[str]:
    """Take the name off each vote that speaks for a hidden reader; the names that were taken."""
    taken = set()
    for vote in votes:
        slot = vote.requirement
        if slot is not None and veil.hides_slot(slot.code, slot.scope_label):
            taken.add(vote.person_label)
            vote.person_label = NAMELESS
    return frozenset(taken)


def _veiled_event(event: dict[str, Any], veil: Veil, unnamed: frozenset[str]) -> dict[str, Any]:
    voted = event["action"] in VOTES and event["actor"] in unnamed
    actor = NAMELESS if voted else event["actor"]
    return {**event, "actor": actor, "reason": veil.text(event["reason"])}


def slots_of(viewer: Principal, ballot: Ballot, concern: Concern) -> list[Slot]:
    """Requirements with the voters that the matching gives them."""
    labels = {
        f"user:{vote.person.public_id}": vote.person_label
        for vote in ballot.votes
        if vote.person is not None
    }
    mine = places(viewer, ballot.requirements, concern)
    return [
        Slot(
            row.code, row.role, row.mode, row.scope_label, row.why, row.count,
            tuple(labels.get(voter, voter) for voter in voters), who_may(row), place in mine,
        )
        for place, (row, voters) in enumerate(zip(ballot.requirements, ballot.filled(), strict=True))
    ]  # fmt: skip


def buttons_of(
    viewer: Principal, request: ChangeRequest, ballot: Ballot, concern: Concern
) -> Buttons:
    """Each button only for whom it works."""
    resource = resource_of_request(request)
    problem = refusal(request, viewer, ballot, concern)
    author = viewer.key in requester_set(request) or may(viewer, "change.submit", resource)
    again = may(viewer, "change.retry", resource)
    settled = bool((request.failure or {}).get("settled"))
    state = request.state
    return Buttons(
        approve=problem is None,
        why_not=problem.detail
        if isinstance(problem, MeshError) and state == State.AWAITING_APPROVAL
        else "",
        withdraw=author and allows(state, Event.WITHDRAW),
        submit=author and state == State.DRAFT,
        retry=again and state in RETRYABLE and not settled,
        read_again=again and state == State.OUTCOME_UNKNOWN,
        settle=author and state == State.PARTIALLY_APPLIED and not settled,
        comment=viewer.user_pk is not None,
    )


def timeline_of(request: ChangeRequest) -> list[dict[str, Any]]:
    """What happened to the request, oldest first, at most 100 lines."""
    from mesh.audit.models import AuditEvent

    events = AuditEvent.objects.filter(request_number=request.pk, room="governance").order_by(
        "-id"
    )[:100]
    return [
        {
            "at": event.at,
            "actor": event.actor_label,
            "action": event_words(event.action),
            "reason": event.reason,
            "outcome": event.outcome,
            "item": _item_of(event.change),
            "is_small": event.action in SMALL_STEPS,
        }
        for event in reversed(events)
    ]


def _item_of(change: Mapping[str, Any]) -> str:
    pair = change.get("item")
    return item_words(str(pair[1])) if isinstance(pair, list) and len(pair) == 2 else ""


TABS = ("assigned", "requested", "all")


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One line of the inbox."""

    number: int
    title: str
    product: str
    product_name: str
    environment: str
    state: str
    requester: str
    what: str
    hurt: int
    unknown: int
    readers: tuple[str, ...]
    verdict: str
    since: datetime | None
    due_at: datetime | None


HEAVY = ("plan", "failure", "reason")  # a list shows none of these


def inbox(viewer: Principal, tab: str, *, state: str = "", limit: int = 100) -> list[InboxRow]:
    """Requests of a tab, newest first. Constant number of queries."""
    if tab == "assigned":
        return inbox_rows(viewer, assigned(viewer))
    rows = visible_requests(viewer)
    if tab == "requested":
        rows = rows.filter(
            Q(requester_kind=viewer.kind, requester_id=viewer.id)
            | Q(editors__contains=[viewer.key])
        )
    if state:
        rows = rows.filter(state=state)
    return inbox_rows(viewer, list(rows.defer(*HEAVY).order_by("-number")[:limit]))


def assigned(viewer: Principal) -> list[ChangeRequest]:
    """Requests in which the viewer's vote would count now, those due first; at most 200 are looked at."""
    return _decidable(viewer, *HEAVY)


def waiting_count(viewer: Principal) -> int:
    """How many decisions wait on a person: what assigned() lists; shown in the frame of every page."""
    return len(_decidable(viewer, *HEAVY, "impact"))


def _decidable(viewer: Principal, *unread: str) -> list[ChangeRequest]:
    """Requests that wait for this very vote; one query when none could, else at most nine."""
    numbers = numbers_waiting(viewer)
    if not numbers:
        return []
    rows = ChangeRequest.objects.filter(pk__in=numbers).defer(*unread)
    joined = rows.select_related("environment", "product__domain", "requester_user")
    found = list(joined.order_by("due_at", "pk"))
    concerns = concerns_of(found)
    ballots = ballots_of(found, concerns)
    return [
        request
        for request in found
        if may(viewer, "change.read", resource_of_request(request, concerns[request.pk]))
        and refusal(request, viewer, ballots[request.pk], concerns[request.pk]) is None
    ]


def inbox_rows(viewer: Principal, requests: Sequence[ChangeRequest]) -> list[InboxRow]:
    """Lines of the inbox; one query finds every reader that must stay nameless."""
    prefetch_related_objects(
        requests,
        Prefetch("items", ChangeItem.objects.order_by("position")),
        Prefetch("policy_results", PolicyResult.objects.exclude(outcome__in=["pass", "skip"])),
    )
    readers = [
        reader for request in requests for reader in (request.impact or {}).get("readers", [])
    ]
    hidden = hidden_products(viewer, products_of(readers))
    return [_row(request, hidden) for request in requests]


def _row(request: ChangeRequest, hidden: frozenset[str]) -> InboxRow:
    items = list(request.items.all())
    counts = (request.impact or {}).get("counts", {})
    readers = blanked((request.impact or {}).get("readers", []), hidden)
    hurt = [str(row.get("name")) for row in readers if row.get("verdict") in ("BREAK", "SILENT")]
    outcomes = {result.outcome for result in request.policy_results.all()}
    verdict = next(
        (word for word in ("error", "fail", "unknown", "warn") if word in outcomes), "pass"
    )
    return InboxRow(
        request.pk, request.title, request.product.slug if request.product is not None else "",
        request.product.name if request.product is not None else "",
        request.environment.slug, request.state, request.requester_label, what_changes(items),
        len(hurt), int(counts.get("UNKNOWN", 0)), tuple(hurt),
        verdict if request.plan_hash or outcomes else "", request.submitted_at or request.created_at, request.due_at,
    )  # fmt: skip


def what_changes(items: Sequence[ChangeItem]) -> str:
    """A bundle in one line."""
    said = [f"{act_words(item.kind)} {short_name(item)}" for item in items]
    more = f" and {len(said) - 2} more" if len(said) > 2 else ""
    line = ", ".join(said[:2]) + more
    return line[:1].upper() + line[1:]


def short_name(item: ChangeItem) -> str:
    """What an item names, in a word."""
    named = item.object
    return str(
        named.get("topic")
        or named.get("subject")
        or named.get("port")
        or named.get("product")
        or ""
    )
