"""Schemas read once: posted texts strictly, stored ones leniently, both kept in a bounded cache."""

from __future__ import annotations

import hashlib
import struct
import threading
import uuid
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.avro.canonical import canonical_string
from schemas.avro.errors import InvalidSchema
from schemas.avro.model import Schema
from schemas.avro.parse import parse
from schemas.errors import InvalidSchemaText
from schemas.models import SchemaContent
from schemas.registering.references import (
    LATEST,
    NO_REFERENCES,
    Reference,
    Resolved,
    resolve,
    texts_for,
)

CACHED_SCHEMAS: Final = 1_000
CACHED_CHARACTERS: Final = 16 * 1024 * 1024  # of text; the parsed form is several times larger


class ParsedSchemas:
    """Least recently used schemas by some key, bounded in number and text; safe in threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes | int, tuple[Schema, int]] = OrderedDict()
        self._characters = 0
        self._lock = threading.Lock()

    def find(self, key: bytes | int) -> Schema | None:
        """The schema, made the newest."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def keep(self, key: bytes | int, schema: Schema, characters: int) -> None:
        """Keep a schema whose text has so many characters."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = (schema, characters)
                self._characters += characters
            while len(self._kept) > CACHED_SCHEMAS or self._characters > CACHED_CHARACTERS:
                _, (_, dropped) = self._kept.popitem(last=False)
                self._characters -= dropped


def _key(text: str, texts: Mapping[str, str]) -> bytes:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=20)
    for name, inner in texts.items():
        for part in (name, inner):
            digest.update(b"\0" + part.encode("utf-8", "surrogatepass"))
    return digest.digest()


_posted = ParsedSchemas()  # by what was posted
_stored = ParsedSchemas()  # by the content's primary key, which is never given twice


@dataclass(frozen=True, slots=True)
class Posted:
    """A schema that was sent: parsed, in canonical text, with its identity."""

    schema: Schema
    text: str
    guid: uuid.UUID
    resolved: Resolved
    digest: str


def read_posted(text: str, references: Sequence[Reference], context: str) -> Posted:
    """Resolve and parse strictly. Raises InvalidReference, InvalidSchemaText."""
    resolved = resolve(references, context) if references else NO_REFERENCES
    schema = read_strictly(text, resolved.texts)
    canonical = canonical_string(schema)
    return Posted(
        schema,
        canonical,
        identity(canonical, resolved.references),
        resolved,
        posted_digest(text, references),
    )


def read_strictly(text: str, texts: Mapping[str, str]) -> Schema:
    """A schema that enters. Raises InvalidSchemaText with the place."""
    key = _key(text, texts)
    found = _posted.find(key)
    if found is not None:
        return found
    try:
        schema = parse(text, texts, strict=True)
        canonical_string(schema)
    except InvalidSchema as error:
        raise InvalidSchemaText(
            f"The schema is not valid: {error}.",
            pointer=error.path or "/",
            line=error.line,
            column=error.column,
            reason=error.message,
        ) from error
    _posted.keep(key, schema, len(text))
    return schema


def schemas_of(content_ids: Sequence[int]) -> list[Schema]:
    """Registered schemas by the primary keys of their contents. One query if any is not kept."""
    found = {pk: schema for pk in content_ids if (schema := _stored.find(pk)) is not None}
    missing = [pk for pk in content_ids if pk not in found]
    for pk, content in SchemaContent.objects.in_bulk(missing).items() if missing else ():
        found[pk] = stored_schema(content)
    return [found[pk] for pk in content_ids]


def stored_schema(content: SchemaContent) -> Schema:
    """A schema that is registered; what was accepted once is readable for ever."""
    found = _stored.find(content.pk)
    if found is None:
        has_references = content.references_spec != "[]"
        texts = texts_for(content.pk) if has_references else {}
        found = parse(content.text, texts, strict=False)
        _stored.keep(content.pk, found, len(content.text))
    return found


def identity(canonical: str, references: Sequence[Reference]) -> uuid.UUID:
    """MD5 over the canonical text and each reference's name, subject and version."""
    digest = hashlib.md5(canonical.encode("utf-8"), usedforsecurity=False)
    for reference in references:
        digest.update(reference.name.encode("utf-8"))
        digest.update(reference.subject.encode("utf-8"))
        digest.update(struct.pack(">i", reference.version))
    return uuid.UUID(bytes=digest.digest())


def posted_digest(text: str, references: Sequence[Reference]) -> str:
    """Digest of a text as it was sent, by which the same request is found again without parsing.

    Empty when a reference says "latest": what that is may have moved.
    """
    if any(reference.version == LATEST for reference in references):
        return ""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass"))
    for reference in references:
        for part in (reference.name, reference.subject, str(reference.version)):
            digest.update(b"\0" + part.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
