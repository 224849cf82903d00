"""Registrations being filled in: a person's own rows, kept as typed until they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import F

from catalog.models import DataProduct, ProductDraft
from catalog.registering.document import of_product
from catalog.registering.merging import BASE, Merged, on_top_of
from catalog.registering.moved import has_moved
from mesh.audit.actions import audited
from mesh.audit.principal import Principal
from mesh.kernel.errors import NotAllowed, NotFound, StaleRevision
from mesh.people.authz.doors import require


@audited
def start_draft(first: Mapping[str, Any], *, by: Principal) -> ProductDraft:
    """A new registration with its first step. Raises NotAllowed for programs."""
    require(by, "product.create")
    return ProductDraft.objects.create(user_id=_person(by), document={"product": dict(first)})


@audited
def start_change(product: DataProduct, *, by: Principal) -> ProductDraft:
    """The open change of this product by this person, or a new one that starts from what stands."""
    require(by, "product.edit", product)
    standing = ProductDraft.objects.filter(
        user_id=_person(by), product=product, request_number__isnull=True
    ).first()
    if standing is not None:
        return standing
    stands = of_product(product)
    return ProductDraft.objects.create(
        user_id=_person(by), product=product, document={**stands, BASE: stands}
    )


@audited
def catch_up(draft_id: int, *, by: Principal) -> tuple[ProductDraft, Merged | None]:
    """The draft on top of its product as it stands; what was taken over, None when nothing moved."""
    draft = locked_draft(draft_id, by=by)
    merged = None if draft.product is None else on_top_of(draft.document, of_product(draft.product))
    if merged is not None:
        draft.document = merged.document
        draft.revision += 1
        draft.save(update_fields=["document", "revision", "updated_at"])
    return draft, merged


@audited
def save_step(
    draft_id: int, step: str, typed: Mapping[str, Any], *, by: Principal, seen: str
) -> ProductDraft:
    """Keep what was typed in one step, right or wrong.

    `seen` is the mark of what the form was made from. Raises StaleRevision when another window
    saved the step since, NotFound for somebody else's draft.
    """
    draft = locked_draft(draft_id, by=by)
    if has_moved(draft.document, step, typed, seen):
        raise StaleRevision
    draft.document = {**draft.document, step: dict(typed)}
    draft.revision += 1
    draft.save(update_fields=["document", "revision", "updated_at"])
    return draft


def locked_draft(draft_id: int, *, by: Principal) -> ProductDraft:
    """The person's open draft, locked for this transaction.

    Raises NotFound, and NotAllowed for a change of a product that is no longer theirs to change.
    """
    rows = ProductDraft.objects.select_related("product__team", "product__domain")
    rows = rows.select_for_update(no_key=True, of=("self",))
    draft = rows.filter(pk=draft_id, user_id=by.user_pk or 0, request_number__isnull=True).first()
    if draft is None:
        raise NotFound
    if draft.product is not None:
        require(by, "product.edit", draft.product)
    return draft


@audited
def close_draft(draft_id: int, request_number: int, *, by: Principal) -> None:
    """A change request was made of the draft: it is not shown any more."""
    ProductDraft.objects.filter(pk=draft_id, user_id=by.user_pk or 0).update(
        request_number=request_number, revision=F("revision") + 1
    )


@audited
def discard_draft(draft_id: int, *, by: Principal) -> None:
    """Throw a draft away; repeatable."""
    ProductDraft.objects.filter(
        pk=draft_id, user_id=by.user_pk or 0, request_number__isnull=True
    ).delete()


def _person(by: Principal) -> int:
    if by.user_pk is None:
        raise NotAllowed("Only people fill in the form; programs send requests.")
    return by.user_pk
