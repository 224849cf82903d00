"""The admin console: every room's main rows to read, nothing to change behind the actions' back."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from catalog.models import DataProduct, Domain, Incident, Port, Promise
from governance.models import ChangeRequest, DesiredState, Policy, PolicyResult
from lineage.models import Edge, LineageEvent, Run
from mesh.audit.models import AuditEvent, Job, OutboxEvent, WorkerHeartbeat
from mesh.people.authz.doors import may
from mesh.people.middleware import viewer_of
from mesh.people.models import ApiKey, Grant, ServiceAccount, Team, User
from schemas.models import RegistryAccess, SchemaVersion, Subject, SubjectCheck
from streams.models import Cluster, ConsumerGroup, Environment, Sweep, Topic

HIDDEN = frozenset({"password", "secrets", "secret_sha256"})


class ReadOnly(ModelAdmin):  # type: ignore[misc]  # unfold has no type information
    """Rows to look at; permission is asked of decide(), changes go through the pages and REST."""

    list_per_page = 50
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(viewer_of(request), "admin.use")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(viewer_of(request), "admin.use")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return [field.name for field in self.model._meta.fields if field.name not in HIDDEN]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return self.get_fields(request, obj)


def show(
    model: type[Model], *columns: str, search: tuple[str, ...] = (), filters: tuple[str, ...] = ()
) -> None:
    """Put a model into the console with these columns."""
    relations = tuple(name for name in columns if model._meta.get_field(name).is_relation)
    members = {
        "list_display": columns,
        "search_fields": search,
        "list_filter": filters,
        "list_select_related": relations or False,
    }
    admin.site.register(model, type(f"{model.__name__}Admin", (ReadOnly,), members))


show(User, "login", "label", "is_active", "last_login", search=("login", "label"))
show(Team, "slug", "name", "contact", "on_call", search=("slug", "name"))
show(Grant, "role", "scope_kind", "user", "service_account", filters=("role",))
show(ServiceAccount, "name", "team", "purpose", "is_active", search=("name",))
show(
    ApiKey, "key_id", "label", "user", "service_account", "expires_at", "last_used_at", "revoked_at"
)
show(Environment, "slug", "name", "kind", "rank")
show(Cluster, "name", "environment", "state", "state_reason", "last_sweep_at", "sweep_interval_s")
show(
    Topic,
    "name",
    "cluster",
    "partitions",
    "origin",
    "last_seen",
    "ended_at",
    search=("name",),
    filters=("origin",),
)
show(
    ConsumerGroup,
    "group_id",
    "cluster",
    "state",
    "last_seen",
    search=("group_id",),
    filters=("state",),
)
show(Sweep, "cluster", "slot", "outcome", "started_at", "duration_ms", filters=("outcome",))
show(Subject, "name", "context", "compatibility", "mode", search=("name",))
show(
    SchemaVersion,
    "subject",
    "version",
    "created_by_label",
    "created_at",
    "deleted_at",
    search=("subject__name",),
)
show(SubjectCheck, "subject", "outcome", "level", "checked_at", filters=("outcome",))
show(
    RegistryAccess,
    "principal_label",
    "action",
    "subject_name",
    "schema_number",
    "last_seen",
    "count",
)
show(Edge, "src", "dst", "kind", "declared", "observed", "live", filters=("kind", "live"))
show(Run, "run_id", "job", "state", "last_event_at", search=("run_id",), filters=("state",))
show(LineageEvent, "job_name", "event_type", "received_at", "principal", search=("job_name",))
show(Domain, "slug", "name", "parent", search=("slug", "name"))
show(
    DataProduct,
    "slug",
    "team",
    "domain",
    "tier",
    "lifecycle",
    "health",
    search=("slug",),
    filters=("lifecycle", "tier"),
)
show(Port, "name", "product", "direction", "version", "lifecycle", search=("name", "product__slug"))
show(Promise, "words", "port", "property", "state", "ended_at", filters=("property", "state"))
show(
    Incident,
    "number",
    "title",
    "product",
    "started_at",
    "resolved_at",
    search=("title",),
    filters=("kind",),
)
show(Policy, "code", "state", "revision", "updated_at", filters=("state",))
show(PolicyResult, "policy", "product", "phase", "outcome", "at", filters=("outcome", "phase"))
show(
    ChangeRequest,
    "number",
    "title",
    "state",
    "requester_label",
    "environment",
    "created_at",
    search=("title",),
    filters=("state",),
)
show(DesiredState, "topic", "generation", "verified_at")
show(
    AuditEvent,
    "at",
    "actor_label",
    "action",
    "object_label",
    "outcome",
    search=("actor_label", "action", "object_label"),
    filters=("room", "outcome"),
)
show(OutboxEvent, "at", "name", "object_kind", "done_at", filters=("name",))
show(
    Job,
    "kind",
    "key",
    "state",
    "attempts",
    "created_at",
    "ended_at",
    search=("kind", "key"),
    filters=("state", "kind"),
)
show(WorkerHeartbeat, "queue", "worker", "at")
