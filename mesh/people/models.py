"""Users, teams, memberships, role grants, service accounts, API keys and object scopes."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from mesh.kernel.ids import uuid7


class UserDirectory(BaseUserManager["User"]):
    """Finds users by login whatever its letter case."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(login__iexact=username or "")


class User(AbstractBaseUser):
    """A person who signs in. Content rights come from grants and memberships alone."""

    public_id = models.UUIDField(default=uuid7, unique=True)
    login = models.CharField(max_length=80)
    label = models.CharField(max_length=120)
    email = models.EmailField(blank=True, default="")
    is_active = models.BooleanField(default=True)
    theme = models.CharField(max_length=8, default="", blank=True)
    density = models.CharField(max_length=12, default="comfortable")
    zone = models.CharField(max_length=64, default="", blank=True)  # "" = UTC
    shortcuts = models.BooleanField(default=True)  # are single keys listened to
    quiet_families = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    recent = ArrayField(models.CharField(max_length=300), default=list, blank=True)  # newest first
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["label"]
    objects = UserDirectory()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("login"), name="user_login_once")]

    def __str__(self) -> str:
        return self.label

    @property
    def is_staff(self) -> bool:
        """May see the admin console: governance, platform and audit roles on the platform."""
        return (
            self.is_active
            and self.grants.filter(
                role__in=("governor", "platform_admin", "auditor"), scope_kind="platform"
            ).exists()
        )

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Delegates to the backend, which asks decide()."""
        from django.contrib.auth import get_backends

        return any(
            getattr(b, "has_perm", lambda *_: False)(self, perm, obj) for b in get_backends()
        )

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff


class Team(models.Model):
    """People who answer together for products."""

    public_id = models.UUIDField(default=uuid7, unique=True)
    slug = models.SlugField(max_length=63, unique=True)
    name = models.CharField(max_length=120)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    purpose = models.TextField(blank=True, default="")
    contact = models.CharField(max_length=200, blank=True, default="")
    on_call = models.CharField(max_length=200, blank=True, default="")
    revision = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name

    @property
    def audit_scope(self) -> tuple[int | None, str]:
        return self.pk, ""


class Membership(models.Model):
    """A person's place in a team: engineer or owner of all its products."""

    class Role(models.TextChoices):
        ENGINEER = "engineer"
        OWNER = "owner"

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} of {self.team_id}"


class ServiceAccount(models.Model):
    """A program that belongs to a team: has keys, no password, never approves."""

    public_id = models.UUIDField(default=uuid7, unique=True)
    name = models.CharField(max_length=120, unique=True)
    team = models.ForeignKey(Team, models.PROTECT, related_name="service_accounts")
    purpose = models.CharField(max_length=32, blank=True, default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name

    @property
    def audit_scope(self) -> tuple[int | None, str]:
        return self.team_id, ""


class Grant(models.Model):
    """A role on a scope for a person or a service account."""

    class Role(models.TextChoices):
        READER = "reader"
        STEWARD = "steward"
        GOVERNOR = "governor"
        PLATFORM_ADMIN = "platform_admin"
        AUDITOR = "auditor"

    class ScopeKind(models.TextChoices):
        PLATFORM = "platform"
        DOMAIN = "domain"
        PRODUCT = "product"

    role = models.CharField(max_length=20, choices=Role.choices)
    scope_kind = models.CharField(max_length=12, choices=ScopeKind.choices)
    scope_id = models.UUIDField(null=True, blank=True)
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="grants")
    service_account = models.ForeignKey(
        ServiceAccount, models.CASCADE, null=True, blank=True, related_name="grants"
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, service_account__isnull=True)
                | Q(user__isnull=True, service_account__isnull=False),
                name="grant_one_holder",
            ),
            models.CheckConstraint(
                condition=Q(scope_kind="platform", scope_id__isnull=True)
                | (~Q(scope_kind="platform") & Q(scope_id__isnull=False)),
                name="grant_scope",
            ),
            models.UniqueConstraint(
                fields=["role", "scope_kind", "scope_id", "user", "service_account"],
                nulls_distinct=False,
                name="grant_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} on {self.scope_kind}"


class ApiKey(models.Model):
    """A program's or person's key: only its SHA-256 is stored, it is shown once."""

    key_id = models.CharField(max_length=10, unique=True)
    secret_sha256 = models.CharField(max_length=64)
    label = models.CharField(max_length=120, default="")
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="api_keys")
    service_account = models.ForeignKey(
        ServiceAccount, models.CASCADE, null=True, blank=True, related_name="api_keys"
    )
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    purpose = models.CharField(max_length=32, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, service_account__isnull=True)
                | Q(user__isnull=True, service_account__isnull=False),
                name="api_key_one_holder",
            )
        ]

    def __str__(self) -> str:
        return f"key {self.key_id}"


class ObjectScope(models.Model):
    """Who owns what: the one table from which decide() and scope() know. Written by catalog.

    `kind` is the model name of the object (product, port, topic, subject, consumergroup);
    `domain_ids` holds the product's domain and all its ancestors.
    """

    kind = models.CharField(max_length=24)
    object_id = models.UUIDField()
    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="+")
    product_id = models.UUIDField(null=True)
    product_slug = models.CharField(max_length=63, default="")
    domain_ids = ArrayField(models.UUIDField(), default=list)
    visibility = models.CharField(max_length=16, default="organisation")
    classification_rank = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id"], name="object_scope_once")
        ]
        indexes = [models.Index(fields=["product_id"], name="object_scope_product")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class LoginBucket(models.Model):
    """Failed log-ins per account and per address in the running five minutes."""

    key = models.CharField(max_length=200, unique=True)
    failures = models.IntegerField(default=0)
    window_until = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class Notification(models.Model):
    """A line for one person: what happened, to what, and why they are told.

    What happens to one object within one `slot` of ten minutes is one line: the newest.
    """

    public_id = models.UUIDField(default=uuid7, unique=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="notifications")
    family = models.CharField(max_length=16)
    object_kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=80)
    product_id = models.UUIDField(null=True)
    slot = models.BigIntegerField()
    event_id = models.BigIntegerField()  # of the newest event told
    title = models.CharField(max_length=300)
    words = models.CharField(max_length=500)
    why = models.CharField(max_length=200)
    href = models.CharField(max_length=300)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "family", "object_kind", "object_id", "slot"],
                name="notification_once",
            )
        ]
        indexes = [
            models.Index(fields=["user", "-at", "-id"], name="notification_newest"),
            models.Index(
                fields=["user"], condition=Q(read_at__isnull=True), name="notification_unread"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class MutedProduct(models.Model):
    """A product of which a person wants to hear nothing more."""

    user = models.ForeignKey(User, models.CASCADE, related_name="muted_products")
    product_id = models.UUIDField()
    label = models.CharField(max_length=120)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "product_id"], name="muted_product_once")
        ]

    def __str__(self) -> str:
        return self.label


class SignIn(models.Model):
    """A browser in which a person is signed in, so that they can see it and end it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True)
    address = models.CharField(max_length=64, default="", blank=True)
    browser = models.CharField(max_length=120, default="", blank=True)
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.user_id} on {self.browser}"
