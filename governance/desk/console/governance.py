"""Policies, change requests, votes, results and what was tried on the broker."""

from __future__ import annotations

from django.contrib import admin

from governance.desk.console.base import ReadOnlyAdmin
from governance.models import (
    ApplyAttempt,
    Approval,
    ApprovalRequirement,
    ChangeItem,
    ChangeRequest,
    DesiredState,
    Policy,
    PolicyResult,
    Reservation,
    Verification,
)


@admin.register(Policy)
class PolicyAdmin(ReadOnlyAdmin):
    list_display = ("code", "state", "parameters", "revision", "updated_at")
    search_fields = ("code",)
    list_filter = ("state",)


@admin.register(ChangeRequest)
class ChangeRequestAdmin(ReadOnlyAdmin):
    list_display = (
        "number", "title", "state", "product", "environment", "requester_label", "submitted_at", "closed_at",
    )  # fmt: skip
    search_fields = ("title", "number", "product__slug", "requester_label")
    list_filter = ("state", "environment")
    list_select_related = ("product", "environment")


@admin.register(ChangeItem)
class ChangeItemAdmin(ReadOnlyAdmin):
    list_display = ("request", "position", "kind", "object_key", "state", "origin")
    search_fields = ("object_key", "request__title")
    list_filter = ("kind", "state")
    list_select_related = ("request",)


@admin.register(ApprovalRequirement)
class ApprovalRequirementAdmin(ReadOnlyAdmin):
    list_display = ("request", "code", "mode", "role", "scope_label", "count", "why")
    search_fields = ("request__title", "scope_label", "code")
    list_filter = ("mode", "role")
    list_select_related = ("request",)


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdmin):
    list_display = ("request", "person_label", "verdict", "reason", "at", "void_reason")
    search_fields = ("request__title", "person_label")
    list_filter = ("verdict",)
    list_select_related = ("request",)


@admin.register(PolicyResult)
class PolicyResultAdmin(ReadOnlyAdmin):
    list_display = ("policy", "product", "request", "phase", "severity", "outcome", "message", "at")
    search_fields = ("policy__code", "product__slug", "message")
    list_filter = ("outcome", "phase", "severity", "policy")
    list_select_related = ("policy", "product", "request")


@admin.register(ApplyAttempt)
class ApplyAttemptAdmin(ReadOnlyAdmin):
    list_display = (
        "item", "number", "call", "outcome", "error_code", "answer", "started_at", "ended_at",
    )  # fmt: skip
    search_fields = ("item__object_key", "call", "answer")
    list_filter = ("outcome", "call")
    list_select_related = ("item",)


@admin.register(Verification)
class VerificationAdmin(ReadOnlyAdmin):
    list_display = ("item", "equal", "checked_at", "expected", "observed")
    search_fields = ("item__object_key",)
    list_filter = ("equal",)
    list_select_related = ("item",)


@admin.register(Reservation)
class ReservationAdmin(ReadOnlyAdmin):
    list_display = ("object_key", "request")
    search_fields = ("object_key", "request__title")
    list_select_related = ("request",)


@admin.register(DesiredState)
class DesiredStateAdmin(ReadOnlyAdmin):
    list_display = ("topic", "generation", "request", "verified_at", "document")
    search_fields = ("topic__name",)
    list_select_related = ("topic", "request")
