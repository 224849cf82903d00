"""The rows of a registration, each kind in one prepared statement."""

from __future__ import annotations

import json
from typing import Final

from mesh.kernel.database import prepared
from mesh.kernel.ids import uuid7
from schemas.avro.canonical import fingerprint
from schemas.avro.fields import fields
from schemas.models import (
    RegistryContext,
    SchemaContent,
    SchemaId,
    SchemaReference,
    SchemaVersion,
    Subject,
)
from schemas.registering.parsing import Posted

STORED_FIELDS: Final = 5_000
ADD_SUBJECT: Final = """
insert into schemas_subject
    (public_id, context_id, name, compatibility, mode, revision, updated_at)
values (%s, %s, %s, '', '', 1, statement_timestamp()) returning id
"""
# A content and its fields come together, so a content that was there has its fields.
ADD_CONTENT: Final = """
with content as (
    insert into schemas_schemacontent (guid, text, references_spec, fingerprint, strict)
    values (%s, %s, %s, %s, true) on conflict (guid) do nothing returning id
), paths as (
    insert into schemas_field (content_id, ordinal, path, type_text, nullable, default_text, doc,
        aliases, logical_type)
    select content.id, row.* from content, json_to_recordset(%s::json) as row(ordinal int,
        path text, type_text text, nullable bool, default_text text, doc text, aliases text[],
        logical_type text)
)
select id from content
"""
ADD_NUMBERED: Final = """
with next as (
    update schemas_registrycontext set last_id = last_id + 1 where id = %s returning last_id
), known as (
    insert into schemas_schemaid (context_id, content_id, number) select %s, %s, last_id from next
    returning id, number
)
insert into schemas_schemaversion (subject_id, version, schema_id_id, posted_digest, created_by,
    created_by_label, request_number)
select %s, %s, known.id, %s, %s, %s, %s::bigint from known
returning id, created_at, schema_id_id, (select number from known)
"""
Author = tuple[str, str, str, int | None]  # posted digest, key, label, request number


def new_subject(context: RegistryContext, name: str) -> Subject:
    """A subject's row; nobody owns it yet."""
    subject = Subject(public_id=uuid7(), context=context, name=name)
    values = (subject.public_id, context.pk, name)
    subject.pk = prepared(ADD_SUBJECT, values)[0][0]
    return subject


def content_of(posted: Posted) -> tuple[SchemaContent, bool]:
    """The content's row, and whether it is new; whoever else inserts the same waits for us."""
    spec = posted.resolved.specification
    inserted = prepared(
        ADD_CONTENT,
        (posted.guid, posted.text, spec, fingerprint(posted.schema), _fields_of(posted)),
    )
    if not inserted:
        return SchemaContent.objects.get(guid=posted.guid), False
    content = SchemaContent(
        pk=inserted[0][0], guid=posted.guid, text=posted.text, references_spec=spec
    )
    if posted.resolved.references:
        _insert_references(posted, content)
    return content, True


def _fields_of(posted: Posted) -> str:
    return json.dumps(
        [
            {
                "ordinal": ordinal,
                "path": row.path,
                "type_text": row.type_text,
                "nullable": row.nullable,
                "default_text": row.default_text,
                "doc": row.doc,
                "aliases": list(row.aliases),
                "logical_type": (row.logical_type or "")[:64],
            }
            for ordinal, row in enumerate(fields(posted.schema, STORED_FIELDS))
        ]
    )


def _insert_references(posted: Posted, content: SchemaContent) -> None:
    SchemaReference.objects.bulk_create(
        SchemaReference(
            content=content,
            ordinal=ordinal,
            name=one.name,
            subject_name=one.subject,
            version=one.version,
            target_id=target_id,
        )
        for ordinal, (one, target_id) in enumerate(
            zip(posted.resolved.references, posted.resolved.target_ids, strict=True)
        )
    )


def insert_numbered(
    subject: Subject, number: int, content: SchemaContent, author: Author
) -> SchemaVersion:
    """A version of content that gets the context's next id; the context stays locked until commit."""
    context = subject.context
    values = (context.pk, context.pk, content.pk, subject.pk, number, *author)
    pk, created_at, id_pk, schema_number = prepared(ADD_NUMBERED, values)[0]
    schema_id = SchemaId(pk=id_pk, number=schema_number, context=context, content=content)
    return SchemaVersion(
        pk=pk, subject=subject, version=number, schema_id=schema_id, created_at=created_at
    )


def insert_version(
    subject: Subject, number: int, schema_id: SchemaId, author: Author
) -> SchemaVersion:
    """A version of content that has its id in the context."""
    digest, key, label, request_number = author
    return SchemaVersion.objects.create(
        subject=subject,
        version=number,
        schema_id=schema_id,
        posted_digest=digest,
        created_by=key,
        created_by_label=label,
        request_number=request_number,
    )
