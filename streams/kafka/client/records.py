"""Single records: the probe of a position and the sample of a topic's tail; joins no group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from confluent_kafka import (
    TIMESTAMP_CREATE_TIME,
    TIMESTAMP_LOG_APPEND_TIME,
    Consumer,
    KafkaError,
    TopicPartition,
)

from mesh.kernel import clock
from streams.kafka import settings as cluster_settings
from streams.kafka.client import offsets, reasons
from streams.kafka.client.session import Session
from streams.kafka.results import (
    Answer,
    Found,
    Known,
    Position,
    ProbeAnswer,
    RawRecord,
    Reason,
    Tail,
    TailLimits,
    Unknown,
)

PARTITIONS_PER_BATCH = 50
BATCH_S = 3.0
POLL_S = 0.1
STAMPS = {TIMESTAMP_CREATE_TIME: "CreateTime", TIMESTAMP_LOG_APPEND_TIME: "LogAppendTime"}
PROBE_SETTINGS: Mapping[str, str | int] = {
    "group.id": "tributary-probe",  # asked for by the library; never joined, never committed to
    "isolation.level": "read_committed",
    "fetch.wait.max.ms": 50,
    "queued.max.messages.kbytes": 64,
    "fetch.message.max.bytes": 65536,
}
TAIL_SETTINGS: Mapping[str, str | int] = {
    **PROBE_SETTINGS,
    "group.id": "tributary-sample",
    "queued.max.messages.kbytes": 1024,
    "fetch.message.max.bytes": 262144,
}


@contextmanager
def _reader(
    session: Session, chosen: Mapping[str, str | int], starts: Mapping[Position, int]
) -> Iterator[Any]:
    consumer = Consumer(
        {
            **cluster_settings.client_settings(session.settings, "probe"),
            **cluster_settings.CONSUMER_SETTINGS,
            **chosen,
            "error_cb": session.note,
        }
    )
    try:
        consumer.assign(
            [TopicPartition(topic, part, offset) for (topic, part), offset in starts.items()]
        )
        yield consumer
    finally:
        consumer.close()


def first_records(
    session: Session, positions: Mapping[Position, int]
) -> Iterator[tuple[Position, Answer[ProbeAnswer]]]:
    """The first fetchable record at or after each offset; payloads are dropped unread."""
    session.names_seen.update(topic for topic, _ in positions)
    places = sorted(positions)
    for first in range(0, len(places), PARTITIONS_PER_BATCH):
        batch = {place: positions[place] for place in places[first : first + PARTITIONS_PER_BATCH]}
        yield from _probe_batch(session, batch).items()


def _probe_batch(
    session: Session, starts: Mapping[Position, int]
) -> dict[Position, Answer[ProbeAnswer]]:
    asked_ms = session.now_ms()
    answers: dict[Position, Answer[ProbeAnswer]] = {}
    valid = {
        place: offset for place, offset in starts.items() if offset >= 0 and _shown(session, place)
    }
    until = min(session.until - 0.2, clock.monotonic() + BATCH_S)
    try:
        if valid:
            with _reader(session, PROBE_SETTINGS, valid) as consumer:
                _decide(session, consumer, valid, answers, until, asked_ms)
    except Exception as error:
        failure = session.failure(error)
        return {place: answers.get(place, failure) for place in starts}
    return {
        place: answers[place] if place in answers else _undecided(session, place, offset)
        for place, offset in starts.items()
    }


def _undecided(session: Session, place: Position, offset: int) -> Unknown:
    if not _shown(session, place):
        return reasons.unknown(Reason.NOT_FOUND, "The metadata does not show this partition.")
    if offset < 0:
        return reasons.unknown(Reason.PROTOCOL, "A position below 0 cannot be read.")
    return session.timeout()


def _shown(session: Session, place: Position) -> bool:
    told = session.metadata.topics.get(place[0])
    return told is not None and place[1] in told.partitions


def _decide(
    session: Session,
    consumer: Any,
    starts: Mapping[Position, int],
    answers: dict[Position, Answer[ProbeAnswer]],
    until: float,
    asked_ms: int,
) -> None:
    while len(answers) < len(starts) and clock.monotonic() < until:
        message = consumer.poll(POLL_S)
        if message is None or message.topic() is None:
            continue
        place = (message.topic(), message.partition())
        if place in answers or place not in starts:
            continue
        found = _first(message)
        answers[place] = found if isinstance(found, Unknown) else session.stamped(found, asked_ms)
        consumer.pause([TopicPartition(*place)])


def _first(message: Any) -> ProbeAnswer | Unknown:
    error = message.error()
    if error is None:
        kind, stamp = message.timestamp()
        return ProbeAnswer(
            Found.RECORD, message.offset(), stamp if kind in STAMPS else None, STAMPS.get(kind)
        )
    if error.code() == KafkaError._PARTITION_EOF:
        return ProbeAnswer(Found.END, message.offset())
    if error.code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):
        return ProbeAnswer(Found.OUT_OF_RANGE, None)
    return reasons.from_error(error)


def tail(session: Session, topic: str, limits: TailLimits) -> Answer[Tail]:
    """The newest committed records of every partition, evenly, within the limits."""
    told = session.metadata.topics.get(topic)
    if told is None or not told.partitions:
        return reasons.unknown(Reason.NOT_FOUND, "The metadata does not show this topic.")
    session.names_seen.add(topic)
    asked_ms = session.now_ms()
    ends, unread = _readable(session, [(topic, number) for number in sorted(told.partitions)])
    if unread and not ends:
        return next(iter(unread.values()))
    starts, left_out = _starts(ends, limits.records)
    records: list[RawRecord] = []
    ended_by = "END"
    if starts:
        try:
            with _reader(session, TAIL_SETTINGS, starts) as consumer:
                targets = {place: ends[place][1] for place in starts}
                until = min(session.until - 0.3, clock.monotonic() + limits.seconds)
                ended_by = _fill(consumer, targets, records, limits, until)
        except Exception as error:
            return session.failure(error)
    skipped = sorted([place[1] for place in unread] + [place[1] for place in left_out])
    records.sort(key=lambda record: (record.partition, record.offset))
    return session.stamped(Tail(topic, tuple(records), ended_by, tuple(skipped)), asked_ms)


def _readable(
    session: Session, places: Sequence[Position]
) -> tuple[dict[Position, tuple[int, int]], dict[Position, Unknown]]:
    starts = dict(offsets.offsets(session, places, "earliest"))
    stops = dict(offsets.offsets(session, places, "latest", "read_committed"))
    ends: dict[Position, tuple[int, int]] = {}
    unread: dict[Position, Unknown] = {}
    for place in places:
        first, last = starts[place], stops[place]
        if isinstance(first, Known) and isinstance(last, Known):
            ends[place] = (first.value, last.value)
        else:
            unread[place] = first if isinstance(first, Unknown) else _unknown_of(last)
    return ends, unread


def _unknown_of(answer: Answer[int]) -> Unknown:
    return answer if isinstance(answer, Unknown) else reasons.unknown(Reason.PROTOCOL)


def _starts(
    ends: Mapping[Position, tuple[int, int]], records: int
) -> tuple[dict[Position, int], list[Position]]:
    filled = [place for place, (first, last) in ends.items() if last > first]
    if not filled or records < 1:
        return {}, filled
    step = -(-len(filled) // records)
    chosen = filled[::step]
    share = max(1, records // len(chosen))
    starts = {place: max(ends[place][0], ends[place][1] - share) for place in chosen}
    return starts, [place for place in filled if place not in starts]


def _fill(
    consumer: Any,
    targets: Mapping[Position, int],
    records: list[RawRecord],
    limits: TailLimits,
    until: float,
) -> str:
    reading = set(targets)
    size = 0
    while reading:
        if clock.monotonic() >= until:
            return "SECONDS"
        message = consumer.poll(POLL_S)
        if message is None or message.topic() is None:
            continue
        place = (message.topic(), message.partition())
        if place not in reading:
            continue
        if message.error() is not None or message.offset() >= targets[place]:
            reading.discard(place)
            continue
        record = _raw(message)
        size += _size_bytes(record)
        if size > limits.size_bytes:
            return "BYTES"
        records.append(record)
        if len(records) >= limits.records:
            return "RECORDS"
        if message.offset() + 1 >= targets[place]:
            reading.discard(place)
    return "END"


def _raw(message: Any) -> RawRecord:
    kind, stamp = message.timestamp()
    return RawRecord(
        partition=message.partition(),
        offset=message.offset(),
        timestamp_ms=stamp if kind in STAMPS else None,
        timestamp_type=STAMPS.get(kind, "None"),
        key=message.key(),
        value=message.value(),
        headers=tuple((name, value) for name, value in message.headers() or ()),
    )


def _size_bytes(record: RawRecord) -> int:
    headers = sum(len(name) + len(value or b"") for name, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + headers
