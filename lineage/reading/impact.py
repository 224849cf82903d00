"""Who is hit when a subject gets this schema: a verdict for every reader, before anything happens.

A reader is an application with live evidence of reading the subject's topics, or a product whose
input port says so. What it reads with is not known for certain: the newest version of the subject
that a program of its team fetched from the registry is assumed, and said to be assumed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lineage.evidence.observing import NOT_PROGRAMS, SERVICE
from lineage.models import Node, SubjectTopic
from lineage.permission import hidden_nodes
from lineage.reading.flows import live_edges
from lineage.reading.graphs import RESTRICTED_NAME
from lineage.reading.readers import Consumer, consumers, topics_of_subject
from lineage.reading.verdicts import (
    SEVERITY,
    Judgement,
    Reason,
    Verdict,
    judge_key,
    judge_reader,
    worst_of,
)
from lineage.reading.walk import Truncation
from mesh.audit.principal import Principal
from mesh.people.models import ObjectScope, ServiceAccount
from schemas.avro.model import Schema
from schemas.models import RegistryAccess, SchemaVersion, Subject
from schemas.names import subject_name as readable_name
from schemas.registering.parsing import read_posted, stored_schema
from schemas.registering.references import read_references
from schemas.registering.rights import owner_of, require_readable
from streams.models import Topic

READER_LIMIT = 1_000
NOT_SEEN = "no schema seen: no program of its team fetched a version of this subject"
NOBODY = "no schema seen: no product declares this group, so its programs are not known"
STATES = {
    Verdict.BREAK: "bad",
    Verdict.SILENT: "bad",
    Verdict.LOSSY: "warn",
    Verdict.UNKNOWN: "unknown",
    Verdict.OK: "ok",
}
WORDS = {
    Verdict.BREAK: "Breaks",
    Verdict.SILENT: "Silent",
    Verdict.LOSSY: "Lossy",
    Verdict.UNKNOWN: "Unknown",
    Verdict.OK: "OK",
}


@dataclass(frozen=True, slots=True)
class ReaderVerdict:
    """One reader and what the change does to it. `reads` says with which version, as far as known."""

    name: str
    kind: str
    group: str
    product_id: str
    product: str
    team_id: int
    topic: str
    verdict: Verdict
    state: str
    words: str
    reason: str
    reasons: tuple[Reason, ...]
    reads: str
    version: int | None
    schema_id: int | None
    fetched_at: datetime | None
    evidence: str
    seen: datetime | None
    declared: bool
    observed: bool
    restricted: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """How many readers have a verdict."""

    state: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Impact:
    """The answer to "what breaks if I change this schema, and whose"."""

    subject: str
    headline: str
    worst: Verdict
    state: str
    counts: Mapping[str, int]
    tally: tuple[Tally, ...]
    readers: tuple[ReaderVerdict, ...]
    topics: tuple[str, ...]
    complete: bool
    truncated: tuple[Truncation, ...]


@dataclass(frozen=True, slots=True)
class _Fetched:
    """The newest version of the subject that a team's or program's key fetched."""

    version: SchemaVersion
    at: datetime


@dataclass(frozen=True, slots=True)
class _Case:
    """The subject under change, with everything judged against."""

    candidate: Schema
    current: Schema | None
    key: Judgement | None
    by_team: Mapping[int, _Fetched]
    by_service: Mapping[str, _Fetched]


def impact_of(viewer: Principal, name: str, text: str, references: Iterable[Any] = ()) -> Impact:
    """Judge every reader. Raises InvalidSchemaText, InvalidReference, SubjectMissing (hidden)."""
    asked = readable_name(name)
    row = Subject.objects.filter(context__name=asked.context, name=asked.name).first()
    if row is not None:
        require_readable(viewer, row, owner_of(row))
    posted = read_posted(text, read_references(references), asked.context)
    versions = _versions(row)
    topic_ids = topics_of_subject(asked.qualified)
    current = stored_schema(versions[-1].schema_id.content) if versions else None
    is_key = _is_key(asked.qualified)
    case = _Case(
        posted.schema,
        current,
        judge_key(posted.schema, current) if is_key else None,
        *_fetched(asked.qualified, versions),
    )
    found = consumers(viewer, topic_ids)
    found += _declared_products(viewer, topic_ids)
    readers = [_judged(reader, case) for reader in found[:READER_LIMIT]]
    return _answer(asked.qualified, readers, topic_ids, len(found))


def _versions(subject: Subject | None) -> list[SchemaVersion]:
    """Live versions with their contents, oldest first."""
    rows = SchemaVersion.objects.filter(subject=subject, deleted_at__isnull=True)
    return list(rows.select_related("schema_id__content").order_by("version")) if subject else []


def _is_key(name: str) -> bool:
    sides = set(SubjectTopic.objects.filter(subject_name=name).values_list("side", flat=True))
    return sides == {"key"}


def _fetched(
    name: str, versions: Sequence[SchemaVersion]
) -> tuple[dict[int, _Fetched], dict[str, _Fetched]]:
    """The newest version fetched, by team and by service account. Two queries."""
    by_number = {row.schema_id.number: row for row in versions}
    accesses = RegistryAccess.objects.filter(
        action="fetch", schema_number__in=by_number, principal__startswith=SERVICE
    )
    rows = [row for row in accesses if row.subject_name in ("", name)]
    ids = {row.principal.removeprefix(SERVICE) for row in rows}
    accounts = {
        SERVICE + str(account.public_id): account
        for account in ServiceAccount.objects.filter(public_id__in=ids)
        if account.purpose not in NOT_PROGRAMS
    }
    by_team: dict[int, _Fetched] = {}
    by_service: dict[str, _Fetched] = {}
    for row in sorted(rows, key=lambda one: by_number[one.schema_number].version):
        account = accounts.get(row.principal)
        if account is not None:
            seen = _Fetched(by_number[row.schema_number], row.last_seen)
            by_team[account.team_id] = by_service[account.name] = seen
    return by_team, by_service


def _declared_products(viewer: Principal, topic_ids: Sequence[int]) -> list[Consumer]:
    """Products whose input port names the topics' product, but none of whose groups is a reader yet."""
    topics = Topic.objects.filter(pk__in=topic_ids).values_list("public_id", flat=True)
    keys = [str(public_id) for public_id in topics]
    owners = Node.objects.filter(kind=Node.Kind.TOPIC, key__in=keys).exclude(owner_key="")
    edges = live_edges().filter(
        kind="feeds",
        src__kind=Node.Kind.PRODUCT,
        src__key__in=owners.values("owner_key"),
        declared=True,
    )
    reading = live_edges().filter(kind="reads", src__key__in=keys, src__kind=Node.Kind.TOPIC)
    present = set(reading.values_list("dst__owner_key", flat=True))
    nodes = [edge.dst for edge in edges if edge.dst.key not in present]
    hidden = hidden_nodes(viewer, nodes)
    teams = {
        str(row.object_id): row.team_id or 0
        for row in ObjectScope.objects.filter(
            kind="product", object_id__in=[node.key for node in nodes]
        )
    }
    return [_declared_reader(node, teams.get(node.key, 0), node.pk in hidden) for node in nodes]


def _declared_reader(node: Node, team_id: int, shut: bool) -> Consumer:
    return Consumer(
        topic_id=0, topic="", name=RESTRICTED_NAME if shut else node.label, kind="product", group="",
        node_id="" if shut else str(node.public_id), owner_id="" if shut else node.key,
        owner_slug="" if shut else node.label, team_id=team_id, declared=True, observed=False,
        confidence=0.0, words="declared, not observed", strength="", last_seen=None, edge_id="",
        restricted=shut,
    )  # fmt: skip


def _judged(reader: Consumer, case: _Case) -> ReaderVerdict:
    is_service = reader.kind == "service account"
    seen = case.by_service.get(reader.name) if is_service else case.by_team.get(reader.team_id)
    judgement = case.key or _judgement(reader, seen, case)
    return ReaderVerdict(
        name=reader.name,
        kind=reader.kind,
        group=reader.group,
        product_id=reader.owner_id,
        product=reader.owner_slug,
        team_id=0 if reader.restricted else reader.team_id,
        topic=reader.topic,
        verdict=judgement.verdict,
        state=STATES[judgement.verdict],
        words=WORDS[judgement.verdict],
        reason=in_words(judgement.reasons[0]) if judgement.reasons else "",
        reasons=judgement.reasons,
        reads=_reads(seen),
        version=seen.version.version if seen else None,
        schema_id=seen.version.schema_id.number if seen else None,
        fetched_at=seen.at if seen else None,
        evidence=reader.words,
        seen=reader.last_seen,
        declared=reader.declared,
        observed=reader.observed,
        restricted=reader.restricted,
    )


def in_words(reason: Reason) -> str:
    """A reason as a person reads it: the commonest refusal of Avro without its pointer."""
    if reason.kind == "reader_field_missing_default_value":
        return f"needs `{reason.message}`, which is not written any more and has no default there"
    return f"{reason.location}: {reason.message}" if reason.location else reason.message


def _judgement(reader: Consumer, seen: _Fetched | None, case: _Case) -> Judgement:
    if seen is None:
        known = reader.team_id or reader.kind == "service account"
        return Judgement(Verdict.UNKNOWN, (Reason("no_schema", "", NOT_SEEN if known else NOBODY),))
    schema = stored_schema(seen.version.schema_id.content)
    return judge_reader(schema, case.candidate, case.current)


def _reads(seen: _Fetched | None) -> str:
    if seen is None:
        return "not known"
    return f"assumed version {seen.version.version}"


def _answer(
    subject: str, readers: list[ReaderVerdict], topic_ids: Sequence[int], total: int
) -> Impact:
    readers.sort(key=lambda reader: (SEVERITY[reader.verdict], reader.name))
    counts = Counter(reader.verdict for reader in readers)
    truncated = [Truncation("nodes", READER_LIMIT, total)] if total > READER_LIMIT else []
    if any(reader.restricted for reader in readers):
        truncated.append(Truncation("permission"))
    if not topic_ids:
        truncated.append(Truncation("unresolved"))
    worst = worst_of(counts)
    names = Topic.objects.filter(pk__in=topic_ids).order_by("name").values_list("name", flat=True)
    return Impact(
        subject=subject,
        headline=headline(counts, has_topic=bool(topic_ids)),
        worst=worst,
        state=STATES[worst],
        counts={verdict.value: counts[verdict] for verdict in Verdict},
        tally=tuple(
            Tally(STATES[verdict], WORDS[verdict], counts[verdict])
            for verdict in Verdict
            if counts[verdict]
        ),
        readers=tuple(readers),
        topics=tuple(names),
        complete=not truncated,
        truncated=tuple(truncated),
    )


def headline(counts: Mapping[Verdict, int], *, has_topic: bool = True) -> str:
    """The verdict in one line; never a plain OK while a reader is unknown."""
    total = sum(counts.values())
    if not total:
        return "No reader is known" if has_topic else "No topic is known to carry this subject"
    parts: list[str] = []
    for verdict, verb in (
        (Verdict.BREAK, "breaks"),
        (Verdict.SILENT, "silently changes"),
        (Verdict.LOSSY, "loses precision in"),
    ):
        if counts.get(verdict):
            of = f" of {total} {_readers(total)}" if not parts else ""
            parts.append(f"{verb} {counts[verdict]}{of}")
    unknown = counts.get(Verdict.UNKNOWN, 0)
    if not parts:
        fine = counts.get(Verdict.OK, 0)
        share = f"{fine} of {total}" if unknown else f"all {total}"
        parts.append(f"OK for {share} {_readers(total)}")
    if unknown:
        parts.append(f"{unknown} unknown")
    text = ", ".join(parts)
    return text[0].upper() + text[1:]


def _readers(count: int) -> str:
    return "reader" if count == 1 else "readers"
