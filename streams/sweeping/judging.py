"""From a snapshot and the past to a verdict per group and topic."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from streams.kafka.results import (
    Committed,
    GroupDetail,
    Known,
    Position,
    ProbeAnswer,
    Snapshot,
    Unknown,
)
from streams.kafka.results import Found as ProbeFound
from streams.lag.evaluate import evaluate
from streams.lag.model import (
    UNKNOWN,
    CatchUp,
    EndPoint,
    LagRules,
    Membership,
    Number,
    PartitionVerdict,
    PartitionWindow,
    ProbeRefusal,
    RecordProbe,
    Sample,
    Status,
    TopicFacts,
)
from streams.lag.movement import remember
from streams.lag.roll_up import Headline, roll_up
from streams.lag.trend import trend
from streams.models import GroupTopicLag, LagSample, Topic
from streams.sweeping.windows import TopicPast, samples_of

LEFT_DESCRIPTIONS = 3
TREND_SAMPLES = 12


@dataclass(slots=True)
class Reading:
    """What this sweep read about one group on one topic, per partition."""

    group_id: str
    topic: Topic
    committed: list[Number | None]
    starts: list[Number]
    ends: list[EndPoint | None]
    answered_ms: int
    detail: GroupDetail | None
    unknown_reason: str = ""
    succeeded: bool = False


@dataclass(slots=True)
class Judged:
    """The verdicts of one group on one topic and what to remember for the next sweep."""

    reading: Reading
    verdicts: list[PartitionVerdict]
    headline: Headline
    memory: dict[str, Any]
    moved: list[int] = field(default_factory=list)
    trend: str = ""
    catch_up_s: int | None = None


def reading_of(snapshot: Snapshot, group_id: str, topic: Topic) -> Reading:
    """Commits, starts and ends of one group on one topic; what was not answered is UNKNOWN."""
    commit = snapshot.committed.get(group_id)
    detail = snapshot.members.get(group_id)
    places = [(topic.name, partition) for partition in range(topic.partitions)]
    ends = [_end(snapshot, place) for place in places]
    reason = commit.reason.value if isinstance(commit, Unknown) else ""
    if not reason and any(end is None for end in ends):
        reason = next(
            (a.reason.value for p in places if isinstance(a := snapshot.latest.get(p), Unknown)),
            "TIMEOUT",
        )
    return Reading(
        group_id=group_id,
        topic=topic,
        committed=[_committed(commit, place) for place in places],
        starts=[_number(snapshot.earliest.get(place)) for place in places],
        ends=ends,
        answered_ms=commit.answered_ms if isinstance(commit, Known) else snapshot.answered_ms,
        detail=detail.value if isinstance(detail, Known) else None,
        unknown_reason=reason,
    )


def _committed(answer: Known[Committed] | Unknown | None, place: Position) -> Number | None:
    if not isinstance(answer, Known) or place in answer.value.unknown:
        return UNKNOWN
    return answer.value.offsets.get(place)


def _number(answer: Known[int] | Unknown | None) -> Number:
    return answer.value if isinstance(answer, Known) else UNKNOWN


def _end(snapshot: Snapshot, place: Position) -> EndPoint | None:
    answer = snapshot.latest.get(place)
    return (
        EndPoint(answer.asked_ms, answer.answered_ms, answer.value)
        if isinstance(answer, Known)
        else None
    )


def membership_of(reading: Reading, partition: int, left: int) -> Membership:
    """Whether a live member owns the partition."""
    detail = reading.detail
    if detail is None:
        return Membership.UNKNOWN
    if not detail.members:
        return Membership.NO_MEMBERS
    owned = {
        place
        for member in detail.members
        for place in (*member.assignments, *(member.target or ()))
    }
    if (reading.topic.name, partition) in owned:
        return Membership.OWNED
    return Membership.LEFT if left >= LEFT_DESCRIPTIONS else Membership.UNOWNED


def facts_of(topic: Topic, *, succeeded: bool) -> TopicFacts:
    """Topic settings as judging needs them; `succeeded` = another topic had this name before."""
    value = {name: str(entry.get("value", "")) for name, entry in topic.configs.items()}
    cleanup = value.get("cleanup.policy", "delete")
    retention = value.get("retention.ms")
    return TopicFacts(
        incarnation_since_ms=int(topic.first_seen.timestamp() * 1000) if succeeded else None,
        deletes="delete" in cleanup,
        compacted="compact" in cleanup,
        timestamp_type="LogAppendTime"
        if value.get("message.timestamp.type") == "LogAppendTime"
        else "CreateTime",
        retention_ms=UNKNOWN
        if retention is None
        else (None if retention.startswith("-") else int(retention)),
        ended=topic.ended_at is not None,
    )


def judge(
    reading: Reading,
    current: GroupTopicLag | None,
    past: Sequence[LagSample],
    topic_past: TopicPast | None,
    rules: LagRules,
    probes: Mapping[int, ProbeAnswer | Unknown],
) -> Judged:
    """Judge every partition; `probes` holds the record probes that were asked for this sweep."""
    stored = (current.memory if current is not None else {}) or {}
    left = _left_count(reading, stored)
    windows = [
        _window(reading, partition, past, topic_past, stored, left, probes.get(partition))
        for partition in range(len(reading.committed))
    ]
    verdicts = [evaluate(window, reading.answered_ms, rules) for window in windows]
    judged = Judged(reading, verdicts, roll_up(verdicts), {"left": left, "partitions": {}})
    for partition, window in enumerate(windows):
        memory = remember(window)
        judged.memory["partitions"][str(partition)] = {
            "gaps": list(memory.gaps),
            "still": memory.still_since_ms,
            "due": memory.due_since_ms,
            "last": memory.last_commit,
            **_kept_probe(window),
        }
        now = reading.committed[partition]
        if isinstance(now, int) and window.last_commit is not None and now > window.last_commit:
            judged.moved.append(partition)
    judged.trend = _trend(past, judged.headline, reading.answered_ms)
    judged.catch_up_s = _catch_up(verdicts)
    return judged


def _left_count(reading: Reading, stored: Mapping[str, Any]) -> int:
    """Successive descriptions, outside a rebalance, in which no member has a partition of this topic."""
    detail = reading.detail
    if detail is None or detail.rebalancing:
        return int(stored.get("left", 0))
    owns = any(
        place[0] == reading.topic.name
        for member in detail.members
        for place in (*member.assignments, *(member.target or ()))
    )
    return 0 if owns or not detail.members else int(stored.get("left", 0)) + 1


def _window(
    reading: Reading,
    partition: int,
    past: Sequence[LagSample],
    topic_past: TopicPast | None,
    stored: Mapping[str, Any],
    left: int,
    probe: ProbeAnswer | Unknown | None,
) -> PartitionWindow:
    end = reading.ends[partition]
    sample = Sample(
        reading.answered_ms, reading.committed[partition], reading.starts[partition],
        UNKNOWN if end is None else end.end,
    )  # fmt: skip
    memory = stored.get("partitions", {}).get(str(partition), {})
    history = (topic_past.ends_of(partition) if topic_past else []) + (
        [end] if end is not None else []
    )
    return PartitionWindow(
        samples=[*samples_of(past, topic_past, partition), sample],
        gaps=memory.get("gaps", []),
        end_history=history,
        membership=membership_of(reading, partition, left),
        topic=facts_of(reading.topic, succeeded=reading.succeeded),
        record_probe=_probe(probe, sample, memory),
        still_since_ms=memory.get("still"),
        due_since_ms=memory.get("due"),
        last_commit=memory.get("last"),
    )


def _probe(answer: ProbeAnswer | Unknown | None, sample: Sample, memory: Mapping[str, Any]) -> Any:
    """This sweep's probe, or the remembered one while commit and log end have not moved."""
    if isinstance(answer, Unknown):
        return ProbeRefusal.DENIED if answer.reason.value == "DENIED" else ProbeRefusal.FAILED
    if answer is not None and isinstance(sample.committed, int) and isinstance(sample.end, int):
        found = answer.offset if answer.found is ProbeFound.RECORD else None
        return RecordProbe(sample.committed, sample.end, found, answer.timestamp_ms)
    kept = memory.get("probe")
    if kept and kept[0] == sample.committed and kept[1] == sample.end:
        return RecordProbe(*kept)
    return None


def _kept_probe(window: PartitionWindow) -> dict[str, Any]:
    probe = window.record_probe
    if isinstance(probe, RecordProbe):
        return {"probe": [probe.position, probe.end, probe.offset, probe.timestamp_ms]}
    return {}


def _trend(past: Sequence[LagSample], headline: Headline, now_ms: int) -> str:
    points = [
        (int(row.sweep_at.timestamp() * 1000), row.lag_records)
        for row in past[-TREND_SAMPLES:]
        if row.lag_records is not None
    ]
    if not isinstance(headline.lag_records, int) or len(points) < 3:
        return ""
    return str(trend([*points, (now_ms, headline.lag_records)]).value)


def _catch_up(verdicts: Sequence[PartitionVerdict]) -> int | None:
    """The slowest partition's seconds until it has caught up; None when some partition never will."""
    times = [verdict.catch_up_s for verdict in verdicts if verdict.due not in (0, UNKNOWN)]
    if not times or any(isinstance(time, CatchUp) for time in times):
        return None
    numbers = [time for time in times if isinstance(time, int | float) and not math.isinf(time)]
    return round(max(numbers)) if numbers else None


def wants_probe(judged: Judged) -> list[int]:
    """Partitions whose verdict a record probe would settle."""
    return [p for p, verdict in enumerate(judged.verdicts) if "record" in verdict.needs]


def ages(headline: Headline) -> tuple[int | None, int | None]:
    """Whole seconds (floor, ceil) of the worst partition; None = unknown, -1 = no upper bound."""
    if not isinstance(headline.age_lo_ms, int):
        return None, None
    high = headline.age_hi_ms
    if not isinstance(high, int | float):
        return headline.age_lo_ms // 1000, None
    return headline.age_lo_ms // 1000, -1 if math.isinf(high) else math.ceil(high / 1000)


OFFSET_EVENTS = {
    Status.DATA_LOST: "data_lost",
    Status.TOPIC_RESET: "topic_reset",
    Status.REWIND: "rewind",
}
