"""The list of subjects as one page shows it: newest version, level, owner, verdict, use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery

from mesh.audit.principal import Principal
from mesh.kernel.paging import Keyset, page_of
from mesh.people.authz.doors import scope
from mesh.people.models import ObjectScope
from mesh.people.products import product_names
from schemas.models import RegistryAccess, RegistryContext, SchemaVersion, Subject
from schemas.names import SubjectName, is_storable
from schemas.reading.words import CHECK_STATES, CHECK_WORDS, SOURCES, level_words
from schemas.registering.comparing import level_of

LONGEST_QUESTION = 200


@dataclass(frozen=True, slots=True)
class Owner:
    """Who answers for a subject; every text is empty while nobody does."""

    team: str = ""
    team_slug: str = ""
    product_slug: str = ""
    product_name: str = ""

    @property
    def is_known(self) -> bool:
        return bool(self.team)


NOBODY = Owner()


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """One subject of the list."""

    public_id: UUID
    name: str
    latest_version: int
    versions: int
    changed_at: datetime | None
    level: str
    level_words: str
    level_source: str
    owner: Owner
    state: str
    verdict: str
    users: int
    used_at: datetime | None
    pk: int = 0

    @property
    def href(self) -> str:
        return f"/subjects/{self.public_id}"


@dataclass(frozen=True, slots=True)
class SubjectsPage:
    """A page of the list, and how many there are of each kind."""

    rows: tuple[SubjectRow, ...]
    next_cursor: str | None
    total: int
    unowned: int
    failing: int


def visible_subjects(viewer: Principal) -> QuerySet[Subject]:
    """Subjects with a live version that the viewer may see."""
    versions = SchemaVersion.objects.filter(subject=OuterRef("pk"), deleted_at__isnull=True)
    return scope(viewer, "schema.read", Subject.objects.filter(Exists(versions)))


SHOWS = ("unowned", "failing")


def owned() -> Exists:
    """Whether a team answers for the subject."""
    rows = ObjectScope.objects.filter(kind="subject", object_id=OuterRef("public_id"))
    return Exists(rows.filter(team__isnull=False))


def matching(viewer: Principal, q: str, show: str) -> QuerySet[Subject]:
    """Subjects whose name holds `q`; `show` is one of SHOWS or empty."""
    rows = visible_subjects(viewer)
    if q and is_storable(q):
        rows = rows.filter(name__icontains=q[:LONGEST_QUESTION])
    if show == "unowned":
        rows = rows.filter(~owned())
    elif show == "failing":
        rows = rows.filter(check_result__outcome="fail")
    return rows


def subjects_page(
    viewer: Principal, *, q: str = "", show: str = "", parameters: Mapping[str, str] | None = None
) -> SubjectsPage:
    """The list. Seven queries, however many rows."""
    everything = visible_subjects(viewer)
    counts = everything.aggregate(
        total=Count("pk"),
        unowned=Count("pk", filter=~Q(owned())),
        failing=Count("pk", filter=Q(check_result__outcome="fail")),
    )
    page = page_of(annotated(matching(viewer, q, show)), Keyset("name"), parameters or {})
    return SubjectsPage(
        tuple(rows_of(page.rows)),
        page.next_cursor,
        counts["total"],
        counts["unowned"],
        counts["failing"],
    )


def annotated(rows: QuerySet[Subject]) -> QuerySet[Subject]:
    """Subjects with their newest live version and the number of live ones."""
    live = SchemaVersion.objects.filter(subject=OuterRef("pk"), deleted_at__isnull=True)
    newest = live.order_by("-version")
    counted = live.order_by().values("subject").annotate(number=Count("pk")).values("number")
    return rows.select_related("context", "check_result").annotate(
        latest_version=Subquery(newest.values("version")[:1]),
        changed_at=Subquery(newest.values("created_at")[:1]),
        live_versions=Subquery(counted),
    )


def rows_of(subjects: list[Any]) -> list[SubjectRow]:
    """Annotated subjects with owner and use. Three queries."""
    owners = owners_of([subject.public_id for subject in subjects])
    names = {subject.pk: qualified(subject) for subject in subjects}
    used = use_of(list(names.values()))
    default = RegistryContext.objects.filter(name=".").first()
    return [
        _row(subject, names[subject.pk], owners.get(subject.public_id, NOBODY), used, default)
        for subject in subjects
    ]


def qualified(subject: Subject) -> str:
    """The name as clients see it; the context must be loaded."""
    return SubjectName(subject.context.name, subject.name).qualified


def _row(
    subject: Any,
    name: str,
    owner: Owner,
    used: dict[str, tuple[int, datetime]],
    default: RegistryContext | None,
) -> SubjectRow:
    level = level_of(subject, default if subject.context.name == "." else subject.context)
    checked = getattr(subject, "check_result", None)
    outcome = checked.outcome if checked is not None else "none"
    users, used_at = used.get(name, (0, None))
    return SubjectRow(
        subject.public_id,
        name,
        subject.latest_version or 0,
        subject.live_versions or 0,
        subject.changed_at,
        level.name,
        level_words(level),
        SOURCES[level.source],
        owner,
        CHECK_STATES[outcome],
        CHECK_WORDS[outcome],
        users,
        used_at,
        subject.pk,
    )


def owners_of(public_ids: list[UUID]) -> dict[UUID, Owner]:
    """Who answers for each subject; those that nobody owns are absent. Two queries."""
    scopes = ObjectScope.objects.select_related("team")
    rows = list(scopes.filter(kind="subject", object_id__in=public_ids, team__isnull=False))
    names = product_names([row.product_slug for row in rows])
    return {
        row.object_id: Owner(
            row.team.name,
            row.team.slug,
            row.product_slug,
            names.get(row.product_slug, row.product_slug),
        )
        for row in rows
        if row.team is not None
    }


def use_of(names: list[str]) -> dict[str, tuple[int, datetime]]:
    """How many principals used each subject, and when the last one did. One query."""
    rows = RegistryAccess.objects.filter(subject_name__in=names).values("subject_name")
    found = rows.annotate(users=Count("principal", distinct=True), newest=Max("last_seen"))
    return {row["subject_name"]: (row["users"], row["newest"]) for row in found}
