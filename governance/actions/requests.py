"""Requests by their authors: create, edit, submit, withdraw, comment, settle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from catalog.models import DataProduct
from governance.actions.moves import locked, move, tell, void_votes
from governance.errors import ObjectBusy, RequestState
from governance.models import ChangeItem, ChangeRequest, Comment, Reservation
from governance.policy.states import Event, State, words
from governance.standing import ancestry, requester_set, resource_of_request
from governance.wishes.reading import REASON_LEAST, REASON_MOST, Wish, checked_words, read_items
from mesh.audit import jobs
from mesh.audit.actions import audited, outbox, record
from mesh.audit.principal import Principal
from mesh.kernel.database import database_now
from mesh.kernel.errors import Fault, InvalidInput, NotAllowed, UnknownMember
from mesh.people.authz.decide import Resource
from mesh.people.authz.doors import require
from mesh.people.models import Team, User
from streams.models import Environment

MEMBERS = ("title", "reason", "product", "team", "environment", "on_failure", "items")
TITLE_MOST, COMMENT_MOST = 200, 4000


@audited
def create_request(body: Mapping[str, Any], *, by: Principal) -> ChangeRequest:
    """A draft with its items. Raises InvalidInput with every fault, NotAllowed, UnknownMember."""
    require(by, "change.draft")
    unknown = [name for name in body if name not in MEMBERS]
    if unknown:
        faults = (
            Fault(f"/{name[:60]}", "unknown_member", f"{name[:60]} is not known.")
            for name in unknown
        )
        raise UnknownMember(faults=tuple(faults))
    wishes = read_items(by, body.get("items"))
    title = checked_words(body.get("title"), "/title", least=3, most=TITLE_MOST)
    reason = checked_words(body.get("reason"), "/reason", least=REASON_LEAST, most=REASON_MOST)
    product = _product(by, body.get("product"), wishes)
    team_id = _team(by, body.get("team"), product, wishes)
    require(by, "change.draft", _resource(product, team_id, wishes))
    _require_one_team(wishes, team_id)
    request = ChangeRequest.objects.create(
        title=title,
        reason=reason,
        requester_kind=by.kind,
        requester_id=by.id,
        requester_label=by.label,
        requester_user=User.objects.filter(pk=by.user_pk).first() if by.user_pk else None,
        team_id=team_id,
        product=product,
        environment=_environment(body.get("environment", "prod")),
        on_failure=_on_failure(body.get("on_failure", "compensate")),
    )
    _write_items(request, wishes)
    record("request_created", request, by=by, why=reason, request_number=request.pk,
           after={"title": title, "items": [f"{wish.kind} {wish.object_key}" for wish in wishes]})  # fmt: skip
    outbox("request_created", request, number=request.pk)
    return request


@audited
def create_and_submit(body: Mapping[str, Any], *, by: Principal) -> ChangeRequest:
    """Both in one transaction: refused names leave no draft behind."""
    return submit(create_request(body, by=by).pk, by=by)


@audited
def edit_request(
    number: int, body: Mapping[str, Any], *, by: Principal, revision: int
) -> ChangeRequest:
    """Change title, reason or items; back to draft, every vote is void and the editor never votes."""
    request = locked(number, revision)
    require(by, "change.draft", resource_of_request(request))
    wishes = read_items(by, body["items"]) if "items" in body else None
    _require_one_team(wishes or (), request.team_id)
    columns: dict[str, Any] = {}
    if "title" in body:
        columns["title"] = checked_words(body["title"], "/title", least=3, most=TITLE_MOST)
    if "reason" in body:
        columns["reason"] = checked_words(
            body["reason"], "/reason", least=REASON_LEAST, most=REASON_MOST
        )
    if by.key not in requester_set(request):
        columns["editors"] = [*request.editors, by.key]
    void_votes(request, "The request was edited.")
    Reservation.objects.filter(request=request).delete()
    move(request, Event.EDIT, by=by, plan=[], plan_hash="", failure=None, **columns)
    if wishes is not None:
        ChangeItem.objects.filter(request=request).delete()
        _write_items(request, wishes)
    return request


@audited
def submit(number: int, *, by: Principal, revision: int | None = None) -> ChangeRequest:
    """Reserve the names and have the plan made. Raises ObjectBusy, RequestState, StaleRevision."""
    request = locked(number, revision)
    require(by, "change.submit", resource_of_request(request))
    _reserve(request)
    move(request, Event.SUBMIT, by=by, submitted_at=database_now(), failure=None)
    jobs.enqueue(
        "governance.plan", f"request:{request.pk}", by=by, title=f"Plan request #{request.pk}",
        arguments={"number": request.pk},
    )  # fmt: skip
    return request


@audited
def withdraw(
    number: int, *, by: Principal, reason: str = "", revision: int | None = None
) -> ChangeRequest:
    """Take the request back; its names are free again."""
    request = locked(number, revision)
    _require_author(request, by)
    move(request, Event.WITHDRAW, by=by, why=reason)
    return request


@audited
def comment(number: int, said: object, *, by: Principal) -> Comment:
    """Add a line to the discussion."""
    request = locked(number)
    require(by, "change.read", resource_of_request(request))
    if by.user_pk is None:
        raise NotAllowed("Programs do not discuss; a person may.")
    line = checked_words(said, "/words", least=1, most=COMMENT_MOST)
    row = Comment.objects.create(request=request, author_id=by.user_pk, words=line)
    tell(request, "request_commented", by=by)
    return row


@audited
def settle(
    number: int, *, by: Principal, reason: object, revision: int | None = None
) -> ChangeRequest:
    """Close a request that stays half applied: its leftovers are accepted by name and reason."""
    request = locked(number, revision)
    _require_author(request, by)
    if request.state != State.PARTIALLY_APPLIED:
        raise RequestState(
            f"A request that is {words(request.state)} needs no settling.", state=request.state
        )
    said = checked_words(reason, "/reason", least=REASON_LEAST, most=REASON_MOST)
    failure = {**(request.failure or {}), "settled": {"by": by.label, "reason": said}}
    request.failure, request.closed_at = failure, database_now()
    request.revision += 1
    request.save(update_fields=["failure", "closed_at", "revision", "updated_at"])
    Reservation.objects.filter(request=request).delete()
    tell(request, "request_settled", by=by, why=said)
    return request


def _require_author(request: ChangeRequest, by: Principal) -> None:
    """The requester, an editor, or whoever may draft for the same team."""
    require(by, "change.read", resource_of_request(request))
    if by.key not in requester_set(request):
        require(by, "change.submit", resource_of_request(request))


def _write_items(request: ChangeRequest, wishes: Sequence[Wish]) -> None:
    ChangeItem.objects.bulk_create(
        ChangeItem(
            request=request,
            position=position,
            kind=wish.kind,
            object=dict(wish.object),
            object_key=wish.object_key[:400],
            desired=dict(wish.desired),
        )
        for position, wish in enumerate(wishes, start=1)
    )


def _reserve(request: ChangeRequest) -> None:
    """Claim every new name. Raises ObjectBusy naming the request that was first."""
    faults = []
    for item in request.items.all():
        if not Wish(item.kind, {}, {}, "").reserves:
            continue
        try:
            with transaction.atomic():
                Reservation.objects.get_or_create(object_key=item.object_key, request=request)
        except IntegrityError:
            other = (
                Reservation.objects.filter(object_key=item.object_key)
                .values_list("request_id", flat=True)
                .first()
            )
            said = f"{item.object_key} is already claimed by request #{other}."
            faults.append(Fault(f"/items/{item.position - 1}/object", ObjectBusy.code, said))
    if faults:
        raise ObjectBusy(faults[0].detail, faults=tuple(faults))


def _product(by: Principal, reference: object, wishes: Sequence[Wish]) -> DataProduct | None:
    """The named product, or the one product that the items are about."""
    from catalog.queries.lookup import product_named

    created = {str(wish.object["product"]) for wish in wishes if wish.kind == "product.create"}
    if reference not in (None, "") and str(reference) not in created:
        return product_named(by, reference, "/product")
    named = {str(wish.object["product"]) for wish in wishes if "product" in wish.object} - created
    if len(named) == 1 and not created:
        return product_named(by, named.pop(), "/product")
    return None


def _team(
    by: Principal, reference: object, product: DataProduct | None, wishes: Sequence[Wish]
) -> int | None:
    from catalog.queries.lookup import team_named

    if product is not None:
        return product.team_id
    for wish in wishes:
        if wish.kind == "product.create":
            return (
                Team.objects.filter(slug=wish.desired["team"]).values_list("pk", flat=True).first()
            )
    if reference:
        return team_named(by, reference, "/team").pk
    mine = sorted(by.team_ids())
    if len(mine) > 1 and not by.has_role("steward", "governor", "platform_admin"):
        raise InvalidInput("You are in several teams: say which one asks.", pointer="/team")
    return mine[0] if len(mine) == 1 else None


def _require_one_team(wishes: Sequence[Wish], team_id: int | None) -> None:
    """Everything in a bundle is one team's, so that its approvers answer for all of it."""
    faults = []
    for place, wish in enumerate(wishes):
        slug = wish.object.get("product")
        if slug is not None and _team_of(wish, str(slug), team_id) != team_id:
            said = f"{slug} is another team's: open a request of its own for it."
            faults.append(Fault(f"/items/{place}/object/product", "other_team", said))
    if faults:
        raise InvalidInput(faults[0].detail, faults=tuple(faults))


def _team_of(wish: Wish, slug: str, team_id: int | None) -> int | None:
    """The team of an item's product; a product that the bundle creates is judged at its own item."""
    if wish.kind == "product.create":
        return Team.objects.filter(slug=wish.desired["team"]).values_list("pk", flat=True).first()
    rows = DataProduct.objects.filter(slug=slug).values_list("team_id", flat=True)
    return rows.first() or team_id


def _resource(
    product: DataProduct | None, team_id: int | None, wishes: Sequence[Wish]
) -> Resource | None:
    if product is not None:
        return Resource(
            "product", str(product.public_id), product.team_id, str(product.public_id), ancestry(product.domain),
            product.visibility,
        )  # fmt: skip
    if team_id is None:
        return None
    from catalog.models import Domain

    named = next((wish.desired["domain"] for wish in wishes if wish.kind == "product.create"), "")
    domain = Domain.objects.filter(slug=named).first()
    return Resource("product", team_id=team_id, domain_ids=ancestry(domain))


def _environment(slug: object) -> Environment:
    found = Environment.objects.filter(slug=str(slug)[:63]).first()
    if found is None:
        raise InvalidInput(f"There is no environment {str(slug)[:63]}.", pointer="/environment")
    return found


def _on_failure(word: object) -> str:
    if word not in ("compensate", "hold"):
        raise InvalidInput("on_failure: say compensate or hold.", pointer="/on_failure")
    return str(word)
