"""Who is hit by the schemas of a request: readers with verdicts, from lineage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from governance.models import ChangeItem
from governance.policy.quorum import HitReader
from lineage.queries import impact
from lineage.reading.impact import ReaderVerdict
from mesh.audit.principal import SYSTEM
from mesh.people.models import ObjectScope, Team
from streams.models import GroupTopicLag

log = structlog.get_logger(__name__)
REASONS_MOST = 20
VERDICTS = ("BREAK", "SILENT", "LOSSY", "UNKNOWN", "OK")


@dataclass(frozen=True, slots=True)
class Impact:
    """Readers by item; `rows` is what is stored and shown; `unknown` says why an item has none."""

    readers: Mapping[int, Sequence[HitReader]] = field(default_factory=dict)
    rows: Sequence[Mapping[str, object]] = ()
    unknown: Mapping[int, str] = field(default_factory=dict)

    def all_readers(self) -> tuple[HitReader, ...]:
        """Each reader once, with its worst verdict."""
        worst: dict[str, HitReader] = {}
        for readers in self.readers.values():
            for reader in readers:
                known = worst.get(reader.name)
                if known is None or VERDICTS.index(reader.verdict) < VERDICTS.index(known.verdict):
                    worst[reader.name] = reader
        return tuple(worst.values())

    def document(self) -> dict[str, object]:
        """What is stored with the request."""
        readers = self.all_readers()
        counts = {
            verdict: sum(reader.verdict == verdict for reader in readers) for verdict in VERDICTS
        }
        return {
            "counts": counts,
            "readers": [dict(row) for row in self.rows],
            "unknown": list(self.unknown.values()),
        }


def impact_of(items: Sequence[ChangeItem]) -> Impact:
    """Ask lineage about each schema that is to be registered."""
    readers: dict[int, list[HitReader]] = {}
    rows: list[dict[str, object]] = []
    unknown: dict[int, str] = {}
    for item in items:
        if item.kind != "schema.register":
            continue
        try:
            found = ask_lineage(item)
        except Exception as error:  # one reader's odd schema must not keep a plan from being made
            log.exception("impact_failed", subject=item.object["subject"])
            unknown[item.pk] = (
                f"{item.object['subject']}: readers could not be judged ({type(error).__name__})."
            )
            continue
        readers[item.pk] = [hit for hit, _ in found]
        rows += [row for _, row in found]
    return Impact(readers, rows, unknown)


def ask_lineage(item: ChangeItem) -> list[tuple[HitReader, dict[str, object]]]:
    """Readers of one subject with their verdicts on the wanted schema."""
    references = item.desired.get("references", [])
    answer = impact(SYSTEM, item.object["subject"], item.desired["schema"], references)
    teams = Team.objects.in_bulk({reader.team_id for reader in answer.readers if reader.team_id})
    return [_row(item, reader, teams.get(reader.team_id)) for reader in answer.readers]


def _row(
    item: ChangeItem, reader: ReaderVerdict, team: Team | None
) -> tuple[HitReader, dict[str, object]]:
    verdict = reader.verdict.value.upper()
    label = team.name if team is not None else ""
    row: dict[str, object] = {
        "item": item.position,
        "subject": item.object["subject"],
        "name": reader.name,
        "kind": reader.kind,
        "group": reader.group,
        "product": reader.product,
        "product_id": reader.product_id,
        "team": label,
        "verdict": verdict,
        "reason": reader.reason,
        "reasons": [
            {
                "kind": reason.kind,
                "location": reason.location,
                "path": reason.path,
                "message": reason.message,
            }
            for reason in reader.reasons[:REASONS_MOST]
        ],
        "reads": reader.reads,
        "evidence": reader.evidence,
        "seen": reader.seen.isoformat() if reader.seen is not None else None,
    }
    return HitReader(reader.name, verdict, str(team.pk) if team is not None else "", label), row


def reader_teams(topic_name: str, cluster_name: str) -> list[tuple[str, str]]:
    """Teams whose consumer groups are seen on a topic. One query each for groups and owners."""
    groups = GroupTopicLag.objects.filter(
        topic__name=topic_name, topic__cluster__name=cluster_name, topic__ended_at__isnull=True,
        group__ended_at__isnull=True,
    ).values_list("group__public_id", flat=True)  # fmt: skip
    owners = ObjectScope.objects.filter(
        kind="consumergroup", object_id__in=list(groups), team__isnull=False
    )
    return sorted({(str(row.team_id), str(row.team)) for row in owners.select_related("team")})
