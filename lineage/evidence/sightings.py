"""Sightings become evidence, evidence becomes edges: set-wise, in the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from lineage.errors import InvalidFlow
from lineage.evidence.coverage import clocks_of
from lineage.graph.confidence import Proof, combine
from lineage.graph.sources import SOURCES, EvidenceClass
from lineage.models import Edge, Evidence, Node
from mesh.kernel.database import database_now

DETAIL_LIMIT = 2_000  # characters of JSON kept with one proof
ENDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "reads": (frozenset({"topic", "dataset"}), frozenset({"application"})),
    "writes": (frozenset({"application"}), frozenset({"topic", "dataset"})),
    "derives": (frozenset({"topic", "dataset"}), frozenset({"topic", "dataset"})),
    "feeds": (frozenset({"application", "product"}), frozenset({"application", "product"})),
}
UPSERT = """
insert into lineage_evidence (src_id, dst_id, kind, source, source_ref, strength, ttl_s, first_seen,
    last_seen, observations, declared, detail, ended_reason, coverage, seen_clock)
select * from unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[],
    %s::float8[], %s::int[], %s::timestamptz[], %s::timestamptz[], %s::bigint[], %s::bool[],
    %s::jsonb[], %s::text[], %s::text[], %s::float8[])
on conflict (src_id, dst_id, kind, source, source_ref) where ended_at is null do update set
    strength = excluded.strength, ttl_s = excluded.ttl_s,
    first_seen = least(lineage_evidence.first_seen, excluded.first_seen),
    last_seen = greatest(lineage_evidence.last_seen, excluded.last_seen),
    observations = lineage_evidence.observations + excluded.observations,
    detail = excluded.detail, coverage = excluded.coverage,
    seen_clock = greatest(lineage_evidence.seen_clock, excluded.seen_clock)
"""

Flow = tuple[int, int, str]  # source node, destination node, kind


@dataclass(frozen=True, slots=True)
class Sighting:
    """One proof of one flow, seen at `at`. Data flows from `src` to `dst`.

    `strength` and `ttl_s` default to the weight of the source. `coverage` names the clock by which
    the proof ages; without one it never ends by itself. `first_at` is set where the sighting sums
    up a longer time.
    """

    src: Node
    dst: Node
    kind: str
    source: str
    at: datetime
    source_ref: str = ""
    strength: float | None = None
    ttl_s: int | None = None
    detail: Mapping[str, object] = field(default_factory=dict)
    coverage: str = ""
    first_at: datetime | None = None

    @property
    def declared(self) -> bool:
        return SOURCES[self.source].evidence_class is EvidenceClass.DECLARED

    @property
    def flow(self) -> Flow:
        return self.src.pk, self.dst.pk, self.kind

    @property
    def identity(self) -> tuple[int, int, str, str, str]:
        return *self.flow, self.source, self.source_ref


def checked(sighting: Sighting) -> Sighting:
    """The sighting. Raises InvalidFlow for a self edge or ends that the kind cannot join."""
    sources, destinations = ENDS[sighting.kind]
    if sighting.src.pk == sighting.dst.pk:
        raise InvalidFlow(f"{sighting.src.label} cannot flow into itself.", pointer="/dst")
    if sighting.src.kind not in sources or sighting.dst.kind not in destinations:
        raise InvalidFlow(
            f"'{sighting.kind}' does not lead from a {sighting.src.kind} to a {sighting.dst.kind}.",
            pointer="/kind",
        )
    return sighting


def write_evidence(sightings: Sequence[Sighting]) -> set[Flow]:
    """Insert or extend the evidence of all sightings. Returns the flows that were touched."""
    merged = _merged(sightings)
    if not merged:
        return set()
    now = database_now()
    clocks = clocks_of(sighting.coverage for sighting, _ in merged)
    rows = [_row(sighting, count, clocks, now) for sighting, count in merged]
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, [list(column) for column in zip(*rows, strict=True)])
    return {sighting.flow for sighting, _ in merged}


def _merged(sightings: Sequence[Sighting]) -> list[tuple[Sighting, int]]:
    """One entry per evidence row, newest sighting first choice; sorted, so that locks agree."""
    newest: dict[tuple[int, int, str, str, str], tuple[Sighting, int]] = {}
    for sighting in map(checked, sightings):
        known = newest.get(sighting.identity)
        count = (known[1] if known else 0) + 1
        best = sighting if known is None or sighting.at >= known[0].at else known[0]
        newest[sighting.identity] = (best, count)
    return [newest[identity] for identity in sorted(newest)]


def _row(
    sighting: Sighting, count: int, clocks: Mapping[str, float], now: datetime
) -> tuple[object, ...]:
    weight = SOURCES[sighting.source]
    detail = json.dumps(dict(sighting.detail), default=str)
    at = min(sighting.at, now)
    late_s = max(0.0, (now - at).total_seconds())
    return (
        sighting.src.pk,
        sighting.dst.pk,
        sighting.kind,
        sighting.source,
        sighting.source_ref[:300],
        weight.strength if sighting.strength is None else sighting.strength,
        weight.ttl_s if sighting.ttl_s is None else sighting.ttl_s,
        min(sighting.first_at or at, at),
        at,
        count,
        sighting.declared,
        detail if len(detail) <= DETAIL_LIMIT else "{}",
        "",
        sighting.coverage,
        clocks.get(sighting.coverage, 0.0) - late_s,
    )


def recompute(flows: Iterable[Flow]) -> set[int]:
    """Make the edges of these flows say what their live evidence says. Returns changed node ids.

    The edge rows are locked first: of two transactions the second sees what the first wrote.
    """
    wanted = sorted(set(flows))
    if not wanted:
        return set()
    edges = _locked_edges(wanted)
    proofs = _live_evidence(wanted)
    clocks = clocks_of(row.coverage for rows in proofs.values() for row in rows)
    changed: set[int] = set()
    for flow in wanted:
        edge = edges[flow]
        before = (edge.live, edge.declared)
        _summarise(edge, proofs.get(flow, []), clocks)
        if before != (edge.live, edge.declared):
            changed |= {edge.src_id, edge.dst_id}
    Edge.objects.bulk_update(
        edges.values(),
        ["declared", "declared_by", "observed", "best_source", "first_seen", "last_seen", "live"],
        batch_size=500,
    )
    return changed


def _locked_edges(flows: Sequence[Flow]) -> dict[Flow, Edge]:
    now = database_now()
    Edge.objects.bulk_create(
        [
            Edge(src_id=src, dst_id=dst, kind=kind, first_seen=now, last_seen=now, live=False)
            for src, dst, kind in flows
        ],
        ignore_conflicts=True,
    )
    rows = (
        Edge.objects.select_for_update(no_key=True)
        .filter(src_id__in={flow[0] for flow in flows}, dst_id__in={flow[1] for flow in flows})
        .order_by("src_id", "dst_id", "kind")
    )
    wanted = set(flows)
    found = {(row.src_id, row.dst_id, row.kind): row for row in rows}
    return {flow: row for flow, row in found.items() if flow in wanted}


def _live_evidence(flows: Sequence[Flow]) -> dict[Flow, list[Evidence]]:
    rows = Evidence.objects.filter(
        ended_at__isnull=True,
        src_id__in={flow[0] for flow in flows},
        dst_id__in={flow[1] for flow in flows},
    )
    found: dict[Flow, list[Evidence]] = {}
    for row in rows:
        found.setdefault((row.src_id, row.dst_id, row.kind), []).append(row)
    return found


def _summarise(edge: Edge, rows: Sequence[Evidence], clocks: Mapping[str, float]) -> None:
    """Declared and observed apart; an edge without live evidence is not live."""
    declared = [row for row in rows if row.declared]
    observed = [row for row in rows if not row.declared]
    edge.live = bool(rows)
    edge.declared = bool(declared)
    edge.declared_by = str(declared[0].detail.get("by", ""))[:200] if declared else ""
    edge.observed = combine([proof_of(row, clocks) for row in observed])
    best = max(observed, key=lambda row: (row.strength, row.last_seen), default=None)
    edge.best_source = best.source if best else ""
    if rows:
        edge.first_seen = min(row.first_seen for row in rows)
        edge.last_seen = max(row.last_seen for row in observed or rows)


def proof_of(row: Evidence, clocks: Mapping[str, float]) -> Proof:
    """The weight of one row now; ages by covered seconds."""
    share = 0.0
    if row.ttl_s and row.coverage:
        share = max(0.0, clocks.get(row.coverage, 0.0) - row.seen_clock) / row.ttl_s
    return Proof(min(1.0, row.strength), min(share, 1.0), SOURCES[row.source].cap)
