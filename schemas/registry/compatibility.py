"""Routes that ask whether a schema would be compatible; nothing is stored."""

from __future__ import annotations

from schemas.errors import InvalidSchemaText, VersionMissing
from schemas.models import SchemaVersion, Subject
from schemas.names import subject_name
from schemas.registering.comparing import Comparison, Level, compare, level_of, live_versions
from schemas.registering.parsing import read_posted
from schemas.registry.bodies import PostedSchema, json_object, posted_schema
from schemas.registry.configuration import default_context
from schemas.registry.finding import LATEST, find_subject, version_number
from schemas.registry.http import Answer, Request, Use
from schemas.registry.messages import comparison_messages


def with_version(request: Request, subject_text: str, version_text: str) -> Answer:
    """Against one version, also for transitive levels; its existence is asked before the parse."""
    number = version_number(version_text)
    members = json_object(request)
    subject = find_subject(subject_text, request.principal)
    versions = live_versions(subject)
    if number != LATEST:
        versions = [row for row in versions if row.version == number]
        if not versions:
            raise VersionMissing(f"Version {number} not found.")
    return _judged(request, subject_text, members, subject, versions[:1])


def with_history(request: Request, subject_text: str) -> Answer:
    """Against the whole live history under the level in force."""
    members = json_object(request)
    subject = find_subject(subject_text, request.principal)
    return _judged(request, subject_text, members, subject, live_versions(subject))


def _judged(
    request: Request,
    subject_text: str,
    members: dict[str, object],
    subject: Subject | None,
    versions: list[SchemaVersion],
) -> Answer:
    is_verbose = request.query.flag("verbose")
    posted = posted_schema(members)
    use = Use("check", subject_text[:512]) if subject is not None else None
    try:
        comparison = _compared(posted, subject_text, subject, versions)
    except InvalidSchemaText as error:
        if not is_verbose:
            raise
        return Answer({"is_compatible": False, "messages": [error.detail]}, use=use)
    value: dict[str, object] = {"is_compatible": comparison.is_compatible}
    if is_verbose:
        value["messages"] = comparison_messages(comparison)
    return Answer(value, use=use)


def _compared(
    posted: PostedSchema,
    subject_text: str,
    subject: Subject | None,
    versions: list[SchemaVersion],
) -> Comparison:
    context = subject.context if subject is not None else default_context()
    level: Level = level_of(subject, context)
    parsed = read_posted(posted.text, posted.references, subject_name(subject_text).context)
    return compare(parsed.schema, level, versions)
