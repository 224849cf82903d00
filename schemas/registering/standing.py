"""How a subject stands, in one prepared statement: its row, owner, the asked content, its history."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from mesh.kernel.database import prepared
from mesh.people.models import ObjectScope
from schemas.models import RegistryContext, SchemaContent, SchemaId, SchemaVersion, Subject
from schemas.names import SubjectName

CONTEXT: Final = ("id", "name", "compatibility", "mode")
SUBJECT: Final = ("id", "public_id", "context_id", "name", "compatibility", "mode", "revision")
OWNER: Final = ("kind", "object_id", "team_id", "product_id", "product_slug", "domain_ids",
                "visibility")  # fmt: skip
VERSION: Final = ("id", "subject_id", "version", "schema_id_id", "created_at", "deleted_at")
NUMBER: Final = ("id", "context_id", "number", "content_id")
CONTENT: Final = ("id", "guid", "text", "references_spec")


def _columns(table: str, names: Sequence[str]) -> str:
    return ", ".join(f"{table}.{name}" for name in names)


_FOUND: Final = f"""
    select {_columns("v", VERSION)}, {_columns("i", NUMBER)}, {_columns("c", CONTENT)}
    from schemas_schemaversion v
    join schemas_schemaid i on i.id = v.schema_id_id
    join schemas_schemacontent c on c.id = i.content_id
    where v.subject_id = s.id and (%(deleted)s or v.deleted_at is null)
"""  # noqa: S608
_NEWEST: Final = "order by v.version desc limit 1"
_HISTORY: Final = """
    select max(v.version),
        array_agg(v.version order by v.version desc) filter (where v.deleted_at is null),
        array_agg(i.content_id order by v.version desc) filter (where v.deleted_at is null)
    from schemas_schemaversion v join schemas_schemaid i on i.id = v.schema_id_id
    where v.subject_id = s.id
"""


def _statement(found: str, history: str) -> str:
    return f"""
select {_columns("x", CONTEXT)}, {_columns("s", SUBJECT)}, {_columns("o", OWNER)}, h.*, f.*
from schemas_registrycontext x
left join schemas_subject s on s.context_id = x.id and s.name = %(name)s
left join people_objectscope o on o.kind = 'subject' and o.object_id = s.public_id
left join lateral ({history}) h on true
left join lateral ({found}) f on true
where x.name = %(context)s
"""  # noqa: S608


BY_DIGEST: Final = _statement(
    f"{_FOUND} and v.posted_digest = %(digest)s {_NEWEST}", "select 0, null::int[], null::bigint[]"
)
WITH_HISTORY: Final = _statement(f"{_FOUND} and c.guid = %(guid)s {_NEWEST}", _HISTORY)


class LiveVersion(NamedTuple):
    """A live version and the primary key of its content."""

    version: int
    content_id: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A subject as it is now. Absent rows are None; models hold only the columns named here.

    `owner` is the row that says which team answers for it. `found` is the newest version with the
    asked content. `highest` and `live`, newest first, are read by `standing_with_history` alone.
    """

    context: RegistryContext | None = None
    subject: Subject | None = None
    owner: ObjectScope | None = None
    found: SchemaVersion | None = None
    highest: int = 0
    live: tuple[LiveVersion, ...] = ()


def standing_by_digest(name: SubjectName, digest: str, *, deleted: bool = False) -> Standing:
    """With the version that was posted in these very characters; '' finds none."""
    return _standing(BY_DIGEST, name, digest=digest or None, deleted=deleted)


def standing_with_history(name: SubjectName, guid: uuid.UUID | None = None) -> Standing:
    """With every live version, and the one that holds this identity."""
    return _standing(WITH_HISTORY, name, guid=guid, deleted=False)


def _standing(statement: str, name: SubjectName, **values: Any) -> Standing:
    rows = prepared(statement, {"name": name.name, "context": name.context, **values})
    if not rows:
        return Standing()
    row = list(rows[0])
    context = _model(RegistryContext, CONTEXT, row)
    subject = _model(Subject, SUBJECT, row)
    owner = _model(ObjectScope, OWNER, row)
    highest, versions, contents, *found = row
    if subject is None:
        return Standing(context)
    subject.context = context
    return Standing(
        context,
        subject,
        owner if owner is not None and owner.team_id is not None else None,
        _version(found, subject),
        highest or 0,
        tuple(map(LiveVersion, versions or (), contents or ())),
    )


def _version(row: list[Any], subject: Subject) -> SchemaVersion | None:
    version: SchemaVersion | None = _model(SchemaVersion, VERSION, row)
    if version is None:
        return None
    number = _model(SchemaId, NUMBER, row)
    number.content = _model(SchemaContent, CONTENT, row)
    version.schema_id, version.subject = number, subject
    return version


def _model(model: Any, names: Sequence[str], row: list[Any]) -> Any:
    """The next columns of a row as a model, or None when they are absent."""
    values = row[: len(names)]
    del row[: len(names)]
    return None if values[0] is None else model.from_db("default", names, values)
