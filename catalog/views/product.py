"""A product's page with its tabs, and the acts on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from catalog.actions.samples import request_sample
from catalog.actions.subscriptions import subscribe, unsubscribe
from catalog.queries.lookup import product_of
from catalog.showing.changes import changes
from catalog.showing.lineage import lineage_tab
from catalog.showing.overview import overview
from catalog.showing.product import TABS, ProductHead, product_head
from catalog.showing.promises import promise_rows
from catalog.showing.readers import reader_rows
from catalog.showing.schema import schema_tab
from mesh.audit.principal import Principal
from mesh.kernel.errors import MeshError, NotFound
from mesh.people.pages import Page


class Product(Page):
    """One tab of a product's page."""

    asks: ClassVar[str] = "catalog.read"

    def get(self, request: HttpRequest, slug: str, tab: str = "overview") -> HttpResponse:
        if tab not in TABS:
            raise NotFound
        head = product_head(self.viewer, slug, tab)
        self.require(head.resource)
        context = CONTEXTS[tab](self.viewer, head)
        return self.page(template=f"catalog/product/{tab}.html", head=head, **context)


class Subscribe(Page):
    """Start or end the viewer's subscription."""

    asks: ClassVar[str] = "subscribe"

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        product = product_of(self.viewer, slug)
        if request.POST.get("subscribed") == "true":
            unsubscribe(product, by=self.viewer)
            messages.success(request, f"You no longer hear of {product.name}.")
        else:
            subscribe(product, by=self.viewer)
            messages.success(request, f"You will hear of changes and incidents of {product.name}.")
        return redirect(f"/products/{product.slug}")


class Sample(Page):
    """Ask for a sample of the product's topics now."""

    asks: ClassVar[str] = "product.edit"

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        product = product_of(self.viewer, slug)
        self.require(product)
        try:
            request_sample(product, by=self.viewer)
            messages.success(request, "A sample is on its way; this page shows it when it is done.")
        except MeshError as error:
            messages.error(request, error.detail)
        return redirect(f"/products/{product.slug}/schema")


def _overview(viewer: Principal, head: ProductHead) -> dict[str, Any]:
    return {"page": overview(viewer, head)}


def _schema(viewer: Principal, head: ProductHead) -> dict[str, Any]:
    return {"page": schema_tab(head)}


def _lineage(viewer: Principal, head: ProductHead) -> dict[str, Any]:
    return {"page": lineage_tab(viewer, head.product)}


def _consumers(viewer: Principal, head: ProductHead) -> dict[str, Any]:
    return {"rows": reader_rows(head)}


def _promises(viewer: Principal, head: ProductHead) -> dict[str, Any]:
    numbers = {incident.target_key: incident.number for incident in head.incidents}
    return {"rows": promise_rows(head.promises, numbers)}


def _changes(viewer: Principal, head: ProductHead) -> dict[str, Any]:
    return {"events": changes(head.product, head.placed)}


CONTEXTS: dict[str, Callable[[Principal, ProductHead], dict[str, Any]]] = {
    "overview": _overview,
    "schema": _schema,
    "lineage": _lineage,
    "consumers": _consumers,
    "promises": _promises,
    "changes": _changes,
}
