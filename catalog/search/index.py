"""Writing search documents: rebuilt whole from the rows they describe, in one upsert."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from catalog.models import DataProduct, Domain, FieldDocument, PortTopic, SearchDocument
from catalog.search.documents import BUILDERS, Document
from mesh.audit.actions import audited
from mesh.audit.principal import Principal
from mesh.people.models import Team
from schemas.models import Field, SchemaVersion, Subject
from streams.models import ConsumerGroup, Topic

KINDS = tuple(BUILDERS)
PRESENT: dict[str, Callable[[], QuerySet[Any]]] = {
    "product": DataProduct.objects.all,
    "topic": lambda: Topic.objects.filter(ended_at__isnull=True, is_internal=False),
    "subject": Subject.objects.all,
    "group": lambda: ConsumerGroup.objects.filter(ended_at__isnull=True),
    "team": Team.objects.all,
    "domain": Domain.objects.all,
}
NAME_LENGTH = 520
PROSE_LENGTH = 100_000
COLUMNS = (
    "kind", "object_id", "href", "name", "line", "product_id", "product_slug", "team_pk",
    "team_slug", "domain_slug", "domain_ids", "lifecycle", "tier", "health", "visibility",
    "popularity", "changed_at",
)  # fmt: skip
UPSERT = f"""
insert into catalog_searchdocument ({", ".join(COLUMNS)}, names_vector, all_vector)
values ({", ".join(["%s"] * len(COLUMNS))},
        catalog_names_vector(%s),
        catalog_names_vector(%s) || catalog_prose_vector(%s))
on conflict (kind, object_id) do update set
{", ".join(f"{name} = excluded.{name}" for name in (*COLUMNS[2:], "names_vector", "all_vector"))}
"""  # noqa: S608  (column names of this module only)
FIELDS = """
insert into catalog_fielddocument (product_id, subject_id, field_id, path, vector)
values (%s, %s, %s, %s, catalog_names_vector(%s) || catalog_prose_vector(%s))
on conflict do nothing
"""


@audited
def rebuild_search(kind: str, ids: Sequence[str] | None, *, by: Principal) -> int:
    """Rebuild the documents of one kind (None = all of it); the number written.

    Objects that are gone lose their document. Raises KeyError for an unknown kind.
    """
    del by  # an index is no fact of its own; nothing to audit
    wanted = None if ids is None else [UUID(str(public_id)) for public_id in ids]
    documents = BUILDERS[kind](wanted)
    old = SearchDocument.objects.filter(kind=kind)
    if wanted is not None:
        old = old.filter(object_id__in=wanted)
    old.exclude(object_id__in=[document.object_id for document in documents]).delete()
    if documents:
        with connection.cursor() as cursor:
            cursor.executemany(UPSERT, [_row(document) for document in documents])
    if kind == "product":
        _write_fields(documents)
    return len(documents)


def _row(document: Document) -> list[Any]:
    members = [getattr(document, name) for name in COLUMNS]
    members[3], members[10] = document.name[:NAME_LENGTH], list(document.domain_ids)
    names = document.names or document.name
    return [*members, names, f"{names} {document.words}", document.prose[:PROSE_LENGTH]]


def _write_fields(documents: Sequence[Document]) -> None:
    FieldDocument.objects.filter(product_id__in=[each.product_pk for each in documents]).delete()
    rows = [
        [document.product_pk, each.subject_id, each.field_id, each.path, each.path, each.doc]
        for document in documents
        for each in document.fields
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(FIELDS, rows)


def missing_documents(kind: str) -> list[str]:
    """Objects of a kind that have no document yet, or whose document outlived them; two queries."""
    known = set(SearchDocument.objects.filter(kind=kind).values_list("object_id", flat=True))
    present = set(PRESENT[kind]().values_list("public_id", flat=True))
    return [str(public_id) for public_id in known ^ present]


def products_behind() -> list[str]:
    """Products of which a current schema is not searched yet: its first field stands for all.

    The fields of a product are written together, so one query over the newest versions tells.
    """
    newest = SchemaVersion.objects.filter(
        subject_id=OuterRef("described"), deleted_at__isnull=True
    ).order_by("-version")
    first = Field.objects.filter(content_id=OuterRef("content")).order_by("ordinal")
    written = FieldDocument.objects.filter(
        product_id=OuterRef("port__product_id"), subject_id=OuterRef("described"),
        field_id=OuterRef("first"),
    )  # fmt: skip
    rows = (
        PortTopic.objects.filter(direction="output", topic__topic_subjects__isnull=False)
        .annotate(described=F("topic__topic_subjects__subject_id"))
        .annotate(content=Subquery(newest.values("schema_id__content_id")[:1]))
        .annotate(first=Subquery(first.values("pk")[:1]))
        .filter(~Exists(written), first__isnull=False)
    )
    return sorted({str(found) for found in rows.values_list("port__product__public_id", flat=True)})


def topic_ids_as_public(topic_ids: Sequence[int]) -> list[str]:
    """Public ids of topics by their primary keys."""
    rows = Topic.objects.filter(pk__in=topic_ids).values_list("public_id", flat=True)
    return [str(public_id) for public_id in rows]


def of_subject(subject_id: int) -> tuple[list[str], list[str]]:
    """Public ids of a subject and of the products whose topics it describes."""
    subjects = Subject.objects.filter(pk=subject_id).values_list("public_id", flat=True)
    products = DataProduct.objects.filter(
        ports__topics__topic__topic_subjects__subject_id=subject_id
    ).values_list("public_id", flat=True)
    return [str(each) for each in subjects], sorted({str(each) for each in products})
