"""Pages of domains and teams: their products, people, incidents and dependencies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.actions.domains import domain_path
from catalog.models import DataProduct, Domain, Incident, Port
from catalog.queries.incidents import incident_list
from catalog.queries.lookup import domain_of
from catalog.showing.words import Badge, health_badge, own_reason
from mesh.audit.principal import Principal
from mesh.kernel.errors import NotFound
from mesh.people.authz.doors import scope
from mesh.people.models import Grant, Membership, Team

SHOWN = 200


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product in a list."""

    product: DataProduct
    badge: Badge
    second: str
    reason: str


@dataclass(frozen=True, slots=True)
class Dependency:
    """How many products of one domain read products of another."""

    name: str
    href: str
    count: int
    direction: str


@dataclass(frozen=True, slots=True)
class GroupPage:
    """What a domain's or a team's page shows."""

    name: str
    description: str
    crumbs: tuple[dict[str, str], ...]
    headline: str
    rows: tuple[ProductRow, ...]
    incidents: tuple[Incident, ...]
    facts: tuple[dict[str, str], ...]
    people: tuple[Membership, ...]
    children: tuple[Domain, ...] = ()
    dependencies: tuple[Dependency, ...] = ()


def product_rows(products: Sequence[DataProduct]) -> tuple[ProductRow, ...]:
    """Products with their badges."""
    return tuple(
        ProductRow(
            product,
            _badge(product),
            " · ".join(word for word in (product.domain.name, product.tier) if word),
            own_reason(product.health_reasons, product.name),
        )
        for product in products
    )  # fmt: skip


def _badge(product: DataProduct) -> Badge:
    if product.lifecycle == "active":
        return health_badge(product.health)
    return Badge("silent", product.lifecycle.capitalize())


def domain_page(viewer: Principal, slug: str) -> GroupPage:
    """A domain with its sub-domains. Raises NotFound."""
    domain = domain_of(viewer, slug)
    below = _with_children(domain)
    products = _products(viewer).filter(domain__in=below)
    rows = product_rows(list(products[:SHOWN]))
    path = domain_path(domain)
    stewards = Grant.objects.filter(
        role="steward", scope_kind="domain", scope_id__in=[each.public_id for each in path]
    ).select_related("user")
    names = sorted({grant.user.label for grant in stewards if grant.user is not None})
    return GroupPage(
        name=domain.name,
        description=domain.description,
        crumbs=(
            {"label": "Catalog", "href": "/search"},
            *({"label": each.name, "href": f"/domains/{each.slug}"} for each in path[:0:-1]),
            {"label": domain.name},
        ),
        headline=_headline(rows),
        rows=rows,
        incidents=_incidents(viewer, [row.product for row in rows]),
        facts=({"label": "Steward", "value": ", ".join(names) or "stewards of the platform"},),
        people=(),
        children=tuple(each for each in below if each.parent_id == domain.pk),
        dependencies=_dependencies(viewer, [row.product for row in rows], below),
    )


def team_page(viewer: Principal, slug: str) -> GroupPage:
    """A team with its people and products. Raises NotFound."""
    team = scope(viewer, "team.read", Team.objects.all()).filter(slug=slug).first()
    if team is None:
        raise NotFound
    rows = product_rows(list(_products(viewer).filter(team=team)[:SHOWN]))
    people = tuple(
        Membership.objects.filter(team=team).select_related("user").order_by("-role", "user__label")
    )
    facts = [{"label": "Contact", "value": team.contact or "none given"}]
    facts += [{"label": "On call", "value": team.on_call}] if team.on_call else []
    return GroupPage(
        name=team.name,
        description=team.purpose,
        crumbs=(
            {"label": "Catalog", "href": "/search"},
            {"label": "Teams", "href": "/search?kind=team"},
            {"label": team.name},
        ),
        headline=_headline(rows),
        rows=rows,
        incidents=_incidents(viewer, [row.product for row in rows]),
        facts=tuple(facts),
        people=people,
    )  # fmt: skip


def _products(viewer: Principal):  # type: ignore[no-untyped-def]  # a queryset of products
    rows = DataProduct.objects.select_related("team", "domain").order_by("slug")
    return scope(viewer, "catalog.read", rows)


def _with_children(domain: Domain) -> list[Domain]:
    """The domain and everything below it; one query per level, at most 8."""
    found, level = [domain], [domain]
    while level:
        level = list(Domain.objects.filter(parent__in=level).order_by("slug"))
        found += level
    return found


def _incidents(viewer: Principal, products: Sequence[DataProduct]) -> tuple[Incident, ...]:
    rows = incident_list(viewer, {"state": "open"}).filter(product__in=products)
    return tuple(rows.order_by("-number")[:20])


def _headline(rows: Sequence[ProductRow]) -> str:
    broken = sum(row.product.health == "failing" for row in rows)
    noun = "product" if len(rows) == 1 else "products"
    if not rows:
        return "No products yet."
    return (
        f"{broken} of {len(rows)} {noun} broken now."
        if broken
        else f"{len(rows)} {noun}, none broken now."
    )


def _dependencies(
    viewer: Principal, products: Sequence[DataProduct], below: Sequence[Domain]
) -> tuple[Dependency, ...]:
    """Declared inputs between this domain and others, both ways. Two queries."""
    mine = {domain.pk for domain in below}
    ids = [product.pk for product in products]
    visible = _products(viewer).values("pk")
    taken = Port.objects.filter(
        product__in=ids, direction="input", upstream__product__in=visible
    ).exclude(upstream__product__domain__in=mine)
    given = Port.objects.filter(
        upstream__product__in=ids, direction="input", product__in=visible
    ).exclude(product__domain__in=mine)
    pairs = Counter(
        ("reads from", *pair)
        for pair in taken.values_list(
            "upstream__product__domain__name", "upstream__product__domain__slug"
        )
    )
    pairs.update(
        ("read by", *pair)
        for pair in given.values_list("product__domain__name", "product__domain__slug")
    )
    return tuple(
        Dependency(name, f"/domains/{slug}", count, direction)
        for (direction, name, slug), count in sorted(pairs.items())
    )
