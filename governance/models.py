"""Who decides: policies, change requests with plan and hash, approvals, apply attempts, desired state."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from catalog.models import DataProduct
from governance.policy.states import State
from mesh.kernel.ids import uuid7
from mesh.people.models import User
from streams.models import Environment, Topic


class Policy(models.Model):
    """A policy of the built-in library with its state and parameters on this platform."""

    class State(models.TextChoices):
        SHADOW = "shadow"
        ACTIVE = "active"
        RETIRED = "retired"

    public_id = models.UUIDField(default=uuid7, unique=True)
    code = models.CharField(max_length=60, unique=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    parameters = models.JSONField(default=dict)
    revision = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.code


class ChangeRequest(models.Model):
    """The unit of review: items, plan, hash, requirements, votes, what apply did."""

    number = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=uuid7, unique=True)
    title = models.CharField(max_length=200)
    reason = models.TextField()
    kind = models.CharField(max_length=16, default="change")
    requester_kind = models.CharField(max_length=16)
    requester_id = models.CharField(max_length=64)
    requester_label = models.CharField(max_length=200)
    requester_user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="requests")
    team_id = models.BigIntegerField(null=True)
    editors = models.JSONField(default=list)  # principal keys of everyone who edited an item
    product = models.ForeignKey(
        DataProduct, models.SET_NULL, null=True, related_name="change_requests"
    )
    environment = models.ForeignKey(Environment, models.PROTECT, related_name="change_requests")
    state = models.CharField(
        max_length=20,
        choices=[(state.value, state.value.replace("_", " ").title()) for state in State],
        default=State.DRAFT.value,
    )
    revision = models.IntegerField(default=1)
    plan = models.JSONField(default=list)
    plan_hash = models.CharField(max_length=64, default="", blank=True)
    planned_at = models.DateTimeField(null=True)
    impact = models.JSONField(default=dict)  # who is hit: verdict counts, readers, headline
    on_failure = models.CharField(max_length=12, default="compensate")
    failure = models.JSONField(null=True)  # {"step","reason","remedy"}
    submitted_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["awaiting_approval", "approved", "applying", "applied"])
                | ~Q(plan_hash=""),
                name="request_has_plan",
            )
        ]
        indexes = [models.Index(fields=["state", "-number"], name="request_state")]

    def __str__(self) -> str:
        return f"#{self.number} {self.title}"

    @property
    def audit_scope(self) -> tuple[int | None, str]:
        return self.team_id, str(self.product.public_id) if self.product is not None else ""


class ChangeItem(models.Model):
    """One act of a request: what is wanted, what stood before, what was observed after."""

    class State(models.TextChoices):
        PENDING = "pending"
        APPLYING = "applying"
        DONE = "done"
        UNCHANGED = "unchanged"
        FAILED = "failed"
        UNKNOWN = "unknown"
        VERIFIED = "verified"
        UNDONE = "undone"
        UNDO_FAILED = "undo_failed"
        KEPT = "kept"

    public_id = models.UUIDField(default=uuid7, unique=True)
    request = models.ForeignKey(ChangeRequest, models.CASCADE, related_name="items")
    position = models.IntegerField()
    kind = models.CharField(max_length=40)
    object = models.JSONField(default=dict)
    object_key = models.CharField(max_length=400)
    desired = models.JSONField(default=dict)
    precondition = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    origin = models.CharField(
        max_length=12, default="", blank=True
    )  # created | adopted | unchanged
    observed_after = models.JSONField(null=True)
    error = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request", "kind", "object_key"], name="item_object_once"
            ),
            models.UniqueConstraint(fields=["request", "position"], name="item_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_key}"


class Reservation(models.Model):
    """A name that an open request claims: nobody else may claim or register it meanwhile."""

    request = models.ForeignKey(ChangeRequest, models.CASCADE, related_name="reservations")
    object_key = models.CharField(
        max_length=400, unique=True
    )  # topic:<cluster uuid>/<name>, subject:<name>, product:<slug>

    def __str__(self) -> str:
        return self.object_key


class ApprovalRequirement(models.Model):
    """A slot that somebody entitled must fill for a given plan."""

    request = models.ForeignKey(ChangeRequest, models.CASCADE, related_name="requirements")
    plan_hash = models.CharField(max_length=64)
    code = models.CharField(max_length=60)
    mode = models.CharField(max_length=12, default="approve")
    role = models.CharField(max_length=20)  # owner | steward | governor | platform_admin | auto
    scope_kind = models.CharField(max_length=12)
    scope_id = models.CharField(max_length=64, default="", blank=True)
    scope_label = models.CharField(max_length=200, default="", blank=True)
    count = models.IntegerField(default=1)
    why = models.CharField(max_length=300)

    def __str__(self) -> str:
        return f"{self.role} of {self.scope_label}"


class Approval(models.Model):
    """A vote on the plan that the voter saw."""

    request = models.ForeignKey(ChangeRequest, models.CASCADE, related_name="approvals")
    plan_hash = models.CharField(max_length=64)
    requirement = models.ForeignKey(
        ApprovalRequirement, models.SET_NULL, null=True, related_name="votes"
    )
    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="votes")
    person_label = models.CharField(max_length=200)
    verdict = models.CharField(max_length=12)
    reason = models.TextField(default="", blank=True)
    at = models.DateTimeField(db_default=Now())
    void_reason = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request", "plan_hash", "person"],
                condition=Q(void_reason=""),
                name="vote_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_label} {self.verdict}"


class PolicyResult(models.Model):
    """What a policy said about an item of a request, or about a product in a nightly run."""

    request = models.ForeignKey(
        ChangeRequest, models.CASCADE, null=True, related_name="policy_results"
    )
    product = models.ForeignKey(
        DataProduct, models.CASCADE, null=True, related_name="policy_results"
    )
    plan_hash = models.CharField(max_length=64, default="", blank=True)
    item = models.ForeignKey(ChangeItem, models.SET_NULL, null=True, related_name="policy_results")
    policy = models.ForeignKey(Policy, models.CASCADE, related_name="results")
    severity = models.CharField(max_length=8)
    phase = models.CharField(max_length=12)
    outcome = models.CharField(max_length=8)  # pass warn fail unknown error skip
    message = models.TextField(default="", blank=True)
    remedy = models.TextField(default="", blank=True)
    pointer = models.CharField(max_length=200, default="", blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["product", "policy"], name="policy_result_product")]

    def __str__(self) -> str:
        return f"{self.policy_id} {self.outcome}"


class ApplyAttempt(models.Model):
    """One broker call: written and committed before the call is made."""

    item = models.ForeignKey(ChangeItem, models.CASCADE, related_name="attempts")
    number = models.IntegerField()
    fence = models.IntegerField()
    call = models.CharField(max_length=80)
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, default="")  # ok | error | timeout | lost
    error_code = models.CharField(max_length=60, default="", blank=True)
    answer = models.TextField(default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "number"], name="attempt_once")]

    def __str__(self) -> str:
        return f"{self.call} {self.outcome}"


class Verification(models.Model):
    """What was read back from the broker or registry after the act."""

    item = models.ForeignKey(ChangeItem, models.CASCADE, related_name="verifications")
    checked_at = models.DateTimeField(db_default=Now())
    expected = models.JSONField(default=dict)
    observed = models.JSONField(default=dict)
    equal = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.item_id} {'equal' if self.equal else 'differs'}"


class DesiredState(models.Model):
    """What a governed topic should look like, as last applied and verified."""

    topic = models.OneToOneField(Topic, models.CASCADE, related_name="desired_state")
    document = models.JSONField(default=dict)
    generation = models.IntegerField(default=1)
    request = models.ForeignKey(ChangeRequest, models.SET_NULL, null=True, related_name="+")
    verified_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"desired state of {self.topic_id}"


class Comment(models.Model):
    """A line of discussion on a request."""

    request = models.ForeignKey(ChangeRequest, models.CASCADE, related_name="comments")
    author = models.ForeignKey(User, models.PROTECT, related_name="comments")
    at = models.DateTimeField(db_default=Now())
    words = models.TextField()

    def __str__(self) -> str:
        return self.words[:60]
