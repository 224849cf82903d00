"""What a snapshot says of every topic's log: starts, ends, when it advanced, how fast."""

from __future__ import annotations

from datetime import datetime, timedelta

from mesh.kernel import clock
from streams.actions.discovery import Found
from streams.kafka.results import Known, Snapshot, Unknown
from streams.models import Topic, TopicSample, TopicState

RATE_WINDOW = timedelta(seconds=60)


def log_states(
    found: Found, snapshot: Snapshot, now: datetime
) -> tuple[list[TopicState], list[TopicSample]]:
    """Current states and samples of all topics; a topic without any answered end gets no sample."""
    topics = list(found.topics.values())
    before = {state.topic_id: state for state in TopicState.objects.filter(topic__in=topics)}
    earlier = _earlier(topics, now)
    states, samples = [], []
    for topic in topics:
        state, sample = _one(topic, snapshot, before.get(topic.pk), earlier.get(topic.pk), now)
        states.append(state)
        if sample is not None:
            samples.append(sample)
    return states, samples


def _earlier(topics: list[Topic], now: datetime) -> dict[int, TopicSample]:
    """The oldest sample of the last minute per topic. One query."""
    rows = TopicSample.objects.filter(
        topic__in=topics, sweep_at__gt=now - RATE_WINDOW - timedelta(seconds=10)
    )
    return {row.topic_id: row for row in rows.order_by("topic_id", "sweep_at").distinct("topic_id")}


def _one(
    topic: Topic,
    snapshot: Snapshot,
    before: TopicState | None,
    earlier: TopicSample | None,
    now: datetime,
) -> tuple[TopicState, TopicSample | None]:
    places = [(topic.name, partition) for partition in range(topic.partitions)]
    latest = [snapshot.latest.get(place) for place in places]
    known = [answer for answer in latest if isinstance(answer, Known)]
    ends = [answer.value if isinstance(answer, Known) else None for answer in latest]
    starts = [
        a.value if isinstance(a := snapshot.earliest.get(place), Known) else None
        for place in places
    ]
    if not known:
        reason = next((a.reason.value for a in latest if isinstance(a, Unknown)), "CANCELLED")
        state = before or TopicState(topic=topic)
        state.unknown_reason = reason
        return state, None
    asked = clock.from_ms(min(answer.asked_ms for answer in known))
    answered = clock.from_ms(max(answer.answered_ms for answer in known))
    missing = next((a.reason.value for a in latest if isinstance(a, Unknown)), "")
    state = TopicState(
        topic=topic,
        log_start=starts,
        log_end=ends,
        asked_at=asked,
        answered_at=answered,
        unknown_reason=missing,
    )
    state.advanced_after, state.advanced_before = _advance(before, ends, answered)
    state.records_per_second = _rate(earlier, ends, answered)
    sample = TopicSample(
        topic=topic,
        sweep_at=now,
        asked_at=asked,
        answered_at=answered,
        log_start=starts,
        log_end=ends,
    )
    return state, sample


def _advance(
    before: TopicState | None, ends: list[int | None], answered: datetime
) -> tuple[datetime | None, datetime | None]:
    """Between which instants the newest append lies; (None, None) when nothing was ever appended."""
    if before is None or before.asked_at is None:
        return None, (answered if any(end for end in ends) else None)
    pairs = zip(before.log_end, ends, strict=False)
    rose = any(new is not None and old is not None and new > old for old, new in pairs)
    if rose:
        return before.asked_at, answered
    return before.advanced_after, before.advanced_before


def _rate(earlier: TopicSample | None, ends: list[int | None], answered: datetime) -> float | None:
    """Records per second over the last minute, over the partitions known at both instants."""
    if earlier is None:
        return None
    seconds = (answered - earlier.answered_at).total_seconds()
    pairs = [
        (o, n)
        for o, n in zip(earlier.log_end, ends, strict=False)
        if o is not None and n is not None
    ]
    if seconds < 4 or not pairs or any(new < old for old, new in pairs):
        return None
    return sum(new - old for old, new in pairs) / seconds
