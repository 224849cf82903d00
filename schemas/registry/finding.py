"""Subjects and versions named in a path, for whoever may see them."""

from __future__ import annotations

import re
from typing import Final

from django.db.models import QuerySet

from mesh.audit.principal import Principal
from mesh.kernel.errors import clipped
from schemas.errors import InvalidVersion, SchemaMissing, SubjectMissing, VersionMissing
from schemas.models import SchemaVersion, Subject
from schemas.names import is_storable, subject_name
from schemas.registering.rights import require_readable
from schemas.registering.standing import Standing, standing_by_digest

LATEST: Final = -1
LARGEST: Final = 2**31 - 1
_NUMBER = re.compile("[0-9]{1,12}")


def version_number(text: str) -> int:
    """A version: a number from 1, or LATEST for `latest` and `-1`. Raises InvalidVersion."""
    word = text.strip()
    if word.lower() == "latest" or word == "-1":
        return LATEST
    if _NUMBER.fullmatch(word) and 1 <= int(word) <= LARGEST:
        return int(word)
    raise InvalidVersion(
        f"The specified version '{clipped(text)}' is not a valid version id: "
        "allowed are numbers from 1 and 'latest'."
    )


def schema_number(text: str) -> int:
    """A schema id. Raises SchemaMissing for what cannot be one."""
    if _NUMBER.fullmatch(text) and 1 <= int(text) <= LARGEST:
        return int(text)
    raise SchemaMissing(f"Schema {clipped(text)} not found")


def missing(text: str) -> SubjectMissing:
    """The one sentence for a subject that is not there, or not for this caller."""
    return SubjectMissing(f"Subject '{clipped(text)}' not found.")


def visible(standing: Standing, by: Principal) -> Standing:
    """The same, or nothing of a subject that is hidden from the caller."""
    if standing.subject is None:
        return standing
    try:
        require_readable(by, standing.subject, standing.owner)
    except SubjectMissing:
        return Standing(standing.context)
    return standing


def find_subject(text: str, by: Principal) -> Subject | None:
    """The subject's row if the caller may see it."""
    if not is_storable(text):
        return None
    return visible(standing_by_digest(subject_name(text), ""), by).subject


def versions_of(subject: Subject, *, deleted: bool) -> QuerySet[SchemaVersion]:
    """Versions of a subject with everything an answer needs, newest first."""
    rows = SchemaVersion.objects.select_related("schema_id__content", "subject__context")
    rows = rows.filter(subject=subject).order_by("-version")
    return rows if deleted else rows.filter(deleted_at__isnull=True)


def find_version(text: str, version: str, by: Principal, *, deleted: bool = False) -> SchemaVersion:
    """A version by number or `latest`. Raises InvalidVersion, SubjectMissing, VersionMissing."""
    number = version_number(version)
    subject = find_subject(text, by)
    if subject is None:
        raise missing(text)
    rows = versions_of(subject, deleted=deleted)
    found = rows.first() if number == LATEST else rows.filter(version=number).first()
    if found is None:
        if not rows.exists():
            raise missing(text)
        raise VersionMissing(f"Version {number} not found.")
    return found
