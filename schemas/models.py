"""What the bytes mean: contexts, subjects, contents stored once, ids, versions, references, use."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesh.kernel.ids import uuid7


class RegistryContext(models.Model):
    """A namespace of ids; '.' is the default one."""

    name = models.CharField(max_length=255, unique=True, db_collation="C")
    last_id = models.IntegerField(default=0)
    compatibility = models.CharField(max_length=24, default="", blank=True)
    mode = models.CharField(max_length=24, default="", blank=True)

    def __str__(self) -> str:
        return self.name


class Subject(models.Model):
    """A named history of schema versions."""

    public_id = models.UUIDField(default=uuid7, unique=True)
    context = models.ForeignKey(RegistryContext, models.PROTECT, related_name="subjects")
    name = models.CharField(max_length=512, db_collation="C")
    compatibility = models.CharField(max_length=24, default="", blank=True)
    normalize = models.BooleanField(null=True)
    mode = models.CharField(max_length=24, default="", blank=True)
    revision = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["context", "name"], name="subject_once")]

    def __str__(self) -> str:
        return self.name


class SchemaContent(models.Model):
    """One schema text with its references, stored once for all contexts and subjects."""

    guid = models.UUIDField(unique=True)
    text = models.TextField()  # canonical string; never jsonb: it is hashed and answered verbatim
    references_spec = models.TextField(default="[]")
    fingerprint = models.DecimalField(max_digits=20, decimal_places=0)  # CRC-64-AVRO
    strict = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.guid)


class SchemaId(models.Model):
    """The number under which a content is known in a context."""

    context = models.ForeignKey(RegistryContext, models.PROTECT, related_name="schema_ids")
    number = models.IntegerField()
    content = models.ForeignKey(SchemaContent, models.PROTECT, related_name="ids")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["context", "number"], name="schema_id_once"),
            models.UniqueConstraint(fields=["context", "content"], name="schema_content_once"),
        ]

    def __str__(self) -> str:
        return str(self.number)


class SchemaVersion(models.Model):
    """One version of a subject."""

    subject = models.ForeignKey(Subject, models.CASCADE, related_name="versions")
    version = models.IntegerField()
    schema_id = models.ForeignKey(SchemaId, models.PROTECT, related_name="versions")
    posted_digest = models.CharField(
        max_length=64, default="", blank=True
    )  # of the text as it was sent
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=120, default="", blank=True)
    created_by_label = models.CharField(max_length=200, default="", blank=True)
    request_number = models.BigIntegerField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "version"], name="schema_version_once")
        ]
        indexes = [
            models.Index(
                fields=["subject", "-version"],
                condition=Q(deleted_at__isnull=True),
                name="schema_version_live",
            ),
            models.Index(fields=["subject", "posted_digest"], name="schema_version_posted"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_id} v{self.version}"


class SchemaReference(models.Model):
    """A schema that another one uses by name."""

    content = models.ForeignKey(SchemaContent, models.CASCADE, related_name="references")
    ordinal = models.IntegerField()
    name = models.CharField(max_length=1024)
    subject_name = models.CharField(max_length=512)
    version = models.IntegerField()
    target = models.ForeignKey(SchemaVersion, models.PROTECT, null=True, related_name="referrers")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["content", "ordinal"], name="schema_reference_once")
        ]

    def __str__(self) -> str:
        return self.name


class Field(models.Model):
    """One field path of a content, for search, pages and documentation coverage."""

    content = models.ForeignKey(SchemaContent, models.CASCADE, related_name="fields")
    ordinal = models.IntegerField()
    path = models.TextField()
    type_text = models.TextField()
    nullable = models.BooleanField(default=False)
    default_text = models.TextField(null=True)
    doc = models.TextField(default="", blank=True)
    aliases = ArrayField(models.TextField(), default=list)
    logical_type = models.CharField(max_length=64, default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["content", "ordinal"], name="field_once")]

    def __str__(self) -> str:
        return self.path


class Association(models.Model):
    """Which subject a topic's key or value belongs to, as registry clients may ask. Written from above."""

    public_id = models.UUIDField(default=uuid7, unique=True)
    resource_namespace = models.CharField(max_length=64)  # Kafka cluster id
    resource_name = models.CharField(max_length=249)  # topic
    resource_id = models.CharField(max_length=64, default="", blank=True)
    association_type = models.CharField(max_length=8)  # key | value
    subject_name = models.CharField(max_length=512)
    source = models.CharField(max_length=12, default="derived")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resource_namespace", "resource_name", "association_type", "subject_name"],
                name="association_once",
            )
        ]
        indexes = [models.Index(fields=["resource_name"], name="association_topic")]

    def __str__(self) -> str:
        return f"{self.resource_name} {self.association_type}"


class RegistryAccess(models.Model):
    """Who really uses a schema: registered, looked up, fetched or checked it, when, with which client."""

    principal = models.CharField(max_length=120)
    principal_label = models.CharField(max_length=200, default="")
    client = models.CharField(max_length=64, default="", blank=True)
    action = models.CharField(max_length=12)
    subject_name = models.CharField(max_length=512, default="", blank=True)
    schema_number = models.IntegerField(default=0)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    count = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["principal", "client", "action", "subject_name", "schema_number"],
                name="registry_access_once",
            )
        ]
        indexes = [models.Index(fields=["subject_name"], name="registry_access_subject")]

    def __str__(self) -> str:
        return f"{self.principal} {self.action} {self.schema_number}"


class SubjectCheck(models.Model):
    """The newest verdict on a subject's own history under its level."""

    subject = models.OneToOneField(
        Subject, models.CASCADE, primary_key=True, related_name="check_result"
    )
    checked_at = models.DateTimeField()
    level = models.CharField(max_length=24)
    outcome = models.CharField(max_length=12)  # pass | fail | unknown
    versions = models.IntegerField(default=0)
    findings = models.JSONField(default=list)  # {"version","against","type","location","message"}

    def __str__(self) -> str:
        return f"check of {self.subject_id}"
