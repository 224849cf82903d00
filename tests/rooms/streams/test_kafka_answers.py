"""Windows, bad offsets, a coordinator without leader, a crash in mid-sweep: what was told is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from mesh.kernel import clock
from streams.kafka import read
from streams.kafka.agent import Connection, Round
from streams.kafka.breaker import Breaker
from streams.kafka.client import groups, offsets, topics
from streams.kafka.client.session import Session
from streams.kafka.client.windows import Plan, ask_all
from streams.kafka.results import (
    BrokerView,
    ClusterProbe,
    Committed,
    GroupListing,
    GroupView,
    Known,
    Reason,
    TopicView,
    Unknown,
)


def session(seconds: float = 5.0) -> Session:
    made = Session({"bootstrap.servers": "127.0.0.1:1"})
    made.begin(clock.monotonic() + seconds, 1_000, clock.monotonic())
    return made


def told(value: object) -> Future[Any]:
    future: Future[Any] = Future()
    if isinstance(value, BaseException):
        future.set_exception(value)
    elif value is not ...:
        future.set_result(value)
    return future


def failing(code: int) -> KafkaException:
    return KafkaException(KafkaError(code))


def plan(answers: Mapping[str, list[Any]], chunk: int = 1, in_flight: int = 2) -> Plan:
    def start(items: Sequence[str]) -> dict[str, Future[Any]]:
        return {item: told(answers[item].pop(0)) for item in items}

    return Plan(start, lambda item, value: value, chunk, in_flight, 1.0)


def test_every_item_gets_an_answer_whatever_the_window() -> None:
    names = [f"t{number}" for number in range(7)]
    asked = plan({name: [number] for number, name in enumerate(names)}, chunk=3, in_flight=1)
    answers = dict(ask_all(session(), asked, names))
    assert [answers[name].value for name in names] == list(range(7))  # type: ignore[union-attr]


def test_a_retriable_answer_is_asked_once_more_and_only_once() -> None:
    moved = failing(KafkaError.NOT_LEADER_FOR_PARTITION)
    answers = {"back": [moved, 5], "away": [moved, moved, 7]}
    got = dict(ask_all(session(), plan(answers), ["back", "away"]))
    assert isinstance(got["back"], Known)
    assert got["back"].value == 5
    assert isinstance(got["away"], Unknown)
    assert got["away"].reason is Reason.RETRIABLE
    assert answers["away"] == [7]


def test_a_future_that_never_ends_is_a_timeout_and_the_child_is_marked() -> None:
    late = session(0.4)
    got = dict(ask_all(late, plan({"hung": [...], "told": [1]}), ["hung", "told"]))
    assert isinstance(got["hung"], Unknown)
    assert got["hung"].reason is Reason.TIMEOUT
    assert isinstance(got["told"], Known)
    assert late.timed_out


def test_after_the_step_ends_nothing_more_is_asked() -> None:
    answers: dict[str, list[Any]] = {"first": [...], "second": [1], "third": [1]}
    got = dict(ask_all(session(0.3), plan(answers, in_flight=1), ["first", "second", "third"]))
    assert all(isinstance(answer, Unknown) for answer in list(got.values())[1:])
    assert answers["third"] == [1]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (KafkaError._TIMED_OUT, Reason.TIMEOUT),
        (KafkaError._TRANSPORT, Reason.UNREACHABLE),
        (KafkaError._AUTHENTICATION, Reason.AUTH),
        (KafkaError.GROUP_AUTHORIZATION_FAILED, Reason.DENIED),
        (KafkaError.UNKNOWN_TOPIC_OR_PART, Reason.NOT_FOUND),
        (KafkaError._NOENT, Reason.RETRIABLE),
        (KafkaError.UNSUPPORTED_VERSION, Reason.UNSUPPORTED),
        (2, Reason.PROTOCOL),
    ],
)
def test_error_codes_become_our_reasons(code: int, reason: Reason) -> None:
    answer = session().failure(failing(code))
    assert answer.reason is reason
    assert answer.detail


def test_an_offset_below_zero_is_no_number() -> None:
    asking = session()
    place = ("t", 0)
    asking.client = SimpleNamespace(
        list_offsets=lambda asked, **limits: {
            key: told(SimpleNamespace(offset=-1001)) for key in asked
        }
    )
    got = dict(offsets.offsets(asking, [place, ("t", -1), ("", 0)]))
    assert [got[key].reason for key in (place, ("t", -1), ("", 0))] == [  # type: ignore[union-attr]
        Reason.TIMEOUT,
        Reason.NOT_FOUND,
        Reason.NOT_FOUND,
    ]


def listing(valid: list[Any], errors: list[Any], operations: list[Any] | None = None) -> Session:
    asking = session()
    asking.client = SimpleNamespace(
        list_consumer_groups=lambda **limits: told(SimpleNamespace(valid=valid, errors=errors)),
        describe_cluster=lambda **limits: told(SimpleNamespace(authorized_operations=operations)),
    )
    return asking


def test_an_empty_list_with_errors_is_unknown() -> None:
    answer = groups.listing(listing([], [failing(KafkaError._TIMED_OUT)]))
    assert isinstance(answer, Unknown)
    assert answer.reason is Reason.TIMEOUT


def test_a_partial_list_keeps_its_errors() -> None:
    one = SimpleNamespace(group_id="g", is_simple_consumer_group=False, state=None, type=None)
    answer = groups.listing(listing([one], [failing(KafkaError._TIMED_OUT)]))
    assert isinstance(answer, Known)
    assert answer.value.problems == (Reason.TIMEOUT,)
    assert answer.value.groups == (GroupView("g", "UNKNOWN", "UNKNOWN", False),)


@pytest.mark.parametrize(
    ("operations", "believed"), [(None, False), ([], False), (["DESCRIBE"], True)]
)
def test_an_empty_list_is_believed_only_with_the_right_to_describe(
    operations: list[str] | None, believed: bool
) -> None:
    named = None if operations is None else [SimpleNamespace(name=name) for name in operations]
    answer = groups.listing(listing([], [], named))
    assert isinstance(answer, Known if believed else Unknown)


def test_groups_whose_coordinator_is_gone_are_not_asked() -> None:
    asking = session()
    parts = {number: SimpleNamespace(id=number, leader=-1) for number in range(5)}
    asking.metadata = SimpleNamespace(
        topics={topics.OFFSETS_TOPIC: SimpleNamespace(partitions=parts)}
    )
    for answers in (groups.committed(asking, ["g"]), groups.details(asking, ["g"])):
        (answer,) = dict(answers).values()
        assert isinstance(answer, Unknown)
        assert answer.reason is Reason.NO_COORDINATOR


PROBE = Known(ClusterProbe("id", 1, (BrokerView(1, "h", 1),)), 1, 2)
VIEWS = Known((TopicView("orders", 2, 1, (), (1, 1), False),), 1, 2)
GROUPS = Known(GroupListing((GroupView("g", "STABLE", "CLASSIC", False),)), 1, 2)
CRASHED = Unknown(Reason.CRASHED, "The client process ended (SIGABRT).")
PLACES = [("orders", 0), ("orders", 1)]


class Scripted:
    """An agent whose rounds are written down beforehand."""

    def __init__(self, *rounds: Round) -> None:
        self.rounds = list(rounds)
        self.asked: list[Mapping[str, object]] = []
        self.breaker = Breaker()

    def ask(self, call: str, arguments: Mapping[str, object], **limits: object) -> Round:
        self.asked.append(arguments)
        return self.rounds.pop(0)


def shot_of(monkeypatch: pytest.MonkeyPatch, agent: Scripted) -> Any:
    monkeypatch.setattr(read, "agent_for", lambda connection: agent)
    return read.snapshot(Connection("k", {}), deadline_s=10)


def crashed_round(**parts: list[Any]) -> Round:
    return Round(
        {"probe": [PROBE], "topics": [VIEWS], "offsets_partitions": [(5, 0)], **parts}, CRASHED
    )


def test_log_ends_are_rescued_when_a_group_call_kills_the_client(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ends = dict.fromkeys(PLACES, Known(7, 3, 4))
    rescue = Round({"latest": [ends], "earliest": [dict.fromkeys(PLACES, Known(0, 3, 4))]})
    agent = Scripted(crashed_round(groups=[GROUPS]), rescue)
    shot = shot_of(monkeypatch, agent)
    assert shot.latest == ends
    assert shot.committed == {"g": CRASHED}
    assert shot.members == {"g": CRASHED}
    assert agent.asked[1]["with_groups"] is False
    assert shot.coverage["ends"].ratio == 1
    assert shot.coverage["commits"].reasons == {"CRASHED": 1}


def test_commits_told_before_a_crash_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    commits = {"g": Known(Committed("g", {("orders", 0): 3}, {}), 1, 2)}
    agent = Scripted(crashed_round(groups=[GROUPS], commits=[commits]), Round(failure=CRASHED))
    shot = shot_of(monkeypatch, agent)
    assert shot.committed == commits
    assert shot.latest == dict.fromkeys(PLACES, CRASHED)
    assert shot.coverage["ends"].ratio == 0


def test_a_crash_before_anything_was_told_is_not_asked_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    agent = Scripted(Round(failure=CRASHED))
    shot = shot_of(monkeypatch, agent)
    assert shot.probe == CRASHED
    assert len(agent.asked) == 1


def test_internal_topics_are_read_only_where_a_group_commits() -> None:
    views = Known(
        (
            TopicView("__consumer_offsets", 5, 1, (), (1,) * 5, True),
            TopicView("app-changelog", 1, 1, (), (1,), True),
            TopicView("orders", 1, 1, (), (1,), False),
        ),
        1,
        2,
    )
    commits = {"g": Known(Committed("g", {("app-changelog", 0): 1}, {}), 1, 2)}
    places = read._expected_places(views, read.Wants(), commits)
    assert places == [("app-changelog", 0), ("orders", 0)]


@pytest.mark.parametrize(
    ("name", "internal"),
    [("__consumer_offsets", True), ("_schemas", True), ("a-repartition", True), ("orders", False)],
)
def test_internal_topics_are_known_by_their_names(name: str, internal: bool) -> None:
    assert topics.is_internal(name) is internal
