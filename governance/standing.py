"""Whose request it is, which team and domain it concerns, and who may fill which slot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.actions.domains import domain_path, join_ancestors
from catalog.models import DataProduct, Domain
from governance.models import ApprovalRequirement, ChangeItem, ChangeRequest
from mesh.audit.principal import Principal
from mesh.people.authz.decide import Resource


@dataclass(frozen=True, slots=True)
class Concern:
    """What a request is about: product, owning team and the domain with its ancestors."""

    product_slug: str
    product_label: str
    team_id: int | None
    domain: Domain | None
    domain_ids: tuple[str, ...]
    visibility: str = "organisation"


def concern_of(request: ChangeRequest) -> Concern:
    """From the product, or from the product that the request is going to create."""
    return concerns_of([request])[request.pk]


def concerns_of(requests: Sequence[ChangeRequest]) -> dict[int, Concern]:
    """The concern of each request by its number; three queries however many there are."""
    without = [request.pk for request in requests if request.product is None]
    items = ChangeItem.objects.filter(request_id__in=without, kind="product.create")
    creations = {item.request_id: item for item in items.order_by("-pk")} if without else {}
    slugs = {str(item.desired.get("domain", "")) for item in creations.values()}
    named = {row.slug: row for row in Domain.objects.filter(slug__in=slugs)}
    owned = [request.product.domain for request in requests if request.product is not None]
    join_ancestors([*owned, *named.values()])
    return {request.pk: _concern(request, creations.get(request.pk), named) for request in requests}


def _concern(
    request: ChangeRequest, item: ChangeItem | None, domains: Mapping[str, Domain]
) -> Concern:
    if request.product is not None:
        return of_product(request.product)
    if item is None:
        return Concern("", request.title, request.team_id, None, ())
    domain = domains.get(str(item.desired.get("domain", "")))
    return Concern(
        str(item.object["product"]),
        str(item.desired.get("name", item.object["product"])),
        request.team_id,
        domain,
        ancestry(domain),
        str(item.desired.get("visibility") or "organisation"),
    )


def of_product(product: DataProduct) -> Concern:
    """The concern of an existing product."""
    path = ancestry(product.domain)
    return Concern(
        product.slug, product.name, product.team_id, product.domain, path, product.visibility
    )


def ancestry(domain: Domain | None) -> tuple[str, ...]:
    """Public ids of a domain and its ancestors."""
    return () if domain is None else tuple(str(each.public_id) for each in domain_path(domain))


def resource_of_request(request: ChangeRequest, concern: Concern | None = None) -> Resource:
    """What decide() needs to know of a request."""
    concern = concern or concern_of(request)
    product_id = str(request.product.public_id) if request.product is not None else ""
    return Resource(
        "changerequest",
        str(request.public_id),
        concern.team_id,
        product_id,
        concern.domain_ids,
        concern.visibility,
        str(request),
    )


def requester_set(request: ChangeRequest) -> frozenset[str]:
    """Principal keys of everybody whose vote counts nowhere: requester, editors, the human behind."""
    keys = {f"{request.requester_kind}:{request.requester_id}", *request.editors}
    if request.requester_user is not None:
        keys.add(f"user:{request.requester_user.public_id}")
    return frozenset(keys)


def fits(person: Principal, requirement: ApprovalRequirement, concern: Concern) -> bool:
    """May this person fill a slot of the requirement?"""
    match requirement.role:
        case "owner":
            roles = ("owner", "engineer") if requirement.mode == "acknowledge" else ("owner",)
            return requirement.scope_id.isdigit() and int(requirement.scope_id) in person.team_ids(
                *roles
            )
        case "owner_or_steward":
            return concern.team_id in person.team_ids("owner") or is_steward(person, concern)
        case "steward":
            return is_steward(person, concern)
        case "governor" | "platform_admin":
            return person.has_platform_role(requirement.role)
        case _:
            return False


def is_steward(person: Principal, concern: Concern) -> bool:
    """Steward of the platform, of the domain or of one above it."""
    if person.has_platform_role("steward"):
        return True
    return bool(person.domain_ids("steward") & set(concern.domain_ids))


ROLE_WORDS = {
    "owner": "an owner in",
    "owner_or_steward": "the owner or the domain steward of",
    "steward": "the steward of",
    "governor": "a governor of",
    "platform_admin": "an administrator of",
}


def who_is_asked(requirement: ApprovalRequirement) -> str:
    """The same for anybody: which team reads a product is told only to whoever sees the reader."""
    if requirement.code in ("hurt-reader", "reader-agrees"):
        return "an owner of a reader that is hit"
    return who_may(requirement)


def who_may(requirement: ApprovalRequirement) -> str:
    """In words, who may fill a slot."""
    return f"{ROLE_WORDS.get(requirement.role, requirement.role)} {requirement.scope_label}".strip()
