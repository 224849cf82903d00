"""What a registration would answer, without locks and without writing anything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from mesh.audit.principal import Principal
from schemas.avro.changes import Change
from schemas.avro.diff import diff
from schemas.avro.remedies import remedy
from schemas.errors import InvalidReference, InvalidSchemaText, SchemaError
from schemas.models import RegistryContext, SchemaVersion, Subject
from schemas.names import SubjectName, valid_subject_name
from schemas.registering.comparing import Comparison, compare, level_of, live_versions
from schemas.registering.parsing import Posted, read_posted, stored_schema
from schemas.registering.references import read_references
from schemas.registering.rights import owner_of, require_readable

Outcome = Literal["same", "register", "incompatible", "invalid"]


@dataclass(frozen=True, slots=True)
class Complaint:
    """Why something is refused: where in words, what, and the smallest edit that helps.

    `pointer`, `line` and `column` lead into the posted text; `is_about_old` says that the pointer
    leads into the old version instead.
    """

    type: str
    message: str
    pointer: str = ""
    line: int | None = None
    column: int | None = None
    help: str = ""
    is_about_old: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """The verdict on a schema that nobody registered yet."""

    outcome: Outcome
    level: str
    level_source: str
    text: str = ""
    latest_version: int = 0
    against: int = 0
    complaints: tuple[Complaint, ...] = ()
    changes: tuple[Change, ...] = ()
    findings: tuple[str, ...] = field(default_factory=tuple)
    comparison: Comparison | None = None


def preview(
    name: str, text: str, *, references: Iterable[Any], viewer: Principal, context: str
) -> Preview:
    """Judge a schema for a subject. Raises InvalidSubjectName, SubjectMissing (hidden)."""
    subject = valid_subject_name(name, context)
    rows = Subject.objects.select_related("context")
    row = rows.filter(context__name=subject.context, name=subject.name).first()
    if row is not None:
        require_readable(viewer, row, owner_of(row))
    context_row = RegistryContext.objects.filter(name=subject.context).first()
    level = level_of(row, row.context if row is not None else context_row)
    try:
        posted = read_posted(text, read_references(references), subject.context)
    except SchemaError as error:
        return Preview("invalid", level.name, level.source, complaints=_unreadable(error))
    versions = live_versions(row)
    comparison = compare(posted.schema, level, versions)
    latest = _latest(versions)
    is_same = _is_registered(subject, posted)
    outcome: Outcome = "same" if is_same else "register"
    if not is_same and not comparison.is_compatible:
        outcome = "incompatible"
    return Preview(
        outcome,
        level.name,
        level.source,
        text=posted.text,
        latest_version=versions[0].version if versions else 0,
        against=comparison.against,
        complaints=() if is_same else _complaints(posted, comparison, versions),
        changes=tuple(diff(stored_schema(latest.schema_id.content), posted.schema))
        if latest
        else (),
        findings=_findings(posted),
        comparison=comparison,
    )


def _unreadable(error: SchemaError) -> tuple[Complaint, ...]:
    context = error.context
    line, column = context.get("line"), context.get("column")
    kind = "invalid_reference" if isinstance(error, InvalidReference) else "invalid_schema"
    pointer = error.faults[0].pointer if error.faults else ""
    if not isinstance(error, InvalidSchemaText):
        return (Complaint(kind, error.detail, pointer),)
    return (
        Complaint(
            kind,
            str(context.get("reason") or error.detail),
            pointer,
            line if isinstance(line, int) else None,
            column if isinstance(column, int) else None,
        ),
    )


def _latest(versions: list[SchemaVersion]) -> SchemaVersion | None:
    if not versions:
        return None
    return SchemaVersion.objects.select_related("schema_id__content").get(pk=versions[0].pk)


def _is_registered(subject: SubjectName, posted: Posted) -> bool:
    return SchemaVersion.objects.filter(
        subject__context__name=subject.context,
        subject__name=subject.name,
        deleted_at__isnull=True,
        schema_id__content__guid=posted.guid,
    ).exists()


def _complaints(
    posted: Posted, comparison: Comparison, versions: list[SchemaVersion]
) -> tuple[Complaint, ...]:
    if comparison.is_compatible:
        return ()
    row = next(one for one in versions if one.version == comparison.against)
    full = SchemaVersion.objects.select_related("schema_id__content").get(pk=row.pk)
    old = stored_schema(full.schema_id.content)
    found: list[Complaint] = []
    for one in comparison.incompatibilities[:100]:
        is_new_reader = one.direction == "new_reads_old"
        reader, writer = (posted.schema, old) if is_new_reader else (old, posted.schema)
        side = "The new schema cannot read data written with" if is_new_reader else "Readers with"
        end = "" if is_new_reader else " cannot read data written with the new schema"
        sentence = f"{side} version {comparison.against}{end}: {one.message}."
        advice = remedy(one, reader, writer)
        found.append(
            Complaint(one.type, sentence, one.location, help=advice, is_about_old=not is_new_reader)
        )
    return tuple(found)


def _findings(posted: Posted) -> tuple[str, ...]:
    return tuple(
        f"The key at {pointer} stands twice; the last one counts."
        for pointer in posted.schema.duplicate_keys
    )
