"""What the catalogue tells lineage about products: name, domain, team, tier, health."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from catalog.models import DataProduct
from catalog.showing.words import health_badge
from lineage.ports import ProductFacts, set_product_directory
from mesh.audit.principal import Principal
from mesh.people.authz.doors import scope
from mesh.people.products import set_product_names


def facts_of(viewer: Principal, ids: Collection[str]) -> Mapping[str, ProductFacts]:
    """Facts of the products the viewer may see, by public id. One query."""
    rows = scope(viewer, "catalog.read", DataProduct.objects.filter(public_id__in=ids))
    return {
        str(row.public_id): _facts(row) for row in rows.select_related("domain", "team")
    }  # fmt: skip


def names_of(slugs: Collection[str]) -> Mapping[str, str]:
    """Names by slug, for whoever was shown the slug already. One query."""
    return dict(DataProduct.objects.filter(slug__in=slugs).values_list("slug", "name"))


def connect() -> None:
    """Hand the directory to lineage, and the names to every room below."""
    set_product_directory(facts_of)
    set_product_names(names_of)


def _facts(row: DataProduct) -> ProductFacts:
    badge = health_badge(row.health)
    return ProductFacts(
        slug=row.slug,
        name=row.name,
        domain=row.domain.slug,
        domain_name=row.domain.name,
        team=row.team.name,
        team_slug=row.team.slug,
        tier=row.tier,
        state=badge.state,
        word=badge.label,
    )
