"""What a product is and what is promised: domains, products, ports, promises, verdicts, incidents, search."""

from __future__ import annotations

import builtins

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesh.kernel.ids import uuid7
from mesh.people.models import Team, User
from schemas.models import Field, Subject
from streams.models import Environment, Topic


class Domain(models.Model):
    """A part of the business; domains form a tree."""

    public_id = models.UUIDField(default=uuid7, unique=True)
    slug = models.SlugField(max_length=63, unique=True)
    name = models.CharField(max_length=120)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    description = models.TextField(default="", blank=True)
    stripe = models.IntegerField(default=1)  # 1..8: the series colour beside its name
    revision = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name


class DataProduct(models.Model):
    """Something a team answers for: its topics, schemas and promises."""

    class Lifecycle(models.TextChoices):
        DRAFT = "draft"
        PROPOSED = "proposed"
        ACTIVE = "active"
        DEPRECATED = "deprecated"
        RETIRED = "retired"

    class Visibility(models.TextChoices):
        ORGANISATION = "organisation"
        RESTRICTED = "restricted"

    class Tier(models.TextChoices):
        GOLD = "gold"
        SILVER = "silver"
        BRONZE = "bronze"

    public_id = models.UUIDField(default=uuid7, unique=True)
    slug = models.SlugField(max_length=63, unique=True)
    name = models.CharField(max_length=120)
    team = models.ForeignKey(Team, models.PROTECT, related_name="products")
    domain = models.ForeignKey(Domain, models.PROTECT, related_name="products")
    kind = models.CharField(max_length=20, default="source_aligned")
    purpose = models.TextField(default="", blank=True)
    usage = models.TextField(default="", blank=True)
    limitations = models.TextField(default="", blank=True)
    lifecycle = models.CharField(max_length=12, choices=Lifecycle.choices, default=Lifecycle.DRAFT)
    visibility = models.CharField(
        max_length=16, choices=Visibility.choices, default=Visibility.ORGANISATION
    )
    tier = models.CharField(max_length=8, choices=Tier.choices, default="", blank=True)
    sampling = models.BooleanField(default=False)
    health = models.CharField(max_length=12, default="unpromised")
    health_reasons = models.JSONField(default=list)
    consumer_count = models.IntegerField(default=0)
    activated_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(db_default=Now())
    revision = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(tier__in=["", "gold", "silver", "bronze"]), name="product_tier"
            )
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def audit_scope(self) -> tuple[int, str]:
        return self.team_id, str(self.public_id)


class Port(models.Model):
    """Where a product gives (output) or takes (input) data."""

    class Direction(models.TextChoices):
        INPUT = "input"
        OUTPUT = "output"

    public_id = models.UUIDField(default=uuid7, unique=True)
    product = models.ForeignKey(DataProduct, models.CASCADE, related_name="ports")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    name = models.CharField(max_length=120)
    version = models.CharField(max_length=40, default="1")
    lifecycle = models.CharField(max_length=12, default="draft")
    description = models.TextField(default="", blank=True)
    upstream = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="readers"
    )
    group_name = models.CharField(
        max_length=255, default="", blank=True
    )  # input: the consumer group that reads
    revision = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "direction", "name", "version"], name="port_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @property
    def audit_scope(self) -> tuple[str, str]:
        return "", str(self.product.public_id)


class PortTopic(models.Model):
    """The topic of a port in an environment; a topic is the output of at most one live port."""

    port = models.ForeignKey(Port, models.CASCADE, related_name="topics")
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="port_topics")
    environment = models.ForeignKey(Environment, models.PROTECT, related_name="+")
    direction = models.CharField(max_length=8)
    live = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["topic"],
                condition=Q(live=True, direction="output"),
                name="port_topic_one_output",
            ),
            models.UniqueConstraint(fields=["port", "topic"], name="port_topic_once"),
        ]

    def __str__(self) -> str:
        return f"{self.port_id} on {self.topic_id}"


class TopicSubject(models.Model):
    """A subject that describes a topic's keys or values; several record types per side are normal."""

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="topic_subjects")
    subject = models.ForeignKey(Subject, models.CASCADE, related_name="topic_subjects")
    side = models.CharField(max_length=8)
    strategy = models.CharField(max_length=16, default="topic")
    record_name = models.CharField(max_length=1024, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["topic", "subject", "side"], name="topic_subject_once")
        ]

    def __str__(self) -> str:
        return f"{self.subject_id} on {self.topic_id}"


class Promise(models.Model):
    """What a port promises, in its literal words and as they are read."""

    public_id = models.UUIDField(default=uuid7, unique=True)
    port = models.ForeignKey(Port, models.CASCADE, related_name="promises")
    property = models.CharField(max_length=40)  # canonical
    literal = models.JSONField(
        default=dict
    )  # {"property","value","unit","element","consumer",...} as written
    words = models.CharField(max_length=200, default="", blank=True)
    state = models.CharField(max_length=12, default="parsed")  # parsed | ambiguous | unparsed
    comparator = models.CharField(max_length=4, default="", blank=True)
    magnitude = models.FloatField(null=True)
    base_unit = models.CharField(max_length=16, default="", blank=True)
    percentile = models.FloatField(null=True)
    window_s = models.IntegerField(null=True)
    reference = models.CharField(max_length=16, default="", blank=True)
    consumer = models.CharField(
        max_length=255, default="", blank=True
    )  # consumer group of a lag promise
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["port", "property", "consumer"],
                condition=Q(ended_at__isnull=True),
                name="promise_once",
            )
        ]

    def __str__(self) -> str:
        return self.words or self.property

    @builtins.property  # a column has the plain name
    def audit_scope(self) -> tuple[str, str]:
        return "", str(self.port.product.public_id)


class PromiseState(models.Model):
    """The newest verdict of a promise."""

    promise = models.OneToOneField(Promise, models.CASCADE, primary_key=True, related_name="now")
    word = models.CharField(max_length=8)  # pass | warn | fail | unknown | skip
    reason = models.CharField(max_length=300, default="", blank=True)
    value_lo = models.FloatField(null=True)
    value_hi = models.FloatField(null=True)
    quality = models.CharField(max_length=16, default="", blank=True)
    judged_at = models.DateTimeField()
    since = models.DateTimeField()
    recent = ArrayField(
        models.CharField(max_length=8), default=list
    )  # newest last, at most 20 words

    def __str__(self) -> str:
        return f"{self.promise_id} {self.word}"


class Verdict(models.Model):
    """One judgement of one promise in one sweep slot."""

    promise = models.ForeignKey(Promise, models.CASCADE, related_name="verdicts")
    slot_at = models.DateTimeField()
    word = models.CharField(max_length=8)
    value_lo = models.FloatField(null=True)
    value_hi = models.FloatField(null=True)
    quality = models.CharField(max_length=16, default="", blank=True)
    reason = models.CharField(max_length=300, default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["promise", "slot_at"], name="verdict_once")]

    def __str__(self) -> str:
        return f"{self.promise_id} {self.slot_at} {self.word}"


class PromiseDay(models.Model):
    """Looks at a promise in one day of UTC, by their verdict; kept for thirteen months."""

    promise = models.ForeignKey(Promise, models.CASCADE, related_name="days")
    day = models.DateField()
    kept = models.IntegerField(default=0)
    at_risk = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    unknown = models.IntegerField(default=0)
    broken = models.BooleanField(default=False)  # an incident was open in it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["promise", "day"], name="promise_day_once")]

    def __str__(self) -> str:
        return f"{self.promise_id} {self.day}"


class Incident(models.Model):
    """A broken promise or a bad schema, from its start until it holds again. One open per kind and target."""

    class Kind(models.TextChoices):
        PROMISE = "promise"
        SCHEMA = "schema"

    number = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=uuid7, unique=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    target_key = models.CharField(
        max_length=300
    )  # promise public id; 'topic:<id>:<schema id>'; 'subject:<id>'
    product = models.ForeignKey(DataProduct, models.CASCADE, related_name="incidents")
    promise = models.ForeignKey(
        Promise, models.SET_NULL, null=True, blank=True, related_name="incidents"
    )
    title = models.CharField(max_length=300)
    started_at = models.DateTimeField()
    detected_at = models.DateTimeField(db_default=Now())
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=200, default="", blank=True)
    resolved_at = models.DateTimeField(null=True)
    worst_value = models.FloatField(null=True)
    evidence = models.JSONField(default=dict)
    suspects = models.JSONField(
        default=list
    )  # {"product","slug","hops","since","why"} nearest first

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "target_key"],
                condition=Q(resolved_at__isnull=True),
                name="incident_open_once",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def audit_scope(self) -> tuple[int, str]:
        return self.product.team_id, str(self.product.public_id)


class IncidentNote(models.Model):
    """A line of an incident's timeline."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="notes")
    at = models.DateTimeField(db_default=Now())
    actor = models.CharField(max_length=200, default="", blank=True)
    kind = models.CharField(max_length=16)
    words = models.TextField()

    def __str__(self) -> str:
        return self.words[:60]


class Subscription(models.Model):
    """A person who wants to hear of a product's changes and incidents."""

    user = models.ForeignKey(User, models.CASCADE, related_name="subscriptions")
    product = models.ForeignKey(DataProduct, models.CASCADE, related_name="subscriptions")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "product"], name="subscription_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.product_id}"


class ProductDraft(models.Model):
    """A registration somebody is still filling in: the form's steps, kept on the server."""

    public_id = models.UUIDField(default=uuid7, unique=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="product_drafts")
    product = models.ForeignKey(
        DataProduct, models.CASCADE, null=True, blank=True, related_name="drafts"
    )
    document = models.JSONField(default=dict)  # step name -> its members
    request_number = models.BigIntegerField(null=True)
    revision = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"draft {self.public_id}"


class SearchDocument(models.Model):
    """What search knows of one object; narrow, with the facets and the permission columns in the row."""

    kind = models.CharField(max_length=16)  # product | topic | subject | team | domain | group
    object_id = models.UUIDField()
    href = models.CharField(max_length=300)
    name = models.CharField(max_length=520)
    line = models.CharField(max_length=400, default="", blank=True)
    product_id = models.UUIDField(null=True)
    product_slug = models.CharField(max_length=63, default="", blank=True)
    team_pk = models.BigIntegerField(null=True)
    team_slug = models.CharField(max_length=63, default="", blank=True)
    domain_slug = models.CharField(max_length=63, default="", blank=True)
    domain_ids = ArrayField(models.UUIDField(), default=list)
    lifecycle = models.CharField(max_length=12, default="", blank=True)
    tier = models.CharField(max_length=8, default="", blank=True)
    health = models.CharField(max_length=12, default="", blank=True)
    visibility = models.CharField(max_length=16, default="organisation")
    popularity = models.IntegerField(default=0)
    changed_at = models.DateTimeField(null=True)
    names_vector = SearchVectorField(null=True)
    all_vector = SearchVectorField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id"], name="search_document_once")
        ]
        indexes = [
            GinIndex(fields=["names_vector"], name="search_document_names"),
            GinIndex(fields=["all_vector"], name="search_document_all"),
            models.Index(fields=["href"], name="search_document_href"),
        ]

    def __str__(self) -> str:
        return self.name


class FieldDocument(models.Model):
    """One field of a product's current schema, for search by field."""

    field = models.ForeignKey(Field, models.CASCADE, related_name="+")
    product = models.ForeignKey(DataProduct, models.CASCADE, related_name="+")
    subject = models.ForeignKey(Subject, models.CASCADE, related_name="+")
    path = models.TextField()
    vector = SearchVectorField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "subject", "field"], name="field_document_once"
            )
        ]
        indexes = [GinIndex(fields=["vector"], name="field_document_vector")]

    def __str__(self) -> str:
        return self.path
