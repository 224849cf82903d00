"""The audit trail, the outbox, jobs with another try, and whether workers live."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from governance.actions.jobs import retry_job
from governance.desk.console.base import ReadOnlyAdmin
from mesh.audit.models import AuditEvent, Job, OutboxEvent, WorkerHeartbeat
from mesh.people.authz.doors import may
from mesh.people.middleware import viewer_of


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = (
        "at", "actor_label", "action", "object_kind", "object_label", "outcome", "reason", "request_number",
    )  # fmt: skip
    search_fields = ("actor_label", "object_label", "object_id", "request_id")
    list_filter = ("room", "outcome", "actor_kind", "action")


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "name", "object_kind", "object_id", "done_at")
    search_fields = ("name", "object_id")
    list_filter = ("name", ("done_at", admin.EmptyFieldListFilter))


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Background work; a job that gave up can be put back into the queue."""

    list_display = (
        "kind", "title", "state", "attempts", "created_at", "due_at", "started_at", "ended_at", "error",
    )  # fmt: skip
    search_fields = ("kind", "key", "title")
    list_filter = ("state", "kind")
    actions = ("retry",)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return may(viewer_of(request), "job.retry")

    @admin.action(description="Run again", permissions=["retry"])
    def retry(self, request: HttpRequest, rows: QuerySet[Job]) -> None:
        self.act(request, rows, lambda job, by: retry_job(job.pk, by=by), "jobs run again.")


@admin.register(WorkerHeartbeat)
class WorkerHeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("queue", "worker", "at")
    search_fields = ("worker",)
    list_filter = ("queue",)
