"""Questions to a broker: each takes a deadline, none raises for an answer, none writes anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from mesh.kernel import clock
from streams.kafka.agent import Agent, Connection, Round, agent_for
from streams.kafka.results import (
    Answer,
    ClusterProbe,
    Committed,
    Coverage,
    GroupDetail,
    GroupListing,
    Known,
    Position,
    ProbeAnswer,
    Reason,
    Rights,
    Snapshot,
    Tail,
    TailLimits,
    TopicConfigs,
    TopicDetail,
    TopicView,
    Unknown,
)

PROBE_S = 4.0  # 2 s for the first contact, the rest for a new child to start
ANSWER_S = 10.0
RESCUE_S = 1.5  # least time worth a second try for the log ends after a crash
T = TypeVar("T")
K = TypeVar("K")

UNANSWERED = Unknown(Reason.CANCELLED, "The question ended before this was asked.")


@dataclass(frozen=True, slots=True)
class Wants:
    """What a snapshot should hold; None = all.

    `expected_groups` are asked by name even if no broker lists them. Details (topic ids) are asked
    for topics outside `known_topics`, or for all with `all_details`.
    """

    with_groups: bool = True
    groups: Collection[str] | None = None
    expected_groups: Collection[str] = ()
    described: Collection[str] | None = None
    topics: Collection[str] | None = None
    known_topics: Collection[str] = ()
    all_details: bool = False
    configs: bool = False
    stable: bool = True


def probe(
    connection: Connection,
    *,
    deadline_s: float = PROBE_S,
    base_ms: int | None = None,
    ignore_breaker: bool = False,
) -> Answer[ClusterProbe]:
    """Who answers at the bootstrap address. A person's own check may ignore the breaker."""
    outcome = _ask(connection, "probe", {}, deadline_s, base_ms, ignore_breaker=ignore_breaker)
    return _single(outcome)


def rights(
    connection: Connection, *, deadline_s: float = ANSWER_S, base_ms: int | None = None
) -> Answer[Rights]:
    """What our principal may do on the cluster."""
    return _single(_ask(connection, "rights", {}, deadline_s, base_ms))


def topics(
    connection: Connection, *, deadline_s: float = ANSWER_S, base_ms: int | None = None
) -> Answer[tuple[TopicView, ...]]:
    """Every topic we may see; a missing one may be hidden: ask by name before believing it gone."""
    return _single(_ask(connection, "topics", {}, deadline_s, base_ms))


def topic_details(
    connection: Connection,
    names: Collection[str],
    *,
    deadline_s: float = ANSWER_S,
    base_ms: int | None = None,
) -> dict[str, Answer[TopicDetail]]:
    """Topics by name; only here does Unknown(NOT_FOUND) prove absence."""
    asked = {"names": sorted(set(names))}
    return _many(_ask(connection, "topic_details", asked, deadline_s, base_ms), asked["names"])


def configs(
    connection: Connection,
    names: Collection[str],
    *,
    deadline_s: float = ANSWER_S,
    base_ms: int | None = None,
) -> dict[str, Answer[TopicConfigs]]:
    """Configurations of topics, defaults included."""
    asked = {"names": sorted(set(names))}
    return _many(_ask(connection, "configs", asked, deadline_s, base_ms), asked["names"])


def groups(
    connection: Connection, *, deadline_s: float = ANSWER_S, base_ms: int | None = None
) -> Answer[GroupListing]:
    """The groups that brokers list."""
    return _single(_ask(connection, "groups", {}, deadline_s, base_ms))


def group_details(
    connection: Connection,
    ids: Collection[str],
    *,
    deadline_s: float = ANSWER_S,
    base_ms: int | None = None,
) -> dict[str, Answer[GroupDetail]]:
    """State and members of groups by name; an unknown group is DEAD without members."""
    asked = {"ids": sorted(set(ids))}
    return _many(_ask(connection, "group_details", asked, deadline_s, base_ms), asked["ids"])


def committed(
    connection: Connection,
    ids: Collection[str],
    *,
    deadline_s: float = ANSWER_S,
    base_ms: int | None = None,
) -> dict[str, Answer[Committed]]:
    """Every commit of each group; commits on topics hidden from us are silently missing."""
    asked = {"ids": sorted(set(ids))}
    return _many(_ask(connection, "committed", asked, deadline_s, base_ms), asked["ids"])


def offsets(
    connection: Connection,
    positions: Collection[Position],
    *,
    point: Literal["latest", "earliest"] = "latest",
    isolation: Literal["read_uncommitted", "read_committed"] = "read_uncommitted",
    deadline_s: float = ANSWER_S,
    base_ms: int | None = None,
) -> dict[Position, Answer[int]]:
    """Log ends or starts; never a negative number."""
    asked = {"positions": sorted(set(positions)), "point": point, "isolation": isolation}
    outcome = _ask(connection, "offsets", asked, deadline_s, base_ms)
    return _many(outcome, set(positions))


def first_record_at(
    connection: Connection,
    positions: Mapping[Position, int],
    *,
    deadline_s: float = ANSWER_S,
    base_ms: int | None = None,
) -> dict[Position, Answer[ProbeAnswer]]:
    """The first fetchable committed record at or after each offset, or the end of the log."""
    asked = {"positions": dict(positions)}
    return _many(_ask(connection, "first_record_at", asked, deadline_s, base_ms), positions)


def tail(
    connection: Connection,
    topic: str,
    limits: TailLimits | None = None,
    *,
    deadline_s: float = 15.0,
    base_ms: int | None = None,
) -> Answer[Tail]:
    """The newest records of a topic as bytes, within the limits; no group, no commits."""
    asked = {"topic": topic, "limits": limits or TailLimits()}
    return _single(_ask(connection, "tail", asked, deadline_s, base_ms))


def snapshot(
    connection: Connection,
    wants: Wants | None = None,
    *,
    deadline_s: float = ANSWER_S,
    base_ms: int | None = None,
    ignore_breaker: bool = False,
) -> Snapshot:
    """One sweep in one round: commits before log ends; what a crash interrupts stays Unknown."""
    chosen = wants or Wants()
    asked_at = clock.monotonic()
    base = clock.now_ms() if base_ms is None else base_ms
    outcome = _ask(
        connection,
        "snapshot",
        _plain(chosen),
        deadline_s,
        base,
        ignore_breaker=ignore_breaker,
    )
    left_s = deadline_s - (clock.monotonic() - asked_at)
    if _ends_lost(outcome) and left_s > RESCUE_S:
        _rescue_ends(connection, outcome, chosen, left_s, base + int((deadline_s - left_s) * 1000))
    elapsed_ms = int((clock.monotonic() - asked_at) * 1000)
    return _assemble(outcome, chosen, base, base + elapsed_ms)


def _ask(
    connection: Connection,
    call: str,
    arguments: Mapping[str, object],
    deadline_s: float,
    base_ms: int | None,
    *,
    ignore_breaker: bool = False,
) -> Round:
    agent = agent_for(connection)
    wait_s = agent.breaker.wait_s()
    if wait_s > 0 and not ignore_breaker:
        return Round(failure=_left_alone(agent.last_failure, wait_s))
    outcome = agent.ask(call, arguments, deadline_s=deadline_s, base_ms=base_ms)
    _remember(agent, outcome)
    return outcome


def _left_alone(last: Unknown | None, wait_s: float) -> Unknown:
    """Not asked now: the reason stays the one that the last try met."""
    why = last or Unknown(Reason.UNREACHABLE, "the last tries failed")
    said = why.detail.strip().rstrip(".") or "the last tries failed"
    return Unknown(why.reason, f"{said}. Asked again in {wait_s:.0f} s.")


def _remember(agent: Agent, outcome: Round) -> None:
    """A cluster counts as dead when nothing at all came back, whatever the cause."""
    if outcome.reached or outcome.parts:
        agent.breaker.succeeded()
    elif outcome.failure is not None and outcome.failure.reason is not Reason.CRASHED:
        agent.breaker.failed()
        agent.last_failure = outcome.failure


def _single(outcome: Round) -> Answer[Any]:
    answer: Answer[Any] | None = outcome.single("answer")
    return (outcome.failure or UNANSWERED) if answer is None else answer


def _many(outcome: Round, expected: Iterable[K]) -> dict[K, Any]:
    return _filled(outcome, "answers", expected)


def _filled(outcome: Round, part: str, expected: Iterable[K]) -> dict[K, Any]:
    told = outcome.merged(part)
    missing = outcome.failure or UNANSWERED
    return {**dict.fromkeys(expected, missing), **told}


def _plain(wants: Wants) -> dict[str, object]:
    def listed(names: Collection[str] | None) -> list[str] | None:
        return None if names is None else sorted(names)

    return {
        "with_groups": wants.with_groups,
        "groups": listed(wants.groups),
        "expected_groups": listed(wants.expected_groups),
        "described": listed(wants.described),
        "topics": listed(wants.topics),
        "known_topics": listed(wants.known_topics),
        "all_details": wants.all_details,
        "configs": wants.configs,
        "stable": wants.stable,
    }


def _ends_lost(outcome: Round) -> bool:
    crashed = outcome.failure is not None and outcome.failure.reason is Reason.CRASHED
    return crashed and "topics" in outcome.parts and "latest" not in outcome.parts


def _rescue_ends(
    connection: Connection, outcome: Round, wants: Wants, left_s: float, base_ms: int
) -> None:
    """Group calls can abort the client; the log ends must not be lost with it."""
    alone = Wants(with_groups=False, topics=wants.topics, known_topics=wants.known_topics)
    second = agent_for(connection).ask(
        "snapshot", _plain(alone), deadline_s=left_s, base_ms=base_ms
    )
    for name in ("latest", "earliest", "details"):
        if name in second.parts:
            outcome.parts[name] = second.parts[name]


def _assemble(outcome: Round, wants: Wants, asked_ms: int, answered_ms: int) -> Snapshot:
    missing = outcome.failure or UNANSWERED
    listing: Answer[GroupListing] = outcome.single("groups") or missing
    views: Answer[tuple[TopicView, ...]] = outcome.single("topics") or missing
    ids = _expected_groups(listing, wants)
    commits: dict[str, Answer[Committed]] = _filled(outcome, "commits", ids)
    described = ids if wants.described is None else ids & set(wants.described)
    members: dict[str, Answer[GroupDetail]] = _filled(outcome, "members", described)
    places = _expected_places(views, wants, commits)
    latest: dict[Position, Answer[int]] = _filled(outcome, "latest", places)
    earliest: dict[Position, Answer[int]] = _filled(outcome, "earliest", places)
    coverage = {
        "topics": _topic_coverage(views),
        "groups": _group_coverage(listing, outcome.single("offsets_partitions"), wants),
        "commits": _coverage(commits.values()),
        "members": _coverage(members.values()),
        "ends": _coverage([*latest.values(), *earliest.values()]),
    }
    return Snapshot(
        probe=outcome.single("probe") or missing,
        topics=views,
        groups=listing,
        committed=commits,
        members=members,
        latest=latest,
        earliest=earliest,
        stable=outcome.merged("stable"),
        details=outcome.merged("details"),
        configs=outcome.merged("configs"),
        coverage=coverage,
        asked_ms=asked_ms,
        answered_ms=answered_ms,
        cpu_ms=outcome.cpu_ms,
    )


def _expected_groups(listing: Answer[GroupListing], wants: Wants) -> set[str]:
    if not wants.with_groups:
        return set()
    listed = (
        {view.group_id for view in listing.value.groups} if isinstance(listing, Known) else set()
    )
    kept = listed if wants.groups is None else listed & set(wants.groups)
    return kept | set(wants.expected_groups)


def _expected_places(
    views: Answer[tuple[TopicView, ...]],
    wants: Wants,
    commits: Mapping[str, Answer[Committed]],
) -> list[Position]:
    if isinstance(views, Unknown):
        return []
    read = {
        place[0]
        for answer in commits.values()
        if isinstance(answer, Known)
        for place in answer.value.offsets
    }
    return [
        (view.name, partition)
        for view in views.value
        if view.name in read
        or (view.name in wants.topics if wants.topics is not None else not view.internal)
        for partition in range(view.partitions)
    ]


def _coverage(answers: Iterable[Answer[Any]]) -> Coverage:
    expected = 0
    reasons: Counter[str] = Counter()
    for answer in answers:
        expected += 1
        if isinstance(answer, Unknown):
            reasons[answer.reason.value] += 1
    return Coverage(expected - sum(reasons.values()), expected, dict(reasons))


def _topic_coverage(views: Answer[tuple[TopicView, ...]]) -> Coverage:
    if isinstance(views, Unknown):
        return Coverage(0, 1, {views.reason.value: 1})
    problems = Counter(view.problem.value for view in views.value if view.problem is not None)
    count = len(views.value)
    return Coverage(count - sum(problems.values()), count, dict(problems))


def _group_coverage(
    listing: Answer[GroupListing], partitions: tuple[int, int] | None, wants: Wants
) -> Coverage:
    """The share of commit partitions that are led: groups of the others are missing silently."""
    if not wants.with_groups:
        return Coverage(0, 0, {})
    if isinstance(listing, Unknown):
        return Coverage(0, 1, {listing.reason.value: 1})
    count, leaderless = partitions or (0, 0)
    reasons = Counter(reason.value for reason in listing.value.problems)
    if leaderless:
        reasons[Reason.NO_COORDINATOR.value] += leaderless
    expected = max(count, sum(reasons.values()))
    return Coverage(max(0, expected - sum(reasons.values())), expected, dict(reasons))
