"""Environments, clusters without their secrets, topics, groups, lag and sweeps."""

from __future__ import annotations

from django.contrib import admin

from governance.desk.console.base import ReadOnlyAdmin
from streams.models import (
    Cluster,
    ConsumerGroup,
    Environment,
    GroupTopicLag,
    OffsetEvent,
    Sweep,
    Topic,
    TopicSamplingRun,
)


@admin.register(Environment)
class EnvironmentAdmin(ReadOnlyAdmin):
    list_display = ("name", "slug", "kind", "rank")
    search_fields = ("name", "slug")
    list_filter = ("kind",)


@admin.register(Cluster)
class ClusterAdmin(ReadOnlyAdmin):
    """Connections; credentials are write-only and appear nowhere."""

    list_display = (
        "name", "environment", "state", "state_reason", "last_sweep_at", "sweep_interval_s", "broker_count",
    )  # fmt: skip
    search_fields = ("name", "kafka_cluster_id")
    list_filter = ("state", "environment")
    list_select_related = ("environment",)
    exclude = ("secrets",)


@admin.register(Topic)
class TopicAdmin(ReadOnlyAdmin):
    list_display = (
        "name", "cluster", "partitions", "replication_factor", "origin", "last_seen", "ended_at",
    )  # fmt: skip
    search_fields = ("name", "kafka_topic_id")
    list_filter = ("cluster", "origin", "is_internal")
    list_select_related = ("cluster",)


@admin.register(ConsumerGroup)
class ConsumerGroupAdmin(ReadOnlyAdmin):
    list_display = (
        "group_id",
        "cluster",
        "state",
        "kind",
        "unknown_reason",
        "last_seen",
        "ended_at",
    )
    search_fields = ("group_id",)
    list_filter = ("cluster", "state", "kind")
    list_select_related = ("cluster",)


@admin.register(GroupTopicLag)
class GroupTopicLagAdmin(ReadOnlyAdmin):
    list_display = (
        "group", "topic", "status", "lag_records", "age_lo_s", "age_hi_s", "unknown_reason", "as_of",
    )  # fmt: skip
    search_fields = ("group__group_id", "topic__name")
    list_filter = ("status",)
    list_select_related = ("group", "topic")
    exclude = ("memory",)


@admin.register(OffsetEvent)
class OffsetEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "group", "topic", "partition", "from_offset", "to_offset", "lost")
    search_fields = ("lag_of__group__group_id", "lag_of__topic__name")
    list_filter = ("kind",)
    list_select_related = ("lag_of__group", "lag_of__topic")

    @admin.display(description="group")
    def group(self, event: OffsetEvent) -> str:
        return event.lag_of.group.group_id

    @admin.display(description="topic")
    def topic(self, event: OffsetEvent) -> str:
        return event.lag_of.topic.name


@admin.register(Sweep)
class SweepAdmin(ReadOnlyAdmin):
    list_display = (
        "cluster",
        "slot",
        "outcome",
        "started_at",
        "duration_ms",
        "coverage",
        "reasons",
    )
    search_fields = ("cluster__name",)
    list_filter = ("outcome", "cluster")
    list_select_related = ("cluster",)


@admin.register(TopicSamplingRun)
class TopicSamplingRunAdmin(ReadOnlyAdmin):
    list_display = ("topic", "at", "records", "outcome", "reason")
    search_fields = ("topic__name",)
    list_filter = ("outcome",)
    list_select_related = ("topic",)
