"""How data flows: nodes, evidence, edges, runs, and which subject belongs to which topic."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from mesh.kernel.ids import uuid7


class Node(models.Model):
    """A topic, dataset, application or product; products enter by UUID text, never by foreign key.

    `key`: topic: its public id; dataset: namespace + '/' + name; application: 'group:<cluster>/<id>',
    'service:<name>', 'job:<namespace>/<name>', 'client:<principal>'; product: its public id.
    """

    class Kind(models.TextChoices):
        TOPIC = "topic"
        DATASET = "dataset"
        APPLICATION = "application"
        PRODUCT = "product"

    public_id = models.UUIDField(default=uuid7, unique=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    key = models.CharField(max_length=800)
    label = models.CharField(max_length=300)
    owner_key = models.CharField(max_length=40, default="", blank=True)  # product UUID text
    owner_label = models.CharField(max_length=120, default="", blank=True)
    exposure = models.CharField(max_length=12, default="unowned")  # output | internal | unowned
    resolved = models.BooleanField(default=True)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="node_once")]
        indexes = [models.Index(fields=["owner_key"], name="node_owner")]

    def __str__(self) -> str:
        return self.label


class Evidence(models.Model):
    """One proof of one flow, extended by each sighting; ends by TTL of covered time or by retraction."""

    class Kind(models.TextChoices):
        READS = "reads"
        WRITES = "writes"
        DERIVES = "derives"
        FEEDS = "feeds"

    src = models.ForeignKey(Node, models.CASCADE, related_name="evidence_out")
    dst = models.ForeignKey(Node, models.CASCADE, related_name="evidence_in")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    source = models.CharField(max_length=32)
    source_ref = models.CharField(max_length=300, default="", blank=True)
    strength = models.FloatField()
    ttl_s = models.IntegerField(null=True)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    observations = models.BigIntegerField(default=1)
    declared = models.BooleanField(default=False)
    detail = models.JSONField(default=dict)
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.CharField(max_length=80, default="", blank=True)
    coverage = models.CharField(
        max_length=40, default="", blank=True
    )  # scope of the clock it ages by
    seen_clock = models.FloatField(default=0)  # that clock's covered seconds at `last_seen`

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["src", "dst", "kind", "source", "source_ref"],
                condition=Q(ended_at__isnull=True),
                name="evidence_live_once",
            ),
            models.CheckConstraint(condition=~Q(src=F("dst")), name="evidence_no_self_edge"),
        ]

    def __str__(self) -> str:
        return f"{self.src_id} {self.kind} {self.dst_id} by {self.source}"


class CoverageClock(models.Model):
    """Seconds during which somebody really looked: evidence ages by it, so a gap ages nothing.

    `scope`: 'cluster:<primary key>', 'registry' or 'openlineage'.
    """

    scope = models.CharField(max_length=40, unique=True)
    covered_s = models.FloatField(default=0)
    ticked_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.scope


class Edge(models.Model):
    """What all live evidence of one flow says: declared and observed are two axes."""

    public_id = models.UUIDField(default=uuid7, unique=True)
    src = models.ForeignKey(Node, models.CASCADE, related_name="edges_out")
    dst = models.ForeignKey(Node, models.CASCADE, related_name="edges_in")
    kind = models.CharField(max_length=8)
    declared = models.BooleanField(default=False)
    declared_by = models.CharField(max_length=200, default="", blank=True)
    observed = models.FloatField(default=0)
    best_source = models.CharField(max_length=32, default="", blank=True)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    live = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["src", "dst", "kind"], name="edge_once")]
        indexes = [models.Index(fields=["dst", "src"], name="edge_reverse")]

    def __str__(self) -> str:
        return f"{self.src_id} -> {self.dst_id}"


class SubjectTopic(models.Model):
    """Joins schemas and topics: by exact name, by schema ids found in records, or by declaration."""

    topic = models.ForeignKey(Node, models.CASCADE, related_name="subject_topics")
    subject_name = models.CharField(max_length=512)
    side = models.CharField(max_length=8)
    origin = models.CharField(max_length=12)  # name | sample | declared

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["topic", "subject_name", "side", "origin"], name="subject_topic_once"
            )
        ]
        indexes = [models.Index(fields=["subject_name"], name="subject_topic_subject")]

    def __str__(self) -> str:
        return f"{self.subject_name} on {self.topic_id}"


class Run(models.Model):
    """An OpenLineage run: its state is a function of the set of its events, whatever their order."""

    public_id = models.UUIDField(default=uuid7, unique=True)
    job = models.ForeignKey(Node, models.CASCADE, related_name="runs")
    run_id = models.CharField(max_length=512)
    state = models.CharField(max_length=12)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    last_event_at = models.DateTimeField()
    inputs = models.JSONField(default=list)
    outputs = models.JSONField(default=list)
    flows = models.JSONField(default=list)  # [output, input, basis] that the program itself stated
    states = models.JSONField(default=dict)  # event type -> newest eventTime of that type
    has_facet = models.BooleanField(default=False)  # then nothing is inferred from inputs x outputs
    events = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "run_id"], name="run_once")]

    def __str__(self) -> str:
        return self.run_id


class LineageEvent(models.Model):
    """An OpenLineage event as it came, kept 30 days; the digest makes repetition harmless."""

    digest = models.CharField(max_length=64, unique=True)
    received_at = models.DateTimeField(db_default=Now())
    event_at = models.DateTimeField()
    event_type = models.CharField(max_length=12)
    job_name = models.CharField(max_length=1100, default="", blank=True)
    principal = models.CharField(max_length=120)
    body = models.JSONField()
    warnings = models.JSONField(default=list)
    run = models.ForeignKey(Run, models.CASCADE, null=True, related_name="event_rows")

    class Meta:
        indexes = [models.Index(fields=["-received_at"], name="lineage_event_newest")]

    def __str__(self) -> str:
        return self.digest[:12]
