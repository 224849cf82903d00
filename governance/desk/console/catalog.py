"""Domains, products, ports, promises, verdicts and incidents."""

from __future__ import annotations

from django.contrib import admin

from catalog.models import (
    DataProduct,
    Domain,
    Incident,
    Port,
    PortTopic,
    ProductDraft,
    Promise,
    PromiseDay,
    PromiseState,
)
from governance.desk.console.base import ReadOnlyAdmin


@admin.register(Domain)
class DomainAdmin(ReadOnlyAdmin):
    list_display = ("name", "slug", "parent", "updated_at")
    search_fields = ("name", "slug")
    list_select_related = ("parent",)


@admin.register(DataProduct)
class DataProductAdmin(ReadOnlyAdmin):
    list_display = (
        "name", "slug", "team", "domain", "lifecycle", "tier", "health", "visibility", "changed_at",
    )  # fmt: skip
    search_fields = ("name", "slug", "purpose")
    list_filter = ("lifecycle", "tier", "health", "visibility", "team", "domain")
    list_select_related = ("team", "domain")


@admin.register(Port)
class PortAdmin(ReadOnlyAdmin):
    list_display = (
        "name",
        "version",
        "product",
        "direction",
        "lifecycle",
        "upstream",
        "group_name",
    )
    search_fields = ("name", "product__slug", "group_name")
    list_filter = ("direction", "lifecycle")
    list_select_related = ("product", "upstream")


@admin.register(PortTopic)
class PortTopicAdmin(ReadOnlyAdmin):
    list_display = ("port", "topic", "environment", "direction", "live")
    search_fields = ("port__product__slug", "topic__name")
    list_filter = ("direction", "live", "environment")
    list_select_related = ("port", "topic", "environment")


@admin.register(Promise)
class PromiseAdmin(ReadOnlyAdmin):
    list_display = ("words", "product", "property", "state", "literal", "consumer", "ended_at")
    search_fields = ("words", "port__product__slug", "consumer")
    list_filter = ("property", "state", ("ended_at", admin.EmptyFieldListFilter))
    list_select_related = ("port__product",)

    @admin.display(description="product")
    def product(self, promise: Promise) -> str:
        return promise.port.product.slug


@admin.register(PromiseState)
class PromiseStateAdmin(ReadOnlyAdmin):
    list_display = ("promise", "word", "reason", "value_lo", "value_hi", "judged_at", "since")
    search_fields = ("promise__words", "promise__port__product__slug")
    list_filter = ("word",)
    list_select_related = ("promise",)


@admin.register(PromiseDay)
class PromiseDayAdmin(ReadOnlyAdmin):
    list_display = ("promise", "day", "kept", "at_risk", "failed", "unknown", "broken")
    search_fields = ("promise__words", "promise__port__product__slug")
    list_filter = ("broken",)
    list_select_related = ("promise",)


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    list_display = (
        "number", "title", "product", "kind", "started_at", "acknowledged_by", "resolved_at",
    )  # fmt: skip
    search_fields = ("title", "product__slug")
    list_filter = ("kind", ("resolved_at", admin.EmptyFieldListFilter))
    list_select_related = ("product",)


@admin.register(ProductDraft)
class ProductDraftAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "user", "product", "request_number", "updated_at")
    search_fields = ("user__login", "product__slug")
    list_select_related = ("user", "product")
