"""Schema and catalogue items: each group in one transaction, so nobody ever sees half of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from catalog.actions.bundles import open_port
from catalog.actions.lifecycle import activate_product
from catalog.actions.products import create_product, edit_product
from catalog.actions.promises import set_promises
from catalog.models import DataProduct, Domain
from governance.models import ChangeItem, ChangeRequest, Verification
from governance.planning.catalogue import port_called, product_called
from governance.planning.contents import own_level, read_content, subject_named
from mesh.audit.actions import audited, record
from mesh.audit.principal import Principal
from mesh.kernel.errors import InvalidInput, MeshError
from mesh.people.models import Team
from schemas.actions import register_version, set_level

I = ChangeItem.State  # noqa: E741  (item states)
PRODUCT_MEMBERS = (
    "name",
    "kind",
    "purpose",
    "usage",
    "limitations",
    "tier",
    "visibility",
    "sampling",
)


class ItemRefused(MeshError):
    """A lower room refused an item; the whole group is rolled back."""

    code, status, title = "item_refused", 422, "An item was refused"

    def __init__(self, item: ChangeItem, error: MeshError) -> None:
        super().__init__(error.detail, faults=error.faults)
        self.item, self.error = item, error


@audited
def apply_rows(request: ChangeRequest, items: Sequence[ChangeItem], *, by: Principal) -> None:
    """All of them or none. Raises ItemRefused naming the item that could not be."""
    for item in items:
        try:
            found = APPLIERS[item.kind](request, item, by)
        except MeshError as error:
            raise ItemRefused(item, error) from error
        Verification.objects.create(item=item, expected=_wanted(item), observed=found, equal=True)
        item.state, item.error, item.observed_after = I.VERIFIED, None, found
        item.save(update_fields=["state", "error", "observed_after"])
        record(
            "item_verified", request, by=by, after={"item": str(item)}, request_number=request.pk
        )


def _wanted(item: ChangeItem) -> dict[str, Any]:
    """What was asked, with a long schema text cut."""
    return {
        key: str(value)[:200] if key == "schema" else value for key, value in item.desired.items()
    }


def _register(request: ChangeRequest, item: ChangeItem, by: Principal) -> dict[str, Any]:
    """Register the content and read it back; the level is set where it protects the most."""
    name, level = item.object["subject"], item.desired.get("compatibility")
    subject = subject_named(name)
    if level and subject is not None and own_level(subject) != level:
        set_level(name, level, by=by, approval=request)
    registered = register_version(
        name,
        item.desired["schema"],
        references=item.desired.get("references", []),
        by=by,
        approval=request,
    )
    if level and own_level(subject_named(name)) != level:
        set_level(name, level, by=by, approval=request)
    content = read_content(item)
    if not content.stands or content.guid != str(registered.guid):
        raise InvalidInput(f"{name} was registered but is not found by its content.")
    return {
        "subject": name,
        "version": registered.version,
        "schema_id": registered.schema_id,
        "level": content.level,
    }


def _level(request: ChangeRequest, item: ChangeItem, by: Principal) -> dict[str, Any]:
    name, level = item.object["subject"], item.desired["level"]
    set_level(name, level, by=by, approval=request)
    return {"subject": name, "level": own_level(subject_named(name))}


def _create_product(request: ChangeRequest, item: ChangeItem, by: Principal) -> dict[str, Any]:
    """A new product, or the draft of the same team completed."""
    slug, members = item.object["product"], _members(item)
    product = product_called(slug)
    if product is None:
        product = create_product(slug=slug, by=by, **members)
    else:
        edit_product(product.pk, members, by=by, approval=request.pk)
    ChangeRequest.objects.filter(pk=request.pk, product__isnull=True).update(product=product)
    request.product = product
    return {"product": slug, "id": str(product.public_id)}


def _edit_product(request: ChangeRequest, item: ChangeItem, by: Principal) -> dict[str, Any]:
    product = edit_product(
        _product(item).pk, _members(item), by=by, approval=request.pk, why=request.reason
    )
    return {"product": product.slug, "revision": product.revision}


def _members(item: ChangeItem) -> dict[str, Any]:
    members = {name: item.desired[name] for name in PRODUCT_MEMBERS if name in item.desired}
    if "team" in item.desired:
        members["team"] = Team.objects.get(slug=item.desired["team"])
    if "domain" in item.desired:
        members["domain"] = Domain.objects.get(slug=item.desired["domain"])
    return members


def _open_port(request: ChangeRequest, item: ChangeItem, by: Principal) -> dict[str, Any]:
    named = item.object
    wish = {
        **item.desired,
        "direction": named["direction"],
        "name": named["port"],
        "version": named["version"],
    }
    port = open_port(_product(item).pk, wish, by=by, approval=request.pk)
    return {"port": port.name, "id": str(port.public_id)}


def _promise(request: ChangeRequest, item: ChangeItem, by: Principal) -> dict[str, Any]:
    port = port_called(item)
    if port is None:
        raise InvalidInput(f"{item.object['product']} has no port {item.object['port']}.")
    promises = set_promises(port.pk, item.desired["promises"], by=by, approval=request.pk)
    return {"promises": [promise.words or promise.property for promise in promises]}


def _activate(request: ChangeRequest, item: ChangeItem, by: Principal) -> dict[str, Any]:
    product = activate_product(_product(item).pk, by=by, approval=request.pk, why=request.reason)
    return {"lifecycle": product.lifecycle}


def _product(item: ChangeItem) -> DataProduct:
    product = product_called(item.object["product"])
    if product is None:
        raise InvalidInput(f"There is no product {item.object['product']}.")
    return product


Applier = Callable[[ChangeRequest, ChangeItem, Principal], dict[str, Any]]
APPLIERS: Mapping[str, Applier] = {
    "schema.register": _register,
    "schema.compatibility": _level,
    "product.create": _create_product,
    "product.edit": _edit_product,
    "port.create": _open_port,
    "promise.set": _promise,
    "lifecycle.activate": _activate,
}
