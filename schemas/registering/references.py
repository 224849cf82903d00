"""References of a schema: read, resolved to registered versions, gathered with all they need."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mesh.kernel.errors import clipped
from schemas.errors import InvalidReference, UnsupportedSchemaPart
from schemas.models import SchemaReference, SchemaVersion
from schemas.names import is_storable, subject_name

LATEST: Final = -1
LARGEST_CLOSURE: Final = 200
LARGEST_VERSION: Final = 2**31 - 1
LONGEST_NAME: Final = 1024


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference as its schema names it."""

    name: str
    subject: str
    version: int


@dataclass(frozen=True, slots=True)
class Resolved:
    """References with the versions they stand for, and every text needed to read the schema.

    `texts` maps reference names to texts in dependency order; of a repeated name the first wins.
    """

    references: tuple[Reference, ...] = ()
    target_ids: tuple[int, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def specification(self) -> str:
        """The references as the text that is stored."""
        return json.dumps([as_json(one) for one in self.references], separators=(",", ":"))


NO_REFERENCES: Final = Resolved()


def as_json(reference: Reference) -> dict[str, object]:
    """A reference as registry clients write it."""
    return {
        "name": reference.name,
        "subject": reference.subject,
        "version": reference.version,
    }


def read_references(items: Iterable[Any]) -> tuple[Reference, ...]:
    """References given as objects or JSON members. Raises UnsupportedSchemaPart when malformed."""
    return tuple(_read(item, index) for index, item in enumerate(items))


def _read(item: Any, index: int) -> Reference:
    if isinstance(item, Reference):
        return item
    if isinstance(item, Mapping):
        name, subject, version = item.get("name"), item.get("subject"), item.get("version")
        if _is_text(name) and _is_text(subject) and _is_version(version):
            assert isinstance(name, str) and isinstance(subject, str) and isinstance(version, int)
            return Reference(name, subject, version)
    raise UnsupportedSchemaPart(
        "A reference has a name, a subject and a version, a whole number from 1 or -1.",
        pointer=f"/references/{index}",
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and is_storable(value)


def _is_version(value: object) -> bool:
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    return value == LATEST or 1 <= value <= LARGEST_VERSION


def resolve(references: Sequence[Reference], context: str) -> Resolved:
    """Find the version behind each reference. Raises InvalidReference. Costs one query each."""
    if not references:
        return NO_REFERENCES
    if len(references) > LARGEST_CLOSURE:
        raise InvalidReference(f"More than {LARGEST_CLOSURE} references.", pointer="/references")
    found: list[tuple[Reference, SchemaVersion]] = []
    for index, reference in enumerate(references):
        version = _version_of(reference, context)
        if version is None:
            raise InvalidReference(
                f"The reference {clipped(reference.name)} needs version {reference.version} of "
                f"{clipped(reference.subject)}, which is not there.",
                pointer=f"/references/{index}",
            )
        found.append((Reference(reference.name, reference.subject, version.version), version))
    return Resolved(
        tuple(reference for reference, _ in found),
        tuple(version.pk for _, version in found),
        _gathered([(one.name, version.schema_id.content_id, version.schema_id.content.text)
                   for one, version in found]),
    )  # fmt: skip


def _version_of(reference: Reference, context: str) -> SchemaVersion | None:
    subject = subject_name(reference.subject, context)
    versions = SchemaVersion.objects.select_related("schema_id__content").filter(
        subject__context__name=subject.context,
        subject__name=subject.name,
        deleted_at__isnull=True,
    )
    if reference.version != LATEST:
        versions = versions.filter(version=reference.version)
    return versions.order_by("-version").first()


def texts_for(content_id: int) -> dict[str, str]:
    """The texts that a stored content needs, in dependency order. One query per level."""
    return _gathered([(name, inner_id, text) for name, inner_id, text in _direct(content_id)])


def _gathered(roots: Sequence[tuple[str, int, str]]) -> dict[str, str]:
    """Post-order walk: what is needed first comes first."""
    texts: dict[str, str] = {}
    visited: set[int] = set()
    stack: list[tuple[str, int, str, bool]] = [(*root, False) for root in reversed(roots)]
    while stack:
        name, content_id, text, is_done = stack.pop()
        if is_done:
            texts.setdefault(name, text)
            continue
        if content_id in visited:
            texts.setdefault(name, text)
            continue
        visited.add(content_id)
        if len(visited) > LARGEST_CLOSURE:
            raise InvalidReference(f"More than {LARGEST_CLOSURE} schemas refer to each other.")
        stack.append((name, content_id, text, True))
        stack += [(*inner, False) for inner in reversed(_direct(content_id))]
    return texts


def _direct(content_id: int) -> list[tuple[str, int, str]]:
    rows = SchemaReference.objects.filter(content_id=content_id, target__isnull=False)
    return list(
        rows.order_by("ordinal").values_list(
            "name", "target__schema_id__content_id", "target__schema_id__content__text"
        )
    )
