"""Log ends and starts: 200 partitions per call, grouped by topic, 16 calls in flight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from confluent_kafka import IsolationLevel, TopicPartition
from confluent_kafka.admin import OffsetSpec

from streams.kafka.client import reasons
from streams.kafka.client.session import CALL_S, Session
from streams.kafka.client.windows import Plan, ask_all
from streams.kafka.results import Answer, Position, Reason, Unknown

PARTITIONS_PER_CALL = 200
CALLS_IN_FLIGHT = 16
POINTS: dict[str, Any] = {"latest": OffsetSpec.latest, "earliest": OffsetSpec.earliest}
ISOLATION = {
    "read_uncommitted": IsolationLevel.READ_UNCOMMITTED,
    "read_committed": IsolationLevel.READ_COMMITTED,
}


def offsets(
    session: Session,
    positions: Sequence[Position],
    point: str = "latest",
    isolation: str = "read_uncommitted",
    step_s: float = CALL_S * 4,
) -> Iterator[tuple[Position, Answer[int]]]:
    """The log end or start of each partition."""
    spec = POINTS[point]()
    level = ISOLATION[isolation]

    def start(chunk: Sequence[Position]) -> Any:
        asked = {TopicPartition(topic, partition): spec for topic, partition in chunk}
        futures = session.client.list_offsets(
            asked, isolation_level=level, request_timeout=session.call_s(CALL_S - 0.3)
        )
        return {(part.topic, part.partition): future for part, future in futures.items()}

    def read(position: Position, told: Any) -> int | Unknown:
        # a dead leader gives success with -1001: never a number
        return int(told.offset) if told.offset >= 0 else session.timeout()

    session.names_seen.update(topic for topic, _ in positions)
    plan = Plan(start, read, PARTITIONS_PER_CALL, CALLS_IN_FLIGHT, step_s)
    missing = [place for place in positions if place[1] < 0 or not place[0]]
    for place in missing:
        yield place, reasons.unknown(Reason.NOT_FOUND)
    yield from ask_all(session, plan, sorted(set(positions) - set(missing)))
