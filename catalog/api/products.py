"""REST of products: drafts, edits, consumers, subscription."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.products import create_product, edit_product
from catalog.actions.subscriptions import subscribe, unsubscribe
from catalog.api.bodies import ProductBody, ProductEdit
from catalog.api.shapes import ProductShape
from catalog.members import TIERS
from catalog.models import DataProduct
from catalog.queries.consumers import consumers_of
from catalog.queries.lookup import domain_named, product_of, team_named
from catalog.queries.products import product_list
from mesh.kernel.paging import Keyset
from mesh.people.rest import MeshAPI

SORTS = {
    "slug": Keyset("slug"),
    "-changed_at": Keyset("changed_at", descending=True),
    "-consumer_count": Keyset("consumer_count", descending=True),
}
FILTERS = frozenset({"team", "domain", "tier", "lifecycle", "health", "sort"})
CLEARED = ("purpose", "usage", "limitations", "tier")


class ProductsView(MeshAPI):
    """All products the viewer may see; POST makes a draft."""

    asks: ClassVar[dict[str, str]] = {"GET": "catalog.read", "POST": "product.create"}
    is_paged: ClassVar[bool] = True
    parameters = FILTERS
    choices: ClassVar[dict[str, Collection[str]]] = {
        "sort": tuple(SORTS), "tier": TIERS[1:], "lifecycle": DataProduct.Lifecycle.values,
    }  # fmt: skip

    @extend_schema(responses={200: ProductShape(many=True)})
    def get(self, request: Request) -> Response:
        keyset = SORTS[request.query_params.get("sort") or "slug"]
        rows = product_list(self.viewer, request.query_params)
        return self.list_page(rows, keyset, ProductShape)

    @extend_schema(request=ProductBody, responses={201: ProductShape})
    def post(self, request: Request) -> Response:
        body = resolved(self.viewer, self.valid(ProductBody))
        product = create_product(**body, by=self.viewer)
        response = self.one(product_shape(product), product.revision, status=201)
        response["Location"] = f"/api/v1/products/{product.public_id}"
        return response


class ProductView(MeshAPI):
    """One product, by id or slug."""

    asks: ClassVar[dict[str, str]] = {"GET": "catalog.read", "PATCH": "product.edit"}

    @extend_schema(responses={200: ProductShape})
    def get(self, request: Request, product_id: str) -> Response:
        product = product_of(self.viewer, product_id)
        return self.one(ProductShape(product).data, product.revision)

    @extend_schema(request=ProductEdit, responses={200: ProductShape})
    def patch(self, request: Request, product_id: str) -> Response:
        product = product_of(self.viewer, product_id)
        self.require(product)
        revision = self.expected_revision(product.revision)
        changes = resolved(self.viewer, self.valid(ProductEdit))
        product = edit_product(product.pk, changes, by=self.viewer, revision=revision)
        return self.one(product_shape(product), product.revision)


class ProductBySlugView(MeshAPI):
    """One product by its slug."""

    asks: ClassVar[str] = "catalog.read"

    @extend_schema(responses={200: ProductShape})
    def get(self, request: Request, slug: str) -> Response:
        product = product_of(self.viewer, slug)
        return self.one(ProductShape(product).data, product.revision)


class ConsumersView(MeshAPI):
    """Who reads a product: declared, observed, with lag and evidence."""

    asks: ClassVar[str] = "lineage.read"

    @extend_schema(responses={200: dict})
    def get(self, request: Request, product_id: str) -> Response:
        product = product_of(self.viewer, product_id)
        return Response({"items": consumers_of(self.viewer, product), "next": None})


class SubscriptionView(MeshAPI):
    """The caller's subscription to a product."""

    asks: ClassVar[str] = "subscribe"

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, product_id: str) -> Response:
        subscribe(product_of(self.viewer, product_id), by=self.viewer)
        return Response(status=204)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, product_id: str) -> Response:
        unsubscribe(product_of(self.viewer, product_id), by=self.viewer)
        return Response(status=204)


def product_shape(product: DataProduct) -> Any:
    """The representation of a product that was just written (reads its database defaults)."""
    return ProductShape(
        DataProduct.objects.select_related("team", "domain").get(pk=product.pk)
    ).data


def resolved(viewer: Any, body: dict[str, Any]) -> dict[str, Any]:
    """The body with teams and domains as rows, and null texts as empty ones."""
    if "team" in body:
        body["team"] = team_named(viewer, body["team"])
    if "domain" in body:
        body["domain"] = domain_named(viewer, body["domain"])
    return {
        name: "" if value is None and name in CLEARED else value for name, value in body.items()
    }
