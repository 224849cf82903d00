"""Plan lines of schemas: what the subject holds now against the content that is wanted."""

from __future__ import annotations

from dataclasses import dataclass

from governance.models import ChangeItem
from governance.planning.lines import Grounds, Line, line, problem
from mesh.kernel.errors import Fault, MeshError
from mesh.people.models import ObjectScope
from schemas.avro.levels import LevelIncompatibility
from schemas.avro.model import Schema
from schemas.models import RegistryContext, SchemaVersion, Subject
from schemas.names import DEFAULT_CONTEXT, valid_subject_name
from schemas.registering.comparing import Comparison, Level, compare, level_of, live_versions
from schemas.registering.parsing import read_posted
from schemas.registering.references import read_references

WORDS_MOST = 5


@dataclass(frozen=True, slots=True)
class Content:
    """A wanted schema with what the registry says to it."""

    subject: Subject | None
    schema: Schema
    text: str
    guid: str
    comparison: Comparison
    latest: SchemaVersion | None
    stands: bool  # the newest live version has this very content
    level: str  # the level that will be in force


def read_content(item: ChangeItem) -> Content:
    """Parse and compare under the level that will hold. Raises InvalidSchemaText and its kin."""
    name = valid_subject_name(item.object["subject"], DEFAULT_CONTEXT)
    posted = read_posted(
        item.desired["schema"], read_references(item.desired.get("references", [])), DEFAULT_CONTEXT
    )
    subject = subject_named(name.name)
    current = level_of(subject, RegistryContext.objects.filter(name=DEFAULT_CONTEXT).first())
    wanted = item.desired.get("compatibility")
    level = Level(wanted, "subject") if wanted else current
    versions = live_versions(subject)
    found = SchemaVersion.objects.filter(
        subject=subject, deleted_at__isnull=True, schema_id__content__guid=posted.guid
    )
    stands = subject is not None and found.exists()
    comparison = compare(posted.schema, level, versions)
    latest = versions[0] if versions else None
    return Content(
        subject,
        posted.schema,
        posted.text,
        str(posted.guid),
        comparison,
        latest,
        stands,
        level.name,
    )


def subject_named(name: str) -> Subject | None:
    """The subject in the default context, or None."""
    return (
        Subject.objects.filter(context__name=DEFAULT_CONTEXT, name=name)
        .select_related("context")
        .first()
    )


def register(item: ChangeItem, grounds: Grounds) -> Line:
    """A new version; content that stands already is a noop."""
    try:
        content = read_content(item)
    except MeshError as error:
        fault = problem(item, "desired/schema", error.code, error.detail)
        return line(item, precondition={}, after={"content": ""}, problems=[fault])
    faults = owned_elsewhere(item, content.subject, grounds)
    faults += [] if content.stands else _incompatible(item, content)
    number = content.latest.version if content.latest is not None else 0
    standing = own_level(content.subject)
    before = {
        "version": number,
        "level": standing,
        "content": content.guid if content.stands else "",
    }
    after = {"content": content.guid, "level": item.desired.get("compatibility") or standing}
    steps = (
        "register the schema" if number == 0 else f"register version {number + 1}",
        "read it by id",
    )
    return line(item, precondition={"version": number, "level": standing}, after=after, before=before,
                steps=steps, problems=faults)  # fmt: skip


def set_level(item: ChangeItem, grounds: Grounds) -> Line:
    """Another compatibility level for the subject."""
    subject = subject_named(item.object["subject"])
    if subject is None:
        said = f"There is no subject {item.object['subject']}."
        return line(item, precondition={}, after={},
                    problems=[problem(item, "object/subject", "subject_not_found", said)])  # fmt: skip
    standing = own_level(subject)
    return line(item, precondition={"level": standing}, before={"level": standing},
                after={"level": item.desired["level"]}, steps=("set the level", "read it back"),
                problems=owned_elsewhere(item, subject, grounds))  # fmt: skip


def own_level(subject: Subject | None) -> str:
    """The level set on the subject itself, '' = it follows the registry."""
    return subject.compatibility if subject is not None else ""


def owned_elsewhere(item: ChangeItem, subject: Subject | None, grounds: Grounds) -> list[Fault]:
    """A fault when another team answers for the subject."""
    if subject is None:
        return []
    owner = ObjectScope.objects.filter(kind="subject", object_id=subject.public_id).first()
    if owner is None or owner.team_id in (None, grounds.request.team_id):
        return []
    said = f"{subject.name} belongs to another team's product."
    return [problem(item, "object/subject", "subject_owned", said)]


def _incompatible(item: ChangeItem, content: Content) -> list[Fault]:
    comparison = content.comparison
    return [
        problem(
            item,
            "desired/schema",
            "incompatible",
            f"Not {comparison.level} with version {comparison.against}: {entry_words(entry)}",
        )
        for entry in comparison.incompatibilities[:WORDS_MOST]
    ]


def entry_words(entry: LevelIncompatibility) -> str:
    """An incompatibility in words."""
    return f"{entry.type} at {entry.location}: {entry.message}"
