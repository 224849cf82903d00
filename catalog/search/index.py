"""Writing search documents: rebuilt whole from the rows they describe, in one upsert."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from catalog.models import DataProduct, FieldDocument, SearchDocument
from catalog.search.documents import BUILDERS, Document
from mesh.audit.actions import audited
from mesh.audit.principal import Principal
from schemas.models import Subject
from streams.models import Topic

KINDS = tuple(BUILDERS)
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
    """Teams, domains or groups that have no document yet, or whose object ended."""
    known = set(SearchDocument.objects.filter(kind=kind).values_list("object_id", flat=True))
    present = {document.object_id for document in BUILDERS[kind](None)}
    return [str(public_id) for public_id in known ^ present]


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
