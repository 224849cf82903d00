"""Clusters, topics, groups and what a sweep left of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from mesh.kernel.database import database_now
from streams.models import (
    Cluster,
    ConsumerGroup,
    Environment,
    GroupTopicLag,
    Sweep,
    Topic,
    TopicState,
)


def cluster(name: str = "demo", *, interval_s: int = 5, **members: Any) -> Cluster:
    """A reachable cluster of the environment prod."""
    environment, _ = Environment.objects.get_or_create(
        slug="prod", defaults={"name": "prod", "kind": "prod"}
    )
    defaults = {
        "environment": environment,
        "sweep_interval_s": interval_s,
        "state": "reachable",
        "kafka_cluster_id": f"id-{name}",
        "settings": {"bootstrap.servers": "127.0.0.1:1"},
        **members,
    }
    row, _ = Cluster.objects.get_or_create(name=name, defaults=defaults)
    return row


def topic(name: str, *, on: Cluster | None = None, **members: Any) -> Topic:
    """A topic seen just now, with one partition and a week of retention."""
    configs = {
        "retention.ms": {"value": "604800000", "source": "DEFAULT_CONFIG", "is_default": True},
        "cleanup.policy": {"value": "delete", "source": "DEFAULT_CONFIG", "is_default": True},
    }
    defaults = {"partitions": 1, "replication_factor": 1, "configs": configs,
                "configs_at": database_now()}  # fmt: skip
    return Topic.objects.create(cluster=on or cluster(), name=name, **{**defaults, **members})


def log(
    of: Topic, *, age_lo_s: float = 1, age_hi_s: float = 3, rate: float | None = 5.0,
    now: datetime | None = None, **members: Any,
) -> TopicState:  # fmt: skip
    """The newest answer about a topic's log: newest append `age_lo_s` to `age_hi_s` ago."""
    now = now or database_now()
    defaults = {
        "log_start": [0], "log_end": [100], "asked_at": now, "answered_at": now,
        "advanced_after": now - timedelta(seconds=age_hi_s),
        "advanced_before": now - timedelta(seconds=age_lo_s),
        "records_per_second": rate,
    }  # fmt: skip
    row, _ = TopicState.objects.update_or_create(topic=of, defaults={**defaults, **members})
    return row


def group(name: str, *, on: Cluster | None = None) -> ConsumerGroup:
    """A consumer group."""
    return ConsumerGroup.objects.create(cluster=on or cluster(), group_id=name, state="Stable")


def lag(of: ConsumerGroup, on: Topic, **members: Any) -> GroupTopicLag:
    """How far a group is behind on a topic, judged just now."""
    defaults = {
        "committed": [90], "lag": [10], "lag_records": 10, "partitions": 1,
        "covered_partitions": 1, "status": "OK", "age_lo_s": 2, "age_hi_s": 7,
        "as_of": database_now(),
    }  # fmt: skip
    row, _ = GroupTopicLag.objects.update_or_create(
        group=of, topic=on, defaults={**defaults, **members}
    )
    return row


def sweep(of: Cluster, slot: int, *, outcome: str = "done") -> Sweep:
    """A look at a cluster that ended just now."""
    return Sweep.objects.create(
        cluster=of, slot=slot, outcome=outcome, finished_at=database_now(), coverage={"topics": 1}
    )
