"""Fields of an Avro schema as policies see them: path, doc, declared classification, new or not."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from governance.policy.facts import FieldFacts
from schemas.avro.fields import fields
from schemas.avro.model import Schema

FIELDS_MOST = 1000
PERSONAL = frozenset({"personal", "sensitive", "restricted", "pii"})


def fields_of(schema: Schema, known_paths: Collection[str] = ()) -> tuple[FieldFacts, ...]:
    """Every field in document order, at most 1,000."""
    known = frozenset(known_paths)
    return tuple(
        FieldFacts(row.path, row.doc, classification_of(row.properties), row.path not in known)
        for row in fields(schema, FIELDS_MOST)
    )


def classification_of(properties: Mapping[str, str]) -> str:
    """The class that the field itself declares, lower case; '' when it says nothing."""
    declared = properties.get("classification", properties.get("pii", "")).strip().lower()
    return {"true": "personal", "false": "none"}.get(declared, declared)


def is_personal(found: Collection[FieldFacts]) -> bool:
    """Does any field declare personal data?"""
    return any(field.classification in PERSONAL for field in found)
