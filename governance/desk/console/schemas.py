"""Subjects, versions, contents and who uses them."""

from __future__ import annotations

from django.contrib import admin

from governance.desk.console.base import ReadOnlyAdmin
from schemas.models import (
    Association,
    RegistryAccess,
    RegistryContext,
    SchemaVersion,
    Subject,
    SubjectCheck,
)


@admin.register(RegistryContext)
class RegistryContextAdmin(ReadOnlyAdmin):
    list_display = ("name", "last_id", "compatibility", "mode")
    search_fields = ("name",)


@admin.register(Subject)
class SubjectAdmin(ReadOnlyAdmin):
    list_display = ("name", "context", "compatibility", "mode", "created_at", "updated_at")
    search_fields = ("name",)
    list_filter = ("compatibility", "mode")
    list_select_related = ("context",)


@admin.register(SchemaVersion)
class SchemaVersionAdmin(ReadOnlyAdmin):
    list_display = (
        "subject", "version", "schema_id", "created_by_label", "created_at", "request_number", "deleted_at",
    )  # fmt: skip
    search_fields = ("subject__name", "created_by_label")
    list_filter = (("deleted_at", admin.EmptyFieldListFilter),)
    list_select_related = ("subject", "schema_id")


@admin.register(SubjectCheck)
class SubjectCheckAdmin(ReadOnlyAdmin):
    list_display = ("subject", "outcome", "level", "versions", "checked_at")
    search_fields = ("subject__name",)
    list_filter = ("outcome", "level")
    list_select_related = ("subject",)


@admin.register(Association)
class AssociationAdmin(ReadOnlyAdmin):
    list_display = ("resource_name", "association_type", "subject_name", "source", "updated_at")
    search_fields = ("resource_name", "subject_name")
    list_filter = ("association_type", "source")


@admin.register(RegistryAccess)
class RegistryAccessAdmin(ReadOnlyAdmin):
    list_display = ("principal_label", "action", "subject_name", "client", "count", "last_seen")
    search_fields = ("principal_label", "subject_name", "client")
    list_filter = ("action",)
