"""Users, teams, roles, service accounts and keys; never a password or a secret."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from governance.desk.console.base import ReadOnlyAdmin
from mesh.people.actions import end_key, grant_role, revoke_role
from mesh.people.authz.doors import judge
from mesh.people.middleware import viewer_of
from mesh.people.models import ApiKey, Grant, Membership, ObjectScope, ServiceAccount, Team, User

Act = Callable[[Any, HttpRequest, QuerySet[Any]], None]


class RoleAdmin(ReadOnlyAdmin):
    """A list whose acts need the right to grant roles; the action itself asks again, with password."""

    def has_role_permission(self, request: HttpRequest) -> bool:
        decision = judge(viewer_of(request), "role.grant")
        return decision.allow or decision.rule == "sudo"


def _granting(role: str) -> Act:
    """The act that grants a role on the platform to the chosen people."""

    @admin.action(description=f"Grant the role {role} on the platform", permissions=["role"])
    def grant(console: RoleAdmin, request: HttpRequest, rows: QuerySet[User]) -> None:
        console.act(
            request,
            rows,
            lambda user, by: grant_role(user.login, role, by=by),
            f"now hold the role {role}.",
        )

    grant.__name__ = f"grant_{role}"
    return grant


@admin.register(User)
class UserAdmin(RoleAdmin):
    """People; rights come from grants and memberships alone."""

    list_display = ("login", "label", "email", "is_active", "last_login", "created_at")
    search_fields = ("login", "label", "email")
    list_filter = ("is_active", "grants__role")
    exclude = ("password",)
    actions = tuple(_granting(role) for role in Grant.Role.values)


@admin.register(Team)
class TeamAdmin(ReadOnlyAdmin):
    list_display = ("name", "slug", "parent", "contact", "on_call", "updated_at")
    search_fields = ("name", "slug", "contact")
    list_select_related = ("parent",)


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    list_display = ("user", "team", "role")
    search_fields = ("user__login", "user__label", "team__slug", "team__name")
    list_filter = ("role", "team")
    list_select_related = ("user", "team")


@admin.register(Grant)
class GrantAdmin(RoleAdmin):
    list_display = ("holder", "role", "scope_kind", "scope_id", "created_at")
    search_fields = ("user__login", "user__label", "service_account__name")
    list_filter = ("role", "scope_kind")
    list_select_related = ("user", "service_account")
    actions = ("take_away",)

    @admin.display(description="holder")
    def holder(self, grant: Grant) -> str:
        return str(grant.user or grant.service_account)

    @admin.action(description="Take the role away", permissions=["role"])
    def take_away(self, request: HttpRequest, rows: QuerySet[Grant]) -> None:
        self.act(request, rows, lambda grant, by: revoke_role(grant.pk, by=by), "roles ended.")


@admin.register(ServiceAccount)
class ServiceAccountAdmin(ReadOnlyAdmin):
    list_display = ("name", "team", "purpose", "is_active", "created_at")
    search_fields = ("name", "team__slug")
    list_filter = ("is_active", "team")
    list_select_related = ("team",)


@admin.register(ApiKey)
class ApiKeyAdmin(RoleAdmin):
    """Keys by their public part; the secret's digest is shown nowhere."""

    list_display = (
        "key_id", "label", "holder", "scopes", "last_used_at", "expires_at", "revoked_at",
    )  # fmt: skip
    search_fields = ("key_id", "label", "user__login", "service_account__name")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    list_select_related = ("user", "service_account")
    exclude = ("secret_sha256",)
    actions = ("end",)

    @admin.display(description="holder")
    def holder(self, key: ApiKey) -> str:
        return str(key.user or key.service_account)

    @admin.action(description="Revoke the key", permissions=["role"])
    def end(self, request: HttpRequest, rows: QuerySet[ApiKey]) -> None:
        self.act(request, rows, lambda key, by: end_key(key.key_id, by=by), "keys revoked.")


@admin.register(ObjectScope)
class ObjectScopeAdmin(ReadOnlyAdmin):
    list_display = ("kind", "object_id", "product_slug", "team", "visibility")
    search_fields = ("object_id", "product_slug")
    list_filter = ("kind", "visibility")
    list_select_related = ("team",)
