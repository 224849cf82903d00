"""What the door tells of a real broker is true, and asking leaves no trace there."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from mesh.kernel import clock
from streams.kafka import read
from streams.kafka.agent import agent_for, close_all
from streams.kafka.results import (
    Found,
    Known,
    Reason,
    TailLimits,
    Unknown,
)
from tests.broker import kafka_door as door

pytestmark = pytest.mark.broker


@pytest.fixture(scope="module")
def topic() -> Iterator[str]:
    name = door.make_topic("read", partitions=3, retention_ms="600000")
    door.produce(name, [b"one", b"two", b"three"], partition=0)
    door.produce(name, [b"four"], partition=1)
    yield name
    door.drop(name)
    close_all()


def known(answer: object) -> Known[object]:
    assert isinstance(answer, Known), answer
    return answer


def test_the_probe_names_the_cluster_and_its_brokers() -> None:
    told = read.probe(door.connection())
    assert isinstance(told, Known)
    assert len(told.value.kafka_cluster_id) == 22
    assert [broker.port for broker in told.value.brokers]
    assert told.asked_ms <= told.answered_ms


def test_answers_are_stamped_on_the_callers_clock() -> None:
    told = read.probe(door.connection(), base_ms=1_000_000)
    assert isinstance(told, Known)
    assert 1_000_000 <= told.asked_ms <= told.answered_ms <= 1_005_000


def test_topics_show_partitions_leaders_and_replicas(topic: str) -> None:
    told = read.topics(door.connection())
    assert isinstance(told, Known)
    view = next(view for view in told.value if view.name == topic)
    assert (view.partitions, view.replication, view.leaderless) == (3, 1, ())
    assert view.under_replicated == ()
    assert view.under_min_isr(2) == (0, 1, 2)
    assert not view.internal


def test_a_missing_topic_is_told_from_a_standing_one_and_never_made(topic: str) -> None:
    ghost = door.fresh("ghost")
    told = read.topic_details(door.connection(), [topic, ghost])
    detail = told[topic]
    assert isinstance(detail, Known)
    assert detail.value.topic_id
    assert [part.partition for part in detail.value.partitions] == [0, 1, 2]
    missing = told[ghost]
    assert isinstance(missing, Unknown)
    assert missing.reason is Reason.NOT_FOUND
    read.tail(door.connection(), ghost)
    read.offsets(door.connection(), [(ghost, 0)])
    read.first_record_at(door.connection(), {(ghost, 0): 0})
    names = read.topics(door.connection())
    assert isinstance(names, Known)
    assert ghost not in {view.name for view in names.value}


def test_configs_tell_what_is_set_on_the_topic_from_defaults(topic: str) -> None:
    told = read.configs(door.connection(), [topic, door.fresh("ghost")])
    configs = told[topic]
    assert isinstance(configs, Known)
    assert configs.value.dynamic == {"retention.ms": "600000"}
    assert configs.value.effective("cleanup.policy") == "delete"
    assert sum(isinstance(answer, Unknown) for answer in told.values()) == 1


def test_log_ends_are_numbers_and_missing_partitions_are_not(topic: str) -> None:
    places = [(topic, 0), (topic, 1), (topic, 2), (topic, 9)]
    latest = read.offsets(door.connection(), places)
    assert [known(latest[place]).value for place in places[:3]] == [3, 1, 0]
    assert isinstance(latest[topic, 9], Unknown)
    earliest = read.offsets(door.connection(), places[:3], point="earliest")
    assert [known(earliest[place]).value for place in places[:3]] == [0, 0, 0]


def test_commits_of_groups_are_read_and_a_stranger_has_none(topic: str) -> None:
    group = door.fresh("commits")
    door.commit(group, topic, {0: 2, 1: 1})
    stranger = door.fresh("stranger")
    told = read.committed(door.connection(), [group, stranger])
    commits = told[group]
    assert isinstance(commits, Known)
    assert commits.value.offsets == {(topic, 0): 2, (topic, 1): 1}
    none = told[stranger]
    assert isinstance(none, Known)
    assert none.value.offsets == {}


def test_members_are_named_with_what_they_own(topic: str) -> None:
    group = door.fresh("members")
    member = door.join(group, topic)
    try:
        told = read.group_details(door.connection(), [group])[group]
        assert isinstance(told, Known)
        assert told.value.state == "STABLE"
        (view,) = told.value.members
        assert view.client_id == "door-reader"
        assert view.assignments == ((topic, 0), (topic, 1), (topic, 2))
        listing = read.groups(door.connection())
        assert isinstance(listing, Known)
        assert group in {each.group_id for each in listing.value.groups}
    finally:
        member.close()


def test_the_record_probe_tells_record_end_and_out_of_range(topic: str) -> None:
    asked = {(topic, 0): 1, (topic, 1): 1, (topic, 2): 7}
    told = read.first_record_at(door.connection(), asked)
    record, end, outside = (known(told[place]).value for place in asked)
    assert (record.found, record.offset) == (Found.RECORD, 1)  # type: ignore[attr-defined]
    assert abs(record.timestamp_ms - clock.now_ms()) < 600_000  # type: ignore[attr-defined]
    assert record.timestamp_type == "CreateTime"  # type: ignore[attr-defined]
    assert (end.found, end.offset) == (Found.END, 1)  # type: ignore[attr-defined]
    assert outside.found is Found.OUT_OF_RANGE  # type: ignore[attr-defined]


def test_the_record_probe_sees_that_a_marker_is_no_record() -> None:
    name = door.make_topic("marker", partitions=1)
    producer = Producer(
        {"bootstrap.servers": door.bootstrap(), "transactional.id": door.fresh("transaction")}
    )
    producer.init_transactions(20)
    producer.begin_transaction()
    producer.produce(name, b"paid")
    producer.commit_transaction(20)
    place = (name, 0)
    door.until(  # the commit marker follows the commit's answer
        lambda: known(read.offsets(door.connection(), [place])[place]).value == 2 or None
    )
    told = known(read.first_record_at(door.connection(), {place: 1})[place]).value
    assert told.found is Found.END  # type: ignore[attr-defined]
    tail = read.tail(door.connection(), name)
    assert isinstance(tail, Known)
    assert [record.value for record in tail.value.records] == [b"paid"]
    assert tail.value.ended_by == "END"
    door.drop(name)


def test_the_tail_is_the_newest_records_of_every_partition(topic: str) -> None:
    told = read.tail(door.connection(), topic, TailLimits(records=4))
    assert isinstance(told, Known)
    got = {(record.partition, record.offset): record.value for record in told.value.records}
    assert got == {(0, 1): b"two", (0, 2): b"three", (1, 0): b"four"}
    first = told.value.records[0]
    assert first.headers == (("source", b"test"),)
    assert first.key == b"k1"
    assert told.value.unread_partitions == ()


@pytest.mark.parametrize(
    ("limits", "count", "ended_by"),
    [
        (TailLimits(records=1), 1, "RECORDS"),
        (TailLimits(size_bytes=2500), 2, "BYTES"),
        (TailLimits(records=0), 0, "END"),
        (TailLimits(seconds=0), 0, "SECONDS"),
    ],
    ids=["records", "bytes", "none", "seconds"],
)
def test_the_tail_keeps_its_limits(limits: TailLimits, count: int, ended_by: str) -> None:
    name = door.make_topic("limits", partitions=1)
    door.produce(name, [b"x" * 1000, None, b"y" * 1000, b"z" * 1000])
    told = read.tail(door.connection(), name, limits)
    assert isinstance(told, Known)
    if ended_by == "BYTES":
        assert sum(len(record.value or b"") for record in told.value.records) <= 2500
        count = len(told.value.records)
    assert (len(told.value.records), told.value.ended_by) == (count, ended_by)
    door.drop(name)


def test_a_snapshot_holds_commits_members_and_both_log_ends(topic: str) -> None:
    group = door.fresh("snapshot")
    door.commit(group, topic, {0: 1, 1: 1})
    absent = door.fresh("absent")
    wants = read.Wants(expected_groups=[absent], configs=True, all_details=True)
    shot = read.snapshot(door.connection(), wants)
    commits = shot.committed[group]
    assert isinstance(commits, Known)
    assert commits.value.offsets == {(topic, 0): 1, (topic, 1): 1}
    latest = shot.latest[topic, 0]
    assert isinstance(latest, Known)
    assert latest.value == 3
    assert latest.asked_ms >= commits.asked_ms, "log ends are asked after the commits"
    assert known(shot.earliest[topic, 0]).value == 0
    assert known(shot.stable[topic, 0]).value == 3
    assert (topic, 1) not in shot.stable, "only lagging partitions are asked again"
    assert known(shot.details[topic]).value.topic_id  # type: ignore[attr-defined]
    assert known(shot.configs[topic]).value.dynamic  # type: ignore[attr-defined]
    gone = shot.members[absent]
    assert isinstance(gone, Known)
    assert (gone.value.state, gone.value.members) == ("DEAD", ())
    assert not any(name.startswith("__") for name, _ in shot.latest)
    for kind in ("topics", "groups", "commits", "members"):
        assert shot.coverage[kind].ratio == 1, shot.coverage


def test_a_snapshot_can_be_narrowed(topic: str) -> None:
    group = door.fresh("narrow")
    door.commit(group, topic, {0: 1})
    wants = read.Wants(groups=[group], topics=[], described=[], known_topics=[topic])
    shot = read.snapshot(door.connection(), wants)
    assert set(shot.committed) == {group}
    assert shot.members == {}
    assert {name for name, _ in shot.latest} == {topic}, "topics with commits are always read"
    assert topic not in shot.details


def test_reading_leaves_topics_and_groups_as_they_were(topic: str) -> None:
    def standing() -> tuple[set[str], set[str]]:
        names, groups = read.topics(door.connection()), read.groups(door.connection())
        assert isinstance(names, Known)
        assert isinstance(groups, Known)
        ours = {view.name for view in names.value if topic in view.name}
        return ours, {view.group_id for view in groups.value.groups if "tributary" in view.group_id}

    before = standing()
    read.tail(door.connection(), topic)
    read.first_record_at(door.connection(), {(topic, 0): 0})
    read.snapshot(door.connection())
    assert standing() == before == ({topic}, set())


def test_one_child_serves_many_questions(topic: str) -> None:
    connection = door.connection("many")
    read.probe(connection)
    child = agent_for(connection).child
    for _ in range(20):
        assert isinstance(read.offsets(connection, [(topic, 0)])[topic, 0], Known)
    assert agent_for(connection).child is child
    assert child is not None
    with open(f"/proc/{child.pid}/status") as told:
        threads = next(line for line in told if line.startswith("Threads:"))
    assert int(threads.split()[1]) < 15, "a client is kept, not made anew for each question"


def test_workers_forked_after_the_parent_asked_get_answers_of_their_own(topic: str) -> None:
    connection = door.connection("forked")
    assert isinstance(read.probe(connection), Known)
    place = (topic, 0)
    answer_end, told_end = os.pipe()
    workers = []
    for _ in range(2):
        pid = os.fork()
        if pid == 0:
            try:
                latest = read.offsets(connection, [place])[place]
                close_all()
                os.write(told_end, str(getattr(latest, "value", "?")).encode())
            finally:
                os._exit(0)
        workers.append(pid)
    for pid in workers:
        assert os.waitpid(pid, 0)[1] == 0
    assert os.read(answer_end, 10) == b"33"
    os.close(answer_end)
    os.close(told_end)
    assert isinstance(read.probe(connection), Known)
