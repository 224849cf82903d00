"""One edge with everything that speaks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lineage.evidence.coverage import clocks_of
from lineage.evidence.sightings import proof_of
from lineage.graph.confidence import confidence_word
from lineage.models import Edge, Evidence
from lineage.reading.words import SEEN, edge_words, freshness

KEPT_ENDED = 20  # ended proofs shown below the live ones


@dataclass(frozen=True, slots=True)
class ProofRow:
    """One proof: what was seen, how often, since when; `ended` says why it counts no more."""

    text: str
    source: str
    source_ref: str
    strength: str
    weight: float
    declared: bool
    first_seen: datetime
    at: datetime
    observations: int
    ended_at: datetime | None
    ended: str
    icon: str = ""
    second: str = ""


@dataclass(frozen=True, slots=True)
class EdgePage:
    """An edge: its ends, both axes, its proofs."""

    id: str
    kind: str
    src: str
    dst: str
    src_id: str
    dst_id: str
    declared: bool
    declared_by: str
    observed: float
    words: str
    first_seen: datetime
    last_seen: datetime
    live: bool
    evidence: tuple[ProofRow, ...]


def proofs_of(edges: Sequence[Edge]) -> dict[int, tuple[ProofRow, ...]]:
    """Live proofs of some edges by their primary key, surest first. Two queries."""
    wanted = {(edge.src_id, edge.dst_id, edge.kind): edge.pk for edge in edges}
    rows = [
        row
        for row in Evidence.objects.filter(
            src_id__in={src for src, _, _ in wanted},
            dst_id__in={dst for _, dst, _ in wanted},
            ended_at__isnull=True,
        ).order_by("-strength", "-last_seen")
        if (row.src_id, row.dst_id, row.kind) in wanted
    ]
    clocks = clocks_of(row.coverage for row in rows)
    found: dict[int, list[ProofRow]] = {}
    for row in rows:
        found.setdefault(wanted[row.src_id, row.dst_id, row.kind], []).append(_row(row, clocks))
    return {pk: tuple(proofs) for pk, proofs in found.items()}


def edge_page(edge: Edge) -> EdgePage:
    """The page of one edge (with src and dst loaded). Three queries."""
    mine = Evidence.objects.filter(src_id=edge.src_id, dst_id=edge.dst_id, kind=edge.kind)
    live = list(mine.filter(ended_at__isnull=True).order_by("-strength", "-last_seen"))
    ended = list(mine.filter(ended_at__isnull=False).order_by("-ended_at")[:KEPT_ENDED])
    clocks = clocks_of(row.coverage for row in live)
    words = edge_words([edge], edge.observed, freshness([edge]))
    return EdgePage(
        id=str(edge.public_id),
        kind=edge.kind,
        src=edge.src.label,
        dst=edge.dst.label,
        src_id=str(edge.src.public_id),
        dst_id=str(edge.dst.public_id),
        declared=edge.declared,
        declared_by=edge.declared_by,
        observed=round(edge.observed, 3),
        words=words.text if edge.live else "no longer seen",
        first_seen=edge.first_seen,
        last_seen=words.last_seen or edge.last_seen,
        live=edge.live,
        evidence=tuple(_row(row, clocks) for row in (*live, *ended)),
    )


def _row(row: Evidence, clocks: dict[str, float]) -> ProofRow:
    weight = 0.0 if row.ended_at else proof_of(row, clocks).weight
    by = str(row.detail.get("by", ""))
    said = f"declared by {by}" if row.declared and by else SEEN.get(row.source, row.source)
    times = "once" if row.observations == 1 else f"{row.observations} times"
    return ProofRow(
        text=said[0].upper() + said[1:],
        source=row.source,
        source_ref=row.source_ref,
        strength="declared" if row.declared else str(confidence_word(weight)),
        weight=round(weight, 3),
        declared=row.declared,
        first_seen=row.first_seen,
        at=row.last_seen,
        observations=row.observations,
        ended_at=row.ended_at,
        ended=row.ended_reason,
        icon="file-text" if row.declared else "activity",
        second=f"ended: {row.ended_reason}" if row.ended_at else f"seen {times}",
    )
