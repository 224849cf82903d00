"""Subjects and versions, written as rows."""

from __future__ import annotations

import uuid

from schemas.models import (
    Field,
    RegistryContext,
    SchemaContent,
    SchemaId,
    SchemaVersion,
    Subject,
)

ORDER = (
    '{"type":"record","name":"Order","namespace":"shop","fields":['
    '{"name":"order_id","type":"string"},{"name":"customer_id","type":"string"},'
    '{"name":"amount","type":"long"}]}'
)


def subject(
    name: str, text: str = ORDER, *, fields: tuple[str, ...] = ("order_id", "customer_id")
) -> Subject:
    """A subject with one version of `text` and the fields given as paths."""
    context, _ = RegistryContext.objects.get_or_create(name=".")
    row = Subject.objects.create(context=context, name=name)
    version(row, text, fields=fields)
    return row


def version(of: Subject, text: str = ORDER, *, fields: tuple[str, ...] = ()) -> SchemaVersion:
    """The next version of a subject, with a new content and id."""
    context = of.context
    content = SchemaContent.objects.filter(text=text).first()
    if content is None:
        content = SchemaContent.objects.create(guid=uuid.uuid4(), text=text, fingerprint=0)
        for ordinal, path in enumerate(fields):
            Field.objects.create(content=content, ordinal=ordinal, path=path, type_text="string")
    schema_id = SchemaId.objects.filter(context=context, content=content).first()
    if schema_id is None:
        context.last_id += 1
        context.save(update_fields=["last_id"])
        schema_id = SchemaId.objects.create(
            context=context, number=context.last_id, content=content
        )
    number = of.versions.count() + 1
    return SchemaVersion.objects.create(subject=of, version=number, schema_id=schema_id)
