"""The inputs step of the registration form: the products that a product is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from catalog.models import DataProduct, ProductDraft
from catalog.registering.document import Document, part
from catalog.registering.fields import Wrong, typed
from mesh.audit.principal import Principal
from mesh.kernel.errors import clipped
from mesh.people.authz.doors import scope

ROWS = 24
PRODUCTS = 500


def read_inputs(post: QueryDict, before: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs step; empty rows are dropped. What stands is not asked again: it cannot change here."""
    rows = [
        {
            "product": typed(post, f"input_product_{index}").strip()[:63],
            "group": typed(post, f"input_group_{index}").strip()[:249],
        }
        for index in range(ROWS)
        if f"input_product_{index}" in post
    ]
    return {"rows": [*standing(before), *(row for row in rows if row["product"] or row["group"])]}


def standing(step: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows that are inputs of the product already."""
    return [row for row in step.get("rows", ()) if row.get("stands")]


def check_inputs(viewer: Principal, draft: ProductDraft | None, document: Document) -> list[Wrong]:
    """Each new input is another product that the viewer sees, once."""
    step = part(document, "inputs")
    above = [str(row["product"]) for row in standing(step)]
    asked = [str(row.get("product", "")) for row in step.get("rows", ()) if not row.get("stands")]
    rows = seen_products(viewer, asked).exclude(lifecycle="retired")
    known = set(rows.values_list("slug", flat=True))
    own = str(part(document, "product").get("slug") or "")
    wrong = []
    for index, name in enumerate(asked):
        if said := _fault(name, own, known, [*above, *asked[:index]]):
            wrong.append(Wrong(f"input_product_{index}", "Product", said))
    return wrong


def seen_products(viewer: Principal, slugs: Sequence[str]) -> QuerySet[DataProduct]:
    """Those of the products that the viewer may see."""
    return scope(viewer, "catalog.read", DataProduct.objects.filter(slug__in=slugs))


def _fault(name: str, own: str, known: set[str], above: list[str]) -> str:
    if not name:
        return "Name the product that the group reads."
    if name == own:
        return "A product is no input of itself."
    if name in above:
        return f"{clipped(name, 63)} is an input already."
    if name not in known:
        return f'There is no product "{clipped(name, 63)}"; choose one from the list.'
    return ""


def choices(viewer: Principal, own: str) -> list[tuple[str, str]]:
    """Short name and name of the products that may be an input, at most 500."""
    rows = scope(viewer, "catalog.read", DataProduct.objects.exclude(lifecycle="retired"))
    return list(rows.exclude(slug=own).order_by("slug").values_list("slug", "name")[:PRODUCTS])
