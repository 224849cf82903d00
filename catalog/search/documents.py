"""What search knows of each kind of object: one row of text and facets per object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from catalog.actions.domains import domain_path
from catalog.models import DataProduct, Domain, PortTopic, TopicSubject
from mesh.people.models import ObjectScope, Team
from schemas.models import Field, SchemaVersion, Subject
from streams.models import ConsumerGroup, Topic


@dataclass(frozen=True, slots=True)
class FieldText:
    """A field of a product's current schemas."""

    field_id: int
    subject_id: int
    path: str
    doc: str


@dataclass(frozen=True, slots=True)
class Document:
    """One object as search sees it. `names` are found first, `words` and `prose` after."""

    kind: str
    object_id: UUID
    href: str
    name: str
    line: str = ""
    names: str = ""
    words: str = ""
    prose: str = ""
    product_id: UUID | None = None
    product_slug: str = ""
    team_pk: int | None = None
    team_slug: str = ""
    domain_slug: str = ""
    domain_ids: tuple[UUID, ...] = ()
    lifecycle: str = ""
    tier: str = ""
    health: str = ""
    visibility: str = "organisation"
    popularity: int = 0
    changed_at: datetime | None = None
    product_pk: int | None = None
    fields: tuple[FieldText, ...] = field(default_factory=tuple)


Ids = Sequence[UUID] | None  # None = all


def products(ids: Ids) -> list[Document]:
    """Products with the names of their topics, subjects and fields. Constant number of queries."""
    rows = list(_chosen(DataProduct.objects.select_related("team", "domain__parent"), ids))
    bound = defaultdict(list)
    for pair in PortTopic.objects.filter(port__product__in=rows, direction="output").select_related(
        "topic", "port"
    ):
        bound[pair.port.product_id].append(pair.topic)
    subjects = _subjects({topic.pk for topics in bound.values() for topic in topics})
    fields = _fields({subject.pk for each in subjects.values() for subject in each})
    paths = _paths({row.domain_id: row.domain for row in rows})
    documents = []
    for row in rows:
        topics = bound[row.pk]
        mine = {subject.pk: subject for topic in topics for subject in subjects[topic.pk]}
        documents.append(
            _product(
                row, topics, list(mine.values()), [f for pk in mine for f in fields[pk]], paths
            )
        )
    return documents


def _product(
    row: DataProduct,
    topics: Sequence[Topic],
    subjects: Sequence[Subject],
    fields: Sequence[FieldText],
    paths: dict[int, tuple[UUID, ...]],
) -> Document:
    names = [row.name, row.slug, *(topic.name for topic in topics), *(s.name for s in subjects)]
    docs = [each.doc for each in fields if each.doc]
    return Document(
        kind="product",
        object_id=row.public_id,
        href=f"/products/{row.slug}",
        name=row.name,
        line=_first_sentence(row.purpose),
        names=" ".join(names),
        words=" ".join([row.team.name, row.domain.name, *(each.path for each in fields)]),
        prose=" ".join([row.purpose, row.usage, row.limitations, row.team.name, *docs]),
        product_id=row.public_id,
        product_slug=row.slug,
        team_pk=row.team_id,
        team_slug=row.team.slug,
        domain_slug=row.domain.slug,
        domain_ids=paths[row.domain_id],
        lifecycle=row.lifecycle,
        tier=row.tier,
        health=row.health,
        visibility=row.visibility,
        popularity=row.consumer_count,
        changed_at=row.changed_at,
        product_pk=row.pk,
        fields=tuple(fields),
    )


def topics(ids: Ids) -> list[Document]:
    """Topics that exist and are not the broker's own."""
    rows = _chosen(Topic.objects.select_related("cluster"), ids)
    chosen = list(rows.filter(ended_at__isnull=True, is_internal=False))
    owners = _owners("topic", chosen)
    return [
        _owned("topic", row.public_id, f"/topics/{row.public_id}", row.name,
               owners.get(row.public_id), f"Topic on {row.cluster.name}, {row.partitions} partitions")
        for row in chosen
    ]  # fmt: skip


def subjects(ids: Ids) -> list[Document]:
    """Subjects of the registry."""
    rows = list(_chosen(Subject.objects.all(), ids))
    owners = _owners("subject", rows)
    return [
        _owned("subject", row.public_id, f"/subjects/{row.public_id}", row.name,
               owners.get(row.public_id), "Subject of the schema registry")
        for row in rows
    ]  # fmt: skip


def groups(ids: Ids) -> list[Document]:
    """Consumer groups that exist."""
    rows = _chosen(ConsumerGroup.objects.select_related("cluster"), ids)
    chosen = list(rows.filter(ended_at__isnull=True))
    owners = _owners("consumergroup", chosen)
    return [
        _owned("group", row.public_id, f"/consumer-groups/{row.public_id}", row.group_id,
               owners.get(row.public_id), f"Consumer group on {row.cluster.name}")
        for row in chosen
    ]  # fmt: skip


def teams(ids: Ids) -> list[Document]:
    """Teams."""
    return [
        Document(
            "team", row.public_id, f"/teams/{row.slug}", row.name, _first_sentence(row.purpose),
            f"{row.name} {row.slug}", prose=row.purpose, team_pk=row.pk, team_slug=row.slug,
        )
        for row in _chosen(Team.objects.all(), ids)
    ]  # fmt: skip


def domains(ids: Ids) -> list[Document]:
    """Domains."""
    rows = list(_chosen(Domain.objects.select_related("parent"), ids))
    paths = _paths({row.pk: row for row in rows})
    return [
        Document(
            "domain", row.public_id, f"/domains/{row.slug}", row.name,
            _first_sentence(row.description), f"{row.name} {row.slug}", prose=row.description,
            domain_slug=row.slug, domain_ids=paths[row.pk],
        )
        for row in rows
    ]  # fmt: skip


BUILDERS: dict[str, Callable[[Ids], list[Document]]] = {
    "product": products,
    "topic": topics,
    "subject": subjects,
    "group": groups,
    "team": teams,
    "domain": domains,
}


def _chosen(rows: QuerySet, ids: Ids) -> QuerySet:  # type: ignore[type-arg]  # any model with public_id
    return rows if ids is None else rows.filter(public_id__in=ids)


def _owners(kind: str, rows: Iterable[Topic | Subject | ConsumerGroup]) -> dict[UUID, ObjectScope]:
    found = ObjectScope.objects.filter(
        kind=kind, object_id__in=[row.public_id for row in rows]
    ).select_related("team")
    return {row.object_id: row for row in found}


def _owned(
    kind: str, public_id: UUID, href: str, name: str, owner: ObjectScope | None, line: str
) -> Document:
    if owner is None:
        return Document(kind, public_id, href, name, f"{line} · owned by nobody", names=name)
    team = owner.team
    return Document(
        kind, public_id, href, name, f"{line} · {owner.product_slug}",
        names=name, words=owner.product_slug,
        product_id=owner.product_id, product_slug=owner.product_slug, team_pk=owner.team_id,
        team_slug=team.slug if team is not None else "", domain_ids=tuple(owner.domain_ids),
        visibility=owner.visibility,
    )  # fmt: skip


def _subjects(topic_ids: set[int]) -> dict[int, list[Subject]]:
    found: dict[int, list[Subject]] = defaultdict(list)
    for pair in TopicSubject.objects.filter(topic_id__in=topic_ids).select_related("subject"):
        found[pair.topic_id].append(pair.subject)
    return found


def _fields(subject_ids: set[int]) -> dict[int, list[FieldText]]:
    """Fields of the newest live version of each subject."""
    newest: dict[int, list[int]] = defaultdict(list)  # several subjects may share one content
    for version in (
        SchemaVersion.objects.filter(subject_id__in=subject_ids, deleted_at__isnull=True)
        .select_related("schema_id")
        .order_by("subject_id", "-version")
        .distinct("subject_id")
    ):
        newest[version.schema_id.content_id].append(version.subject_id)
    found: dict[int, list[FieldText]] = defaultdict(list)
    for row in Field.objects.filter(content_id__in=newest).order_by("content_id", "ordinal"):
        for subject_id in newest[row.content_id]:
            found[subject_id].append(FieldText(row.pk, subject_id, row.path, row.doc))
    return found


def _paths(domains_by_pk: dict[int, Domain]) -> dict[int, tuple[UUID, ...]]:
    return {
        pk: tuple(each.public_id for each in domain_path(domain))
        for pk, domain in domains_by_pk.items()
    }


def _first_sentence(text: str) -> str:
    line = " ".join(text.split())
    end = line.find(". ")
    return (line if end < 0 else line[: end + 1])[:400]
