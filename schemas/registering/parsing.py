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
    """Least recently used schemas by their text and the texts they refer to; safe in threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, tuple[Schema, int]] = OrderedDict()
        self._characters = 0
        self._lock = threading.Lock()

    def read(self, text: str, texts: Mapping[str, str], *, strict: bool) -> Schema:
        """The parsed schema. Raises InvalidSchema."""
        key = _key(text, texts, strict=strict)
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found[0]
        schema = parse(text, texts, strict=strict)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = (schema, len(text))
                self._characters += len(text)
            while len(self._kept) > CACHED_SCHEMAS or self._characters > CACHED_CHARACTERS:
                _, (_, dropped) = self._kept.popitem(last=False)
                self._characters -= dropped
        return schema


def _key(text: str, texts: Mapping[str, str], *, strict: bool) -> bytes:
    digest = hashlib.blake2b(b"s" if strict else b"l", digest_size=20)
    digest.update(text.encode("utf-8", "surrogatepass"))
    for name, inner in texts.items():
        for part in (name, inner):
            digest.update(b"\0" + part.encode("utf-8", "surrogatepass"))
    return digest.digest()


_parsed = ParsedSchemas()


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
    try:
        schema = _parsed.read(text, texts, strict=True)
        canonical_string(schema)
    except InvalidSchema as error:
        raise InvalidSchemaText(
            f"The schema is not valid: {error}.",
            pointer=error.path or "/",
            line=error.line,
            column=error.column,
            reason=error.message,
        ) from error
    return schema


def stored_schema(content: SchemaContent) -> Schema:
    """A schema that is registered; what was accepted once is readable for ever."""
    has_references = content.references_spec != "[]"
    return _parsed.read(content.text, texts_for(content.pk) if has_references else {}, strict=False)


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
