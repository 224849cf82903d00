"""The schema tab of a product: its subjects with their fields, verdicts, and what samples found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.showing.product import PlacedTopic, ProductHead
from schemas.models import SchemaVersion
from schemas.reading.subject import FieldLine, field_trees
from streams.models import TopicSamplingRun

SAMPLE_WORDS = {
    "ok": ("ok", "readable, of this topic"),
    "unknown_id": ("bad", "not in the registry"),
    "foreign": ("bad", "of no subject of this topic"),
    "unframed": ("bad", "without a schema id"),
    "undecodable": ("bad", "cannot be read"),
    "unread": ("unknown", "not decoded"),
}


@dataclass(frozen=True, slots=True)
class Described:
    """One subject of a topic, in its newest version."""

    title: str
    count: str
    href: str
    state: str
    label: str
    detail: str
    fields: tuple[FieldLine, ...]


@dataclass(frozen=True, slots=True)
class SampleLine:
    """What the newest sample of a topic found about one schema id."""

    topic: str
    side: str
    schema_id: int
    count: int
    state: str
    label: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SchemaTab:
    """Everything the schema tab shows."""

    subjects: tuple[Described, ...]
    samples: tuple[SampleLine, ...]
    sampling: bool
    unread: tuple[str, ...]


def schema_tab(head: ProductHead) -> SchemaTab:
    """Subjects, values first, and the newest samples."""
    pairs = [("values", v) for one in head.placed for v in one.value_versions]
    pairs += [("keys", v) for one in head.placed for v in one.key_versions]
    lines, unread = _samples(head.placed)
    trees = field_trees({version.schema_id.content_id for _, version in pairs})
    return SchemaTab(
        tuple(_described(side, v, trees[v.schema_id.content_id]) for side, v in pairs),
        lines,
        head.product.sampling,
        unread,
    )


def _described(side: str, version: SchemaVersion, fields: Sequence[FieldLine]) -> Described:
    verdict = getattr(version.subject, "check_result", None)
    outcome = verdict.outcome if verdict is not None else "unknown"
    state, label = {
        "pass": ("ok", "Compatible"),
        "fail": ("bad", "Not compatible"),
    }.get(outcome, ("unknown", "Not checked"))
    detail = _checked(verdict.versions, verdict.level) if verdict is not None else ""
    return Described(
        title=version.subject.name,
        count=f"{side}, version {version.version}, id {version.schema_id.number}",
        href=f"/subjects/{version.subject.public_id}",
        state=state,
        label=label,
        detail=detail,
        fields=tuple(fields),
    )


def _checked(versions: int, level: str) -> str:
    """How much was compared under which level: "2 versions, backward transitive"."""
    noun = "version" if versions == 1 else "versions"
    return f"{versions} {noun}, {level.lower().replace('_', ' ')}"


def _samples(placed: Sequence[PlacedTopic]) -> tuple[tuple[SampleLine, ...], tuple[str, ...]]:
    names = {one.topic.pk: one.topic.name for one in placed}
    newest = (
        TopicSamplingRun.objects.filter(topic_id__in=names)
        .order_by("topic_id", "-at")
        .distinct("topic_id")
    )
    lines, unread = [], []
    for run in newest:
        if run.outcome == "unknown":
            unread.append(f"{names[run.topic_id]}: {run.reason}")
        for each in run.findings:
            state, label = SAMPLE_WORDS.get(each["verdict"], ("unknown", each["verdict"]))
            lines.append(
                SampleLine(
                    names[run.topic_id], each["side"], each["schema_id"], each["count"], state, label,
                    each["detail"], run.at,
                )
            )  # fmt: skip
    return tuple(lines), tuple(unread)
