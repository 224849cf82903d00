"""Routes that ask whether a schema would be compatible; nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.errors import InvalidSchemaText, VersionMissing
from schemas.names import is_storable, subject_name
from schemas.registering.comparing import Comparison, compare_with, level_of
from schemas.registering.parsing import read_posted
from schemas.registering.standing import LiveVersion, Standing, standing_with_history
from schemas.registry.bodies import PostedSchema, json_object, posted_schema
from schemas.registry.finding import LATEST, version_number, visible
from schemas.registry.http import Answer, Request, Use
from schemas.registry.messages import comparison_messages


def with_version(request: Request, subject_text: str, version_text: str) -> Answer:
    """Against one version, also for transitive levels; its existence is asked before the parse."""
    number = version_number(version_text)
    members = json_object(request)
    standing = _standing(request, subject_text)
    live = standing.live
    if number != LATEST:
        live = tuple(row for row in live if row.version == number)
        if not live:
            raise VersionMissing(f"Version {number} not found.")
    return _judged(request, subject_text, members, standing, live[:1])


def with_history(request: Request, subject_text: str) -> Answer:
    """Against the whole live history under the level in force."""
    members = json_object(request)
    standing = _standing(request, subject_text)
    return _judged(request, subject_text, members, standing, standing.live)


def _standing(request: Request, subject_text: str) -> Standing:
    if not is_storable(subject_text):
        return Standing()
    return visible(standing_with_history(subject_name(subject_text)), request.principal)


def _judged(
    request: Request,
    subject_text: str,
    members: dict[str, object],
    standing: Standing,
    live: Sequence[LiveVersion],
) -> Answer:
    is_verbose = request.query.flag("verbose")
    posted = posted_schema(members)
    use = Use("check", subject_text[:512]) if standing.subject is not None else None
    try:
        comparison = _compared(posted, subject_text, standing, live)
    except InvalidSchemaText as error:
        if not is_verbose:
            raise
        return Answer({"is_compatible": False, "messages": [error.detail]}, use=use)
    value: dict[str, object] = {"is_compatible": comparison.is_compatible}
    if is_verbose:
        value["messages"] = comparison_messages(comparison)
    return Answer(value, use=use)


def _compared(
    posted: PostedSchema, subject_text: str, standing: Standing, live: Sequence[LiveVersion]
) -> Comparison:
    level = level_of(standing.subject, standing.context)
    parsed = read_posted(posted.text, posted.references, subject_name(subject_text).context)
    return compare_with(parsed.schema, level, live)
