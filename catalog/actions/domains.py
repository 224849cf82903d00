"""Domains: parts of the business in a tree."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from catalog.errors import DomainCycle, SlugTaken
from catalog.members import DOMAIN_MEMBERS, check, check_slug
from catalog.models import Domain
from mesh.audit.actions import audited, outbox, record, wake
from mesh.audit.principal import Principal
from mesh.people.authz.decide import Resource
from mesh.people.authz.doors import require

DEPTH = 8
STRIPES = 8


@audited
def create_domain(
    *, slug: str, name: str, parent: Domain | None = None, description: str = "", by: Principal
) -> Domain:
    """A new domain. Raises NotAllowed, InvalidInput, SlugTaken, DomainCycle (deeper than 8)."""
    require(by, "domain.manage", Resource("domain"))
    check_slug(slug)
    check({"name": name, "description": description}, DOMAIN_MEMBERS)
    if parent is not None and len(domain_path(parent)) >= DEPTH:
        raise DomainCycle(f"Domains lie at most {DEPTH} deep.", pointer="/parent")
    stripe = Domain.objects.count() % STRIPES + 1
    try:
        with transaction.atomic():
            domain = Domain.objects.create(
                slug=slug, name=name, parent=parent, description=description, stripe=stripe
            )
    except IntegrityError as error:
        raise SlugTaken(f'A domain is already called "{slug}".', pointer="/slug") from error
    record("domain_created", domain, by=by, after={"slug": slug, "name": name})
    outbox("domain_created", domain)
    wake("catalog.rebuild_search", "domain", [str(domain.public_id)])
    return domain


def join_ancestors(domains: Sequence[Domain]) -> None:
    """Give each domain its ancestors, so that domain_path() asks nothing more. One query or none."""
    if all(domain.parent_id is None for domain in domains):
        return
    tree = Domain.objects.defer("description").in_bulk()
    for domain in (*tree.values(), *domains):
        if domain.parent_id in tree:
            domain.parent = tree[domain.parent_id]


def domain_path(domain: Domain) -> list[Domain]:
    """The domain and its ancestors, itself first. Costs one query per ancestor, at most 8."""
    path = [domain]
    while path[-1].parent_id is not None and len(path) <= DEPTH:
        parent = path[-1].parent
        assert parent is not None
        path.append(parent)
    return path
