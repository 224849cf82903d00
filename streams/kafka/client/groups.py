"""Consumer groups: list, description, commits; coordinator calls never time out in the library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions

from streams.kafka.client import reasons, topics
from streams.kafka.client.session import CALL_S, LONG_REQUEST_S, Session
from streams.kafka.client.windows import Plan, ask_all
from streams.kafka.results import (
    Answer,
    Committed,
    GroupDetail,
    GroupListing,
    GroupView,
    MemberView,
    Position,
    Reason,
    Unknown,
)

COMMITS_IN_FLIGHT = 128
DESCRIBED_PER_CALL = 100


def listing(session: Session) -> Answer[GroupListing]:
    """The groups the brokers list. The call succeeds on dead brokers too: errors are read first."""
    asked_ms = session.now_ms()
    wait_s = session.call_s()
    try:
        told = session.client.list_consumer_groups(request_timeout=wait_s).result(wait_s + 0.1)
    except Exception as error:
        return session.failure(error)
    failures = [session.failure(error) for error in told.errors or ()]
    if failures and not told.valid:
        return failures[0]
    if not told.valid:
        allowed = topics.may_list_groups(session)
        if isinstance(allowed, Unknown):
            return allowed
        if not allowed.value:
            return reasons.unknown(Reason.DENIED, "Our principal may not list groups.")
    groups = tuple(sorted((_view(each) for each in told.valid), key=lambda view: view.group_id))
    return session.stamped(GroupListing(groups, tuple(each.reason for each in failures)), asked_ms)


def _view(told: Any) -> GroupView:
    return GroupView(
        group_id=told.group_id,
        state=_word(told, "state"),
        type=_word(told, "type"),
        simple=bool(told.is_simple_consumer_group),
    )


def _word(told: Any, name: str) -> str:
    word = getattr(told, name, None)
    return "UNKNOWN" if word is None else str(word.name)


def split_led(session: Session, ids: Sequence[str]) -> tuple[list[str], list[str]]:
    """The groups that can be asked, and those whose coordinator partition has no leader."""
    count, dead = topics.leaderless_offsets_partitions(session)
    if not dead:
        return list(ids), []
    led: list[str] = []
    stranded: list[str] = []
    for group_id in ids:
        (stranded if coordinator_partition(group_id, count) in dead else led).append(group_id)
    return led, stranded


def coordinator_partition(group_id: str, count: int) -> int:
    """The partition of the commits topic that keeps a group: Java's String.hashCode, modulo."""
    hashed = 0
    encoded = group_id.encode("utf-16-be", "surrogatepass")
    for first in range(0, len(encoded), 2):
        hashed = (31 * hashed + (encoded[first] << 8 | encoded[first + 1])) & 0xFFFFFFFF
    signed = hashed - (1 << 32) if hashed >= 1 << 31 else hashed
    return 0 if signed == -(1 << 31) else abs(signed) % count


def committed(
    session: Session, ids: Sequence[str], step_s: float = CALL_S * 3
) -> Iterator[tuple[str, Answer[Committed]]]:
    """The commits of each group; pending transactional commits do not make the call fail."""

    def start(chunk: Sequence[str]) -> Any:
        futures = {}
        for group_id in chunk:
            asked = session.client.list_consumer_group_offsets(
                [ConsumerGroupTopicPartitions(group_id)],
                require_stable=False,
                request_timeout=LONG_REQUEST_S,
            )
            futures[group_id] = asked[group_id]
        return futures

    led, stranded = split_led(session, ids)
    for group_id in stranded:
        yield group_id, topics.without_leader()
    plan = Plan(start, _commits, 1, COMMITS_IN_FLIGHT, step_s)
    yield from ask_all(session, plan, led)


def _commits(group_id: str, told: Any) -> Committed | Unknown:
    offsets: dict[Position, int | None] = {}
    unread: dict[Position, Unknown] = {}
    for part in told.topic_partitions or ():
        place = (part.topic, part.partition)
        if part.error is not None:
            unread[place] = reasons.from_error(part.error)
        else:
            offsets[place] = part.offset if part.offset >= 0 else None
    return Committed(group_id, offsets, unread)


def details(
    session: Session, ids: Sequence[str], step_s: float = CALL_S * 2
) -> Iterator[tuple[str, Answer[GroupDetail]]]:
    """State and members of each group."""

    def start(chunk: Sequence[str]) -> Any:
        return session.client.describe_consumer_groups(list(chunk), request_timeout=LONG_REQUEST_S)

    led, stranded = split_led(session, ids)
    for group_id in stranded:
        yield group_id, topics.without_leader()
    plan = Plan(start, lambda group_id, told: _detail(told), DESCRIBED_PER_CALL, 8, step_s)
    yield from ask_all(session, plan, led)


def _detail(told: Any) -> GroupDetail:
    node = told.coordinator
    return GroupDetail(
        group_id=told.group_id,
        state=_word(told, "state"),
        type=_word(told, "type"),
        simple=bool(told.is_simple_consumer_group),
        assignor=told.partition_assignor or "",
        members=tuple(_member(each) for each in told.members),
        coordinator=node.id if node is not None and node.id >= 0 else None,
    )


def _member(told: Any) -> MemberView:
    target = told.target_assignment
    return MemberView(
        member_id=told.member_id,
        client_id=told.client_id,
        host=told.host,
        instance_id=told.group_instance_id or None,
        assignments=_positions(told.assignment),
        target=None if target is None else _positions(target),
    )


def _positions(assignment: Any) -> tuple[Position, ...]:
    if assignment is None:
        return ()
    return tuple(sorted((part.topic, part.partition) for part in assignment.topic_partitions))
