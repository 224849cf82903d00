"""What the brokers say: clusters, topics, consumer groups, offsets, lag, sweeps."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesh.kernel.ids import uuid7


class Environment(models.Model):
    """A stage of the platform (prod, staging); `kind` decides how strict approvals are."""

    class Kind(models.TextChoices):
        PROD = "prod"
        NON_PROD = "non_prod"

    public_id = models.UUIDField(default=uuid7, unique=True)
    slug = models.SlugField(max_length=63, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    rank = models.IntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name


class Cluster(models.Model):
    """A Kafka cluster with allow-listed client settings; secrets are encrypted and write-only."""

    class State(models.TextChoices):
        NEW = "new"
        REACHABLE = "reachable"
        DEGRADED = "degraded"
        UNREACHABLE = "unreachable"
        SUSPENDED = "suspended"

    public_id = models.UUIDField(default=uuid7, unique=True)
    environment = models.ForeignKey(Environment, models.PROTECT, related_name="clusters")
    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20, default="apache")
    settings = models.JSONField(default=dict)
    secrets = models.BinaryField(default=b"")
    sweep_interval_s = models.IntegerField(default=60)
    record_probe = models.BooleanField(default=False)
    kafka_cluster_id = models.CharField(max_length=64, default="", blank=True)
    broker_count = models.IntegerField(null=True)
    brokers_ever = models.IntegerField(default=0)
    state = models.CharField(max_length=16, choices=State.choices, default=State.NEW)
    state_reason = models.CharField(max_length=32, default="", blank=True)
    state_detail = models.CharField(max_length=300, default="", blank=True)
    state_since = models.DateTimeField(db_default=Now())
    last_answer_at = models.DateTimeField(null=True)
    last_sweep_at = models.DateTimeField(null=True)
    revision = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kafka_cluster_id"],
                condition=~Q(kafka_cluster_id=""),
                name="cluster_kafka_id_once",
            ),
            models.CheckConstraint(
                condition=Q(sweep_interval_s__gte=5, sweep_interval_s__lte=900),
                name="cluster_interval",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ClusterAlias(models.Model):
    """An address by which some program may call a cluster; resolves OpenLineage namespaces."""

    cluster = models.ForeignKey(Cluster, models.CASCADE, related_name="aliases")
    address = models.CharField(max_length=255)
    origin = models.CharField(max_length=12)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cluster", "address"], name="cluster_alias_once")
        ]

    def __str__(self) -> str:
        return self.address


class Topic(models.Model):
    """One incarnation of a topic; a new Kafka topic id under an old name is a new row."""

    public_id = models.UUIDField(default=uuid7, unique=True)
    cluster = models.ForeignKey(Cluster, models.CASCADE, related_name="topics")
    name = models.CharField(max_length=249)
    kafka_topic_id = models.CharField(max_length=32, default="", blank=True)
    partitions = models.IntegerField(default=0)
    replication_factor = models.IntegerField(default=0)
    configs = models.JSONField(default=dict)  # name -> {"value", "source", "is_default"}
    configs_at = models.DateTimeField(null=True)
    leaderless = models.IntegerField(default=0)
    under_min_isr = models.IntegerField(default=0)
    is_internal = models.BooleanField(default=False)
    origin = models.CharField(max_length=12, default="observed")  # observed | applied
    first_seen = models.DateTimeField(db_default=Now())
    last_seen = models.DateTimeField(db_default=Now())
    missed = models.IntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cluster", "name"],
                condition=Q(ended_at__isnull=True),
                name="topic_live_once",
            )
        ]

    def __str__(self) -> str:
        return self.name


class TopicState(models.Model):
    """The newest answer about a topic's log: per partition start, end; NULL where not answered."""

    topic = models.OneToOneField(Topic, models.CASCADE, related_name="log", primary_key=True)
    log_start = ArrayField(models.BigIntegerField(null=True), default=list)
    log_end = ArrayField(models.BigIntegerField(null=True), default=list)
    asked_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    advanced_after = models.DateTimeField(null=True)  # newest append happened after this instant …
    advanced_before = models.DateTimeField(null=True)  # … and before this one
    records_per_second = models.FloatField(null=True)
    unknown_reason = models.CharField(max_length=32, default="", blank=True)

    def __str__(self) -> str:
        return f"log of {self.topic_id}"


class TopicSample(models.Model):
    """Log starts and ends of one topic in one sweep; array position = partition, NULL = unknown."""

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="samples")
    sweep_at = models.DateTimeField()
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField()
    log_start = ArrayField(models.BigIntegerField(null=True))
    log_end = ArrayField(models.BigIntegerField(null=True))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["topic", "sweep_at"], name="topic_sample_once")
        ]

    def __str__(self) -> str:
        return f"{self.topic_id} {self.sweep_at}"


class ConsumerGroup(models.Model):
    """A consumer group as the broker lists it."""

    public_id = models.UUIDField(default=uuid7, unique=True)
    cluster = models.ForeignKey(Cluster, models.CASCADE, related_name="groups")
    group_id = models.CharField(max_length=255)
    state = models.CharField(max_length=32, default="")
    kind = models.CharField(max_length=16, default="classic")
    is_simple = models.BooleanField(default=False)
    members = models.JSONField(
        default=list
    )  # {"member_id","client_id","host","assignments":[[topic, partition]]}
    members_at = models.DateTimeField(null=True)
    unknown_reason = models.CharField(max_length=32, default="", blank=True)
    first_seen = models.DateTimeField(db_default=Now())
    last_seen = models.DateTimeField(db_default=Now())
    missed = models.IntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cluster", "group_id"],
                condition=Q(ended_at__isnull=True),
                name="group_live_once",
            )
        ]

    def __str__(self) -> str:
        return self.group_id


class GroupTopicLag(models.Model):
    """Current lag of one group on one topic, judged at `as_of`; arrays are per partition."""

    public_id = models.UUIDField(default=uuid7, unique=True)
    group = models.ForeignKey(ConsumerGroup, models.CASCADE, related_name="lags")
    topic = models.ForeignKey(Topic, models.CASCADE, related_name="lags")
    committed = ArrayField(models.BigIntegerField(null=True), default=list)
    lag = ArrayField(models.BigIntegerField(null=True), default=list)
    partition_status = ArrayField(models.CharField(max_length=16), default=list)
    status = models.CharField(max_length=16)
    status_counts = models.JSONField(default=dict)
    status_since = models.DateTimeField(db_default=Now())
    lag_records = models.BigIntegerField(
        null=True
    )  # sum over the covered partitions; NULL = unknown
    covered_partitions = models.IntegerField(default=0)
    partitions = models.IntegerField(default=0)
    age_lo_s = models.IntegerField(null=True)  # worst partition, whole seconds; NULL = unknown
    age_hi_s = models.IntegerField(null=True)  # -1 = no upper bound known
    trend = models.CharField(max_length=12, default="")
    catch_up_s = models.IntegerField(null=True)
    moved_at = models.DateTimeField(null=True)
    unknown_reason = models.CharField(max_length=32, default="", blank=True)
    reasons = models.JSONField(default=list)
    memory = models.JSONField(default=dict)  # what judging remembers per partition between sweeps
    as_of = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "topic"], name="group_topic_lag_once")
        ]
        indexes = [models.Index(fields=["topic"], name="group_topic_lag_topic")]

    def __str__(self) -> str:
        return f"lag of {self.group_id} on {self.topic_id}"


class LagSample(models.Model):
    """Lag of one group on one topic in one sweep."""

    lag_of = models.ForeignKey(GroupTopicLag, models.CASCADE, related_name="samples")
    sweep_at = models.DateTimeField()
    committed = ArrayField(models.BigIntegerField(null=True))
    lag = ArrayField(models.BigIntegerField(null=True))
    lag_records = models.BigIntegerField(null=True)
    age_lo_s = models.IntegerField(null=True)
    age_hi_s = models.IntegerField(null=True)
    status = models.CharField(max_length=16)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lag_of", "sweep_at"], name="lag_sample_once")
        ]

    def __str__(self) -> str:
        return f"{self.lag_of_id} {self.sweep_at}"


class OffsetEvent(models.Model):
    """A fact that stays after its status ended: data lost, topic reset, rewind, truncation."""

    lag_of = models.ForeignKey(GroupTopicLag, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=16)
    partition = models.IntegerField()
    from_offset = models.BigIntegerField(null=True)
    to_offset = models.BigIntegerField(null=True)
    lost = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lag_of", "kind", "partition", "from_offset"], name="offset_event_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.lag_of_id}/{self.partition}"


class Sweep(models.Model):
    """One look at one cluster: its lease, coverage by kind, reasons of what was not answered."""

    public_id = models.UUIDField(default=uuid7, unique=True)
    cluster = models.ForeignKey(Cluster, models.CASCADE, related_name="sweeps")
    slot = models.BigIntegerField()
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.IntegerField(default=1)
    outcome = models.CharField(max_length=16, default="running")  # running | done | failed | missed
    coverage = models.JSONField(default=dict)  # kind -> share 0..1
    counts = models.JSONField(default=dict)
    reasons = models.JSONField(default=dict)  # reason -> count
    duration_ms = models.IntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cluster", "slot"], name="sweep_once")]
        indexes = [models.Index(fields=["cluster", "-started_at"], name="sweep_newest")]

    def __str__(self) -> str:
        return f"sweep {self.slot} of {self.cluster_id}"


class Watch(models.Model):
    """What an upper room wants judged: a bound on a group and topic, or sampling of a topic."""

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="watches")
    group_name = models.CharField(max_length=255, default="", blank=True)
    bound_s = models.FloatField(null=True)
    sampling = models.BooleanField(default=False)
    product_id = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["topic", "group_name", "product_id"], name="watch_once")
        ]

    def __str__(self) -> str:
        return f"watch {self.topic_id} {self.group_name}"


class TopicSamplingRun(models.Model):
    """One look at real records of a topic: which schema ids were found, what could not be read."""

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="sampling_runs")
    at = models.DateTimeField(db_default=Now())
    records = models.IntegerField(default=0)
    outcome = models.CharField(max_length=16)  # done | unknown
    reason = models.CharField(max_length=200, default="", blank=True)
    findings = models.JSONField(
        default=list
    )  # {"side","schema_id","count","verdict","detail","partition","offset"}

    class Meta:
        indexes = [models.Index(fields=["topic", "-at"], name="sampling_newest")]

    def __str__(self) -> str:
        return f"sample of {self.topic_id}"
