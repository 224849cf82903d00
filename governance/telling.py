"""Whom a request concerns: those whose vote it waits for, and whoever asked for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from django.db.models import Q

from governance.actions.decisions import ballots_of, refusal
from governance.models import ChangeRequest, Comment
from governance.policy.states import Event
from governance.standing import concerns_of
from mesh.audit.models import OutboxEvent
from mesh.people.models import User
from mesh.people.principals import principal_of_user
from mesh.people.telling import Story, register_teller

ROLES: Final = ("steward", "governor", "platform_admin")
BECAME: Final[Mapping[str, str]] = {
    f"request_{Event.QUORUM}": "Approved; it is applied now.",
    f"request_{Event.DECLINE}": "Declined; the reason stands on its page.",
    f"request_{Event.CHECKS_BLOCK}": "The checks stop it; the page says what to change.",
    f"request_{Event.EXPIRE}": "Nobody decided in time; it ended.",
    f"request_{Event.VERIFY}": "Applied and verified.",
    f"request_{Event.FAIL}": "It failed; nothing was changed.",
    f"request_{Event.HALF_DONE}": "Only a part of it was applied.",
    f"request_{Event.LOSE_SIGHT}": "Its outcome is unknown; it is read again by itself.",
    f"request_{Event.UNDONE}": "It failed and was undone.",
    f"request_{Event.LEFTOVERS}": "It failed and could not be undone whole.",
    "plan_changed": "The plan changed, so votes were void; it waits for new ones.",
}


def register() -> None:
    """Name the events told here."""
    register_teller(decision_stories, "approval_wanted")
    register_teller(request_stories, *BECAME, "request_commented")


def decision_stories(events: Sequence[OutboxEvent]) -> Iterable[Story]:
    """A request waits for votes: everybody whose vote would count now."""
    requests = _requests_of(events)
    concerns = concerns_of(list(requests.values()))
    ballots = ballots_of(list(requests.values()), concerns)
    teams = {request.team_id for request in requests.values()} | {
        int(wanted.scope_id)
        for ballot in ballots.values()
        for wanted in ballot.requirements
        if wanted.scope_kind == "team" and wanted.scope_id.isdigit()
    }
    may_decide = Q(memberships__team_id__in=teams - {None}) | Q(grants__role__in=ROLES)
    users = User.objects.filter(may_decide, is_active=True).distinct()
    people = [principal_of_user(user) for user in users.prefetch_related("grants", "memberships")]
    for event in events:
        if (request := requests.get(event.object_id)) is None:
            continue
        ballot, concern = ballots[request.pk], concerns[request.pk]
        voters = [
            person.user_pk
            for person in people
            if person.user_pk is not None and refusal(request, person, ballot, concern) is None
        ]
        yield _story(event, request, "decision", f"{request.requester_label} asks for your vote.",
                     dict.fromkeys(voters, "your vote counts for it"))  # fmt: skip


def request_stories(events: Sequence[OutboxEvent]) -> Iterable[Story]:
    """What became of a request, or what somebody said about it: its requester."""
    requests = _requests_of(events)
    said = [event.object_id for event in events if event.name == "request_commented"]
    comments = list(Comment.objects.filter(request__public_id__in=said).order_by("-pk"))
    for event in events:
        request = requests.get(event.object_id)
        if request is None or request.requester_user_id is None:
            continue
        audience = {request.requester_user_id: "you asked for it"}
        words = BECAME.get(event.name, "")
        if event.name == "request_commented":
            author = next((comment.author_id for comment in comments
                           if comment.request_id == request.pk and comment.at <= event.at), None)  # fmt: skip
            if author in (None, request.requester_user_id):
                continue
            words = "Somebody commented on it."
        yield _story(event, request, "request", words, audience)


def _requests_of(events: Sequence[OutboxEvent]) -> dict[str, ChangeRequest]:
    """The requests of these events by public id; one query."""
    asked = {UUID(event.object_id) for event in events}
    rows = ChangeRequest.objects.select_related("product__domain", "requester_user")
    return {str(row.public_id): row for row in rows.filter(public_id__in=asked)}


def _story(
    event: OutboxEvent, request: ChangeRequest, family: str, words: str, audience: Mapping[int, str]
) -> Story:
    product_id = request.product.public_id if request.product is not None else None
    href = f"/governance/requests/{request.pk}"
    return Story(event, family, f"#{request.pk} {request.title}", words, href, audience, product_id)
