"""Rows every floor writes beside its own: audit events, outbox, jobs, schedule slots."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex  # noqa: F401  (postgres fields need the module)
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesh.kernel.ids import uuid7


class AuditEvent(models.Model):
    """One state change or refused write: who, what, why, before and after.

    The table only grows: a trigger refuses UPDATE and DELETE.
    """

    public_id = models.UUIDField(default=uuid7, unique=True)
    at = models.DateTimeField(db_default=Now())
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    actor_label = models.CharField(max_length=200)
    auth_method = models.CharField(max_length=32, default="")
    request_id = models.CharField(max_length=64, default="")
    room = models.CharField(max_length=32)
    action = models.CharField(max_length=80)
    object_kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=80)
    object_label = models.CharField(max_length=300)
    team_id = models.CharField(max_length=40, default="")
    product_id = models.CharField(max_length=40, default="")
    outcome = models.CharField(max_length=16, default="done")
    reason = models.TextField(default="")
    change = models.JSONField(default=dict)
    request_number = models.BigIntegerField(null=True)
    # Reserved for the hash chain, which the database will fill in.
    chain_sequence = models.BigIntegerField(null=True, editable=False)
    previous_hash = models.BinaryField(null=True)
    own_hash = models.BinaryField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-id"], name="audit_event_newest"),
            models.Index(fields=["object_kind", "object_id", "-id"], name="audit_event_object"),
            models.Index(fields=["product_id", "-id"], name="audit_event_product"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_label}"


class OutboxEvent(models.Model):
    """Something others may want to hear of; written with the change, fanned out after commit."""

    public_id = models.UUIDField(default=uuid7, unique=True)
    at = models.DateTimeField(db_default=Now())
    name = models.CharField(max_length=80)
    object_kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=80)
    payload = models.JSONField(default=dict)
    team_ids = models.JSONField(default=list)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=Q(done_at__isnull=True), name="outbox_due")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.object_id}"


class Job(models.Model):
    """Work that must happen: claimed with a lease, acted, marked; a message is only a hint."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    public_id = models.UUIDField(default=uuid7, unique=True)
    kind = models.CharField(max_length=80)
    key = models.CharField(max_length=200)
    title = models.CharField(max_length=300, default="")
    arguments = models.JSONField(default=dict)
    principal_kind = models.CharField(max_length=16, default="system")
    principal_id = models.CharField(max_length=64, default="")
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True)
    fence = models.IntegerField(default=0)
    attempts = models.IntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    steps = models.JSONField(default=list)
    error = models.JSONField(null=True)
    result_href = models.CharField(max_length=300, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=Q(state__in=["waiting", "running"]),
                name="job_open_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state__in=["waiting", "running"]), name="job_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Slot(models.Model):
    """One run of one periodic job; whoever inserts the row sends the hint."""

    job = models.CharField(max_length=80)
    slot = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "slot"], name="slot_once")]

    def __str__(self) -> str:
        return f"{self.job} {self.slot}"


class WorkerHeartbeat(models.Model):
    """Written by a task itself, so that a deaf worker is seen as dead."""

    queue = models.CharField(max_length=32)
    worker = models.CharField(max_length=120)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "worker"], name="heartbeat_worker")]

    def __str__(self) -> str:
        return f"{self.queue} {self.worker}"


class IdempotencyRecord(models.Model):
    """The first answer to a POST with an Idempotency-Key, kept 24 hours."""

    principal = models.CharField(max_length=80)
    key = models.CharField(max_length=128)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())
    status = models.IntegerField(null=True)
    body = models.TextField(default="")
    headers = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["principal", "key"], name="idempotency_once")
        ]

    def __str__(self) -> str:
        return self.key
