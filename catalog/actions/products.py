"""Products: drafts, edits, and what an active product only changes by request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from catalog import signals
from catalog.actions.domains import domain_path
from catalog.actions.ownership import write_scopes
from catalog.errors import NeedsRequest, SlugTaken
from catalog.members import PRODUCT_MEMBERS, check, check_slug
from catalog.models import DataProduct, Domain, Port
from mesh.audit.actions import announce, audited, outbox, record, wake
from mesh.audit.principal import Principal
from mesh.kernel.database import database_now
from mesh.kernel.errors import InvalidInput, NotFound
from mesh.kernel.revisions import unmoved
from mesh.people.authz.decide import Resource
from mesh.people.authz.doors import require
from mesh.people.models import Team

GUARDED = frozenset({"tier", "visibility", "kind", "team", "domain"})
MEMBERS = (*PRODUCT_MEMBERS, "sampling", "team", "domain")


@audited
def create_product(
    *, slug: str, name: str, team: Team, domain: Domain, by: Principal, **members: Any
) -> DataProduct:
    """A draft product. `members`: kind purpose usage limitations tier visibility sampling.

    Raises NotAllowed, InvalidInput, SlugTaken.
    """
    path = tuple(str(each.public_id) for each in domain_path(domain))
    require(by, "product.create", Resource("product", team_id=team.pk, domain_ids=path))
    check_slug(slug)
    _check({"name": name, **members})
    try:
        with transaction.atomic():
            product = DataProduct.objects.create(
                slug=slug, name=name, team=team, domain=domain, **members
            )
    except IntegrityError as error:
        raise SlugTaken(f'A product is already called "{slug}".', pointer="/slug") from error
    write_scopes(product)
    record("product_created", product, by=by, after={"slug": slug, "team": team.slug})
    changed(product, "product_created", created=True)
    return product


@audited
def edit_product(
    product_id: int,
    changes: Mapping[str, Any],
    *,
    by: Principal,
    revision: int | None = None,
    approval: int | None = None,
    why: str = "",
) -> DataProduct:
    """Change members of a product. `approval` is the number of the request that allows it.

    Raises NotAllowed, InvalidInput, StaleRevision, NeedsRequest (a guarded member of an active
    product without approval).
    """
    product = locked(product_id)
    require(by, "product.edit", product)
    unmoved(product.revision, revision)
    _check(changes)
    wanted = {name: value for name, value in changes.items() if getattr(product, name) != value}
    if not wanted:
        return product
    if product.lifecycle == "active" and not approval and (named := GUARDED & wanted.keys()):
        raise NeedsRequest(
            f"An active product changes its {', '.join(sorted(named))} by a change request only.",
            pointer=f"/{min(named)}",
        )
    if "team" in wanted:
        target = Resource("product", team_id=wanted["team"].pk, domain_ids=_path(product, wanted))
        if not approval:
            require(by, "product.create", target)
    before = {name: _plain(getattr(product, name)) for name in wanted}
    for name, value in wanted.items():
        setattr(product, name, value)
    product.revision += 1
    product.changed_at = database_now()
    product.save(update_fields=[*wanted, "revision", "changed_at", "updated_at"])
    write_scopes(product)
    after = {name: _plain(value) for name, value in wanted.items()}
    record(
        "product_edited", product, by=by, why=why, before=before, after=after,
        request_number=approval,
    )  # fmt: skip
    changed(product, "product_changed")
    return product


def locked(product_id: int) -> DataProduct:
    """The product's row, locked for this transaction. Raises NotFound."""
    rows = DataProduct.objects.select_for_update(no_key=True, of=("self",))
    product = rows.select_related("team", "domain").filter(pk=product_id).first()
    if product is None:
        raise NotFound
    return product


def guard_active(product: DataProduct, by: Principal, approval: int | None) -> None:
    """Raise NeedsRequest when an active product would change its ports or promises directly."""
    if product.lifecycle == "draft" or approval or by.kind == "system":
        return
    raise NeedsRequest(
        f"{product.name} is {product.lifecycle}: its ports and promises change by a change "
        "request. Open one from the product's page or with POST /api/v1/requests."
    )


def touch(product: DataProduct, port: Port | None = None) -> None:
    """Count a change of something that belongs to the product, and to this port of it."""
    if port is not None:
        Port.objects.filter(pk=port.pk).update(revision=F("revision") + 1)
    DataProduct.objects.filter(pk=product.pk).update(
        revision=F("revision") + 1, changed_at=database_now()
    )


def changed(product: DataProduct, event: str, *, created: bool = False) -> None:
    """Tell everybody who follows the product: outbox, announcement, pushes down, search."""
    outbox(event, product, teams=(product.team_id,))
    announce(signals.product_changed, product_id=product.pk)
    wake("catalog.rebuild_search", "product", [str(product.public_id)])
    if not created:
        wake("catalog.push_ownership", product.pk)


def _check(given: Mapping[str, Any]) -> None:
    unknown = sorted(set(given) - set(MEMBERS))
    if unknown:
        raise InvalidInput(
            f"A product has no member {unknown[0][:60]}.", pointer=f"/{unknown[0][:60]}"
        )
    check(given, PRODUCT_MEMBERS)
    if "sampling" in given and not isinstance(given["sampling"], bool):
        raise InvalidInput("sampling is true or false.", pointer="/sampling")


def _path(product: DataProduct, wanted: Mapping[str, Any]) -> tuple[str, ...]:
    domain = wanted.get("domain", product.domain)
    return tuple(str(each.public_id) for each in domain_path(domain))


def _plain(value: object) -> object:
    return value.slug if isinstance(value, Team | Domain) else value
