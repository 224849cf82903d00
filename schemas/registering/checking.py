"""The history of a subject against its own level: every live version and its predecessors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from schemas.avro.errors import CheckTooLarge, InvalidSchema
from schemas.avro.levels import check_level
from schemas.avro.model import Schema
from schemas.models import SchemaVersion, Subject
from schemas.registering.comparing import level_of
from schemas.registering.parsing import schemas_of

MOST_PAIRS: Final = 20_000
MOST_FINDINGS: Final = 200


@dataclass(frozen=True, slots=True)
class History:
    """The verdict: pass, fail, or unknown with the reason as its only finding."""

    outcome: str
    level: str
    versions: int
    findings: tuple[dict[str, Any], ...] = ()


def judge_history(subject: Subject) -> History:
    """Check each live version against the ones before it, as a registration would have."""
    level = level_of(subject, subject.context).name
    rows = list(
        SchemaVersion.objects.filter(subject=subject, deleted_at__isnull=True)
        .select_related("schema_id")
        .order_by("version")
    )
    is_transitive = level.endswith("_TRANSITIVE")
    pairs = len(rows) * (len(rows) - 1) // 2 if is_transitive else len(rows)
    if pairs > MOST_PAIRS:
        return _unknown(level, rows, f"{pairs} pairs of versions are more than one check compares.")
    try:
        schemas = schemas_of([row.schema_id.content_id for row in rows])
        findings = _findings(rows, schemas, level)
    except (InvalidSchema, CheckTooLarge) as error:
        return _unknown(level, rows, f"A version could not be compared: {str(error)[:300]}")
    outcome = "fail" if findings else "pass"
    return History(outcome, level, len(rows), tuple(findings[:MOST_FINDINGS]))


def _findings(rows: list[SchemaVersion], schemas: list[Schema], level: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for index in range(1, len(rows)):
        previous = schemas[index - 1 :: -1]
        found += [
            {
                "version": rows[index].version,
                "against": rows[index - 1 - one.against].version,
                "type": one.type,
                "location": one.location,
                "message": one.message,
                "direction": one.direction,
            }
            for one in check_level(schemas[index], previous, level)
        ]
    return found


def _unknown(level: str, rows: list[SchemaVersion], reason: str) -> History:
    finding = {"version": 0, "against": 0, "type": "UNKNOWN", "location": "", "message": reason}
    return History("unknown", level, len(rows), (finding,))
