"""One look at everything: metadata, groups, commits, members, then log ends. Commits come first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from streams.kafka.client import groups, offsets, topics
from streams.kafka.client.session import Session
from streams.kafka.results import Answer, Committed, Known, Position

PIECE = 500  # answers per frame: what was answered survives the death of this process
Piece = tuple[str, Any]


def pieces(name: str, answers: Iterator[tuple[Any, Any]]) -> Iterator[Piece]:
    """Answers bundled into named parts."""
    while bundle := dict(islice(answers, PIECE)):
        yield name, bundle


def snapshot(session: Session, wants: Mapping[str, Any]) -> Iterator[Piece]:
    """The steps of a sweep; groups may not eat the time that log ends need."""
    yield "probe", session.stamped(topics.cluster(session), session.contact_ms)
    views = topics.views(session)
    yield "topics", session.stamped(views, session.contact_ms)
    yield "offsets_partitions", _offsets_partitions(session)
    commits: dict[str, Answer[Committed]] = {}
    if wants["with_groups"]:
        yield from _group_steps(session, wants, commits)
    places = scope(views, wants["topics"], commits)
    latest: dict[Position, Answer[int]] = {}
    for name, bundle in pieces("latest", offsets.offsets(session, places, "latest")):
        latest.update(bundle)
        yield name, bundle
    yield from pieces("earliest", offsets.offsets(session, places, "earliest"))
    behind = _behind(commits, latest) if wants["stable"] else []
    yield from pieces("stable", offsets.offsets(session, behind, "latest", "read_committed"))
    yield from _topic_steps(session, wants, [view.name for view in views])


def _group_steps(
    session: Session, wants: Mapping[str, Any], commits: dict[str, Answer[Committed]]
) -> Iterator[Piece]:
    listing = groups.listing(session)
    yield "groups", listing
    listed = [view.group_id for view in listing.value.groups] if isinstance(listing, Known) else []
    ids = chosen_groups(listed, wants["groups"], wants["expected_groups"])
    for name, bundle in pieces("commits", groups.committed(session, ids, session.remaining() / 2)):
        commits.update(bundle)
        yield name, bundle
    described = (
        ids if wants["described"] is None else [one for one in ids if one in wants["described"]]
    )
    answers = groups.details(session, described, session.remaining() / 2)
    yield from pieces("members", answers)


def _topic_steps(
    session: Session, wants: Mapping[str, Any], names: Sequence[str]
) -> Iterator[Piece]:
    known = frozenset(wants["known_topics"])
    asked = [name for name in names if wants["all_details"] or name not in known]
    yield from pieces("details", topics.details(session, asked))
    if wants["configs"]:
        yield from pieces("configs", topics.configs(session, names))


def chosen_groups(
    listed: Sequence[str], wanted: Sequence[str] | None, expected: Sequence[str]
) -> list[str]:
    """Listed groups that are wanted, and expected ones even if nobody listed them."""
    keep = set(listed) if wanted is None else set(listed) & set(wanted)
    return sorted(keep | set(expected))


def scope(
    views: Sequence[Any], wanted: Sequence[str] | None, commits: Mapping[str, Any]
) -> list[Position]:
    """Partitions whose ends are asked: wanted topics, or all but internal ones without commits."""
    read = {
        place[0]
        for answer in commits.values()
        if isinstance(answer, Known)
        for place in answer.value.offsets
    }
    chosen = None if wanted is None else frozenset(wanted)
    return [
        (view.name, partition)
        for view in views
        if (view.name in chosen if chosen is not None else not view.internal) or view.name in read
        for partition in range(view.partitions)
    ]


def _behind(commits: Mapping[str, Any], latest: Mapping[Position, Any]) -> list[Position]:
    behind = set()
    for answer in commits.values():
        if not isinstance(answer, Known):
            continue
        for place, offset in answer.value.offsets.items():
            end = latest.get(place)
            if offset is not None and isinstance(end, Known) and end.value > offset:
                behind.add(place)
    return sorted(behind)


def _offsets_partitions(session: Session) -> tuple[int, int]:
    count, dead = topics.leaderless_offsets_partitions(session)
    return count, len(dead)
