"""The pages of one consumer group and of one topic as frozen view models."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from mesh.audit.principal import Principal
from mesh.kernel import clock
from mesh.kernel.errors import NotFound
from mesh.kernel.numbers import whole_number
from mesh.kernel.wording import binary_size, duration, grouped
from mesh.people.authz.doors import scope
from streams.lag.model import Status
from streams.models import ConsumerGroup, GroupTopicLag, OffsetEvent, Topic, TopicState
from streams.queries.lists import (
    STATE_OF_SEVERITY,
    LagRow,
    Owner,
    lag_rows,
    lags_visible,
    owners_of,
    reason_words,
    status_rank,
)

SOURCES = {
    "DYNAMIC_TOPIC_CONFIG": "on the topic",
    "DYNAMIC_BROKER_CONFIG": "on the broker, while it runs",
    "DYNAMIC_DEFAULT_BROKER_CONFIG": "on all brokers, while they run",
    "STATIC_BROKER_CONFIG": "in the broker's file",
    "DEFAULT_CONFIG": "Kafka's default",
}
FOR_EVER = 2**62  # beyond it a limit of Kafka means none


def setting_words(name: str, value: object) -> str:
    """A raw setting as people say it: milliseconds as a duration, bytes as a size, none as none."""
    amount = whole_number(str(value))
    if amount is None or not name.endswith((".ms", ".bytes")):
        return ""
    if amount < 0 or amount > FOR_EVER:
        return "no limit"
    return duration(amount / 1000) if name.endswith(".ms") else binary_size(amount)


@dataclass(frozen=True, slots=True)
class PartitionCell:
    """One partition of the strip."""

    number: int
    state: str
    value: str
    records: str
    word: str


@dataclass(frozen=True, slots=True)
class GroupPage:
    """One consumer group: its topics, partitions, members, events."""

    group: ConsumerGroup
    rows: list[LagRow]
    chosen: LagRow | None
    chosen_lag: GroupTopicLag | None
    partitions: list[PartitionCell]
    members: list[dict[str, Any]]
    events: list[OffsetEvent]
    owner: Owner


def group_page(viewer: Principal, public_id: UUID, topic_name: str = "") -> GroupPage:
    """Raises NotFound. Constant number of queries."""
    group = (
        scope(viewer, "streams.read", ConsumerGroup.objects.select_related("cluster"))
        .filter(public_id=public_id)
        .first()
    )
    if group is None:
        raise NotFound
    lags = list(lags_visible(viewer).filter(group=group).order_by("topic__name"))
    rows = lag_rows(lags)
    worst = max(
        range(len(rows)),
        key=lambda i: (rows[i].topic == topic_name, status_rank(rows[i].status)),
        default=None,
    )
    chosen = lags[worst] if worst is not None else None
    members = [
        {
            **member,
            "places": ", ".join(f"{place[0]} {place[1]}" for place in member["assignments"])
            or "none",
        }
        for member in group.members
    ]
    return GroupPage(
        group=group,
        rows=rows,
        chosen=rows[worst] if worst is not None else None,
        chosen_lag=chosen,
        partitions=_cells(chosen) if chosen else [],
        members=members,
        events=list(
            OffsetEvent.objects.filter(lag_of__in=lags)
            .select_related("lag_of__topic")
            .order_by("-at")[:20]
        ),
        owner=owners_of("consumergroup", [group.public_id]).get(group.public_id, Owner()),
    )


def _cells(lag: GroupTopicLag) -> list[PartitionCell]:
    cells = []
    for number, word in enumerate(lag.partition_status):
        status = Status(word)
        records = lag.lag[number] if number < len(lag.lag) else None
        cells.append(
            PartitionCell(
                number,
                STATE_OF_SEVERITY[status.severity],
                "not measured" if records is None else grouped(records),
                "" if records is None else "record unread" if records == 1 else "records unread",
                status.words,
            )
        )
    return cells


@dataclass(frozen=True, slots=True)
class TopicPage:
    """One topic: settings with their source, log, readers, owner."""

    topic: Topic
    log: TopicState | None
    readers: list[LagRow]
    configs: list[dict[str, Any]]
    owner: Owner
    records: int | None
    reason: str
    is_stale: bool


def topic_page(viewer: Principal, public_id: UUID) -> TopicPage:
    """Raises NotFound. Constant number of queries."""
    topics = scope(
        viewer, "streams.read", Topic.objects.select_related("cluster__environment", "log")
    )
    topic = topics.filter(public_id=public_id).first()
    if topic is None:
        raise NotFound
    log = getattr(topic, "log", None)
    pairs = list(zip(log.log_start, log.log_end, strict=False)) if log else []
    known = bool(pairs) and all(start is not None and end is not None for start, end in pairs)
    configs = [
        {
            "name": name,
            "own": entry.get("source") == "DYNAMIC_TOPIC_CONFIG",
            "where": SOURCES.get(str(entry.get("source")), str(entry.get("source")).lower()),
            "words": setting_words(name, entry.get("value")),
            **entry,
        }
        for name, entry in sorted(topic.configs.items())
    ]
    stale = bool(
        log
        and log.answered_at
        and clock.now() - log.answered_at
        > timedelta(seconds=3 * topic.cluster.sweep_interval_s + 5)
    )
    return TopicPage(
        topic=topic,
        log=log,
        readers=lag_rows(list(lags_visible(viewer).filter(topic=topic))),
        configs=configs,
        owner=owners_of("topic", [topic.public_id]).get(topic.public_id, Owner()),
        records=sum((end or 0) - (start or 0) for start, end in pairs) if known else None,
        reason=reason_words(log.unknown_reason if log else "NOT_SWEPT"),
        is_stale=stale,
    )
