"""The JSON shapes of registry answers; empty members are left out."""

from __future__ import annotations

from typing import Any

from schemas.models import SchemaContent, SchemaVersion
from schemas.names import SubjectName
from schemas.reading.by_number import Holder
from schemas.registering.references import as_json
from schemas.registering.storing import Registered, stored_references


def qualified_name(version: SchemaVersion) -> str:
    """The subject's name as clients see it; relations must be loaded."""
    return SubjectName(version.subject.context.name, version.subject.name).qualified


def schema_entity(version: SchemaVersion) -> dict[str, Any]:
    """A version of a subject with its schema."""
    content = version.schema_id.content
    entity: dict[str, Any] = {
        "subject": qualified_name(version),
        "version": version.version,
        "id": version.schema_id.number,
        **_content(content),
        "ts": int(version.created_at.timestamp() * 1000),
    }
    if version.deleted_at is not None:
        entity["deleted"] = True
    return entity


def schema_string(version: SchemaVersion) -> dict[str, Any]:
    """A schema found by its identity."""
    return {
        **_content(version.schema_id.content),
        "ts": int(version.created_at.timestamp() * 1000),
    }


def held_schema(holder: Holder, *, with_subject: bool) -> dict[str, Any]:
    """A schema found by id."""
    named = {"subject": holder.qualified, "version": holder.version} if with_subject else {}
    return {**named, **_content(holder), "ts": int(holder.created_at.timestamp() * 1000)}


def register_response(registered: Registered) -> dict[str, Any]:
    """What a registration answers."""
    answer: dict[str, Any] = {
        "id": registered.schema_id,
        "version": registered.version,
        "guid": str(registered.guid),
        "schemaType": "AVRO",
    }
    if registered.references:
        answer["references"] = [as_json(one) for one in registered.references]
    answer["schema"] = registered.text
    return answer


def _content(content: SchemaContent | Holder) -> dict[str, Any]:
    members: dict[str, Any] = {"guid": str(content.guid), "schemaType": "AVRO"}
    references = stored_references(content.references_spec)
    if references:
        members["references"] = references
    members["schema"] = content.text
    return members
