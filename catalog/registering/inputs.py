"""The inputs step of the registration form: the products that a product is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from catalog.models import DataProduct, ProductDraft
from catalog.registering.document import Document, of_product, part
from catalog.registering.fields import Wrong, typed
from mesh.audit.principal import Principal
from mesh.kernel.errors import clipped
from mesh.people.authz.doors import scope

ROWS = 24
PRODUCTS = 500


def read_inputs(post: QueryDict, before: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs step; empty rows are dropped."""
    rows = [
        {
            "product": typed(post, f"input_product_{index}").strip()[:63],
            "group": typed(post, f"input_group_{index}").strip()[:249],
        }
        for index in range(ROWS)
        if f"input_product_{index}" in post
    ]
    return {"rows": [row for row in rows if row["product"] or row["group"]]}


def check_inputs(viewer: Principal, draft: ProductDraft | None, document: Document) -> list[Wrong]:
    """Each input is another product that the viewer sees, once; those that stand stay as they are."""
    rows = list(part(document, "inputs").get("rows", ()))
    names = [str(row.get("product", "")) for row in rows]
    known = set(visible_products(viewer).filter(slug__in=names).values_list("slug", flat=True))
    own = str(part(document, "product").get("slug") or "")
    wrong = []
    for index, name in enumerate(names):
        said = _fault(name, own, known, names[:index])
        if said:
            wrong.append(Wrong(f"input_product_{index}", "Product", said))
    missing = [row for row in standing_inputs(draft) if row not in rows]
    if missing:
        said = f"{missing[0]['product']} is an input already; an input cannot be changed or ended here."
        wrong.append(Wrong("input_product_0", "Product", said))
    return wrong


def _fault(name: str, own: str, known: set[str], above: list[str]) -> str:
    if not name:
        return "Name the product that the group reads."
    if name == own:
        return "A product is no input of itself."
    if name in above:
        return f"{name} stands above already."
    if name not in known:
        return f'There is no product "{clipped(name, 63)}"; choose one from the list.'
    return ""


def standing_inputs(draft: ProductDraft | None) -> list[dict[str, str]]:
    """The inputs of the product that a draft changes, as rows of the form."""
    if draft is None or draft.product is None:
        return []
    rows: list[dict[str, str]] = part(of_product(draft.product), "inputs").get("rows", [])
    return [row for row in rows if row["product"]]


def visible_products(viewer: Principal) -> Any:
    """Products that may be an input."""
    return scope(viewer, "catalog.read", DataProduct.objects.exclude(lifecycle="retired"))
