"""Events into rows: stored once, merged into their run, and what the job's runs prove as evidence."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from lineage.evidence.coverage import OPENLINEAGE
from lineage.evidence.nodes import job_spec, node_for
from lineage.evidence.sightings import Flow, Sighting, write_evidence
from lineage.models import Evidence, LineageEvent, Node, Run
from lineage.openlineage.events import Event, digest, stored_body
from lineage.openlineage.facets import Stated
from lineage.openlineage.naming import DatasetName
from lineage.openlineage.resolving import dataset_nodes
from lineage.openlineage.runs import (
    RUNS_KEPT,
    Proven,
    RunFacts,
    facts_of,
    merged,
    proven_by,
    ttl_s_of,
)
from mesh.audit.principal import Principal
from mesh.kernel.database import database_now

SOURCES = ("openlineage_run", "openlineage_facet", "openlineage_many")
AT_ONCE = 200  # datasets; the graph of a larger event is brought up to date by a task
STORE = """
insert into lineage_lineageevent (digest, event_at, event_type, job_name, principal, body, warnings, run_id)
values (%s, %s, %s, %s, %s, %s::jsonb, %s::jsonb, null) on conflict (digest) do nothing returning id
"""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of an event. `created` is false for one that was here before.

    `flows` were touched; `job` is to be brought up to date by a task when the event was large.
    """

    created: bool
    warnings: tuple[str, ...] = ()
    flows: frozenset[Flow] = frozenset()
    later: int | None = None


def accept(event: Event, body: Mapping[str, object], by: Principal) -> Accepted:
    """Store an event and everything it changes, in the caller's transaction."""
    row_id = _store(event, body, by)
    if row_id is None:
        return Accepted(created=False)
    if event.kind == "dataset":
        return Accepted(True, event.warnings, frozenset(_declared_dataset(event)))
    assert event.job is not None
    job = _locked(node_for(job_spec(*event.job)))
    if event.kind == "job":
        return Accepted(True, event.warnings, frozenset(_declared_job(event, job)))
    run = _merge(event, job)
    LineageEvent.objects.filter(pk=row_id).update(run=run)
    if event.size > AT_ONCE:
        return Accepted(True, event.warnings, later=job.pk)
    return Accepted(True, event.warnings, frozenset(rebuild(job)))


def rebuild(job: Node) -> set[Flow]:
    """Make the evidence of a job say what its newest runs prove. Returns the flows to recompute."""
    rows = list(job.runs.order_by("-last_event_at", "-pk")[:RUNS_KEPT])
    runs = [_facts(row) for row in rows]
    ttl_s, now = ttl_s_of(runs), database_now()
    alive = {
        (row.src_id, row.dst_id, row.kind, row.source): row
        for row in Evidence.objects.filter(
            source_ref=_reference(job), source__in=SOURCES, ended_at__isnull=True
        )
    }
    proven = proven_by(runs)
    nodes = dataset_nodes(name for flow in proven for name in (flow.src, flow.dst) if name)
    wanted = {
        sighting.identity[:4]: sighting
        for flow in proven
        if (sighting := _sighting(flow, job, nodes, ttl_s)).src.pk != sighting.dst.pk
    }
    oldest = now - timedelta(seconds=ttl_s)
    fresh = [
        one
        for key, one in wanted.items()
        if (key in alive or one.at >= oldest) and _differs(one, alive.get(key))
    ]
    gone = [row for key, row in alive.items() if key not in wanted]
    Evidence.objects.filter(pk__in=[row.pk for row in gone]).update(
        ended_at=now, ended_reason="no run says so any more"
    )
    return write_evidence(fresh) | {(row.src_id, row.dst_id, row.kind) for row in gone}


def _differs(sighting: Sighting, row: Evidence | None) -> bool:
    return row is None or (row.strength, row.ttl_s, row.first_seen, row.last_seen) != (
        sighting.strength, sighting.ttl_s, sighting.first_at, sighting.at
    )  # fmt: skip


def jobs_of_unresolved(limit: int) -> list[int]:
    """Jobs whose runs name a Kafka dataset that nobody could place yet."""
    edges = Evidence.objects.filter(ended_at__isnull=True, source__in=SOURCES)
    reads = edges.filter(src__resolved=False, dst__kind=Node.Kind.APPLICATION)
    writes = edges.filter(dst__resolved=False, src__kind=Node.Kind.APPLICATION)
    found = {*reads.values_list("dst_id", flat=True)[:limit]}
    found |= {*writes.values_list("src_id", flat=True)[:limit]}
    return sorted(found)[:limit]


# -- rows -----------------------------------------------------------------------------------------


def _store(event: Event, body: Mapping[str, object], by: Principal) -> int | None:
    """Insert the raw event; None when the same one is here already."""
    name = "/".join(event.job) if event.job else (event.dataset.name if event.dataset else "")
    with connection.cursor() as cursor:
        cursor.execute(
            STORE,
            [
                digest(body),
                event.at,
                event.type,
                name,
                by.key[:120],
                json.dumps(stored_body(body)),
                json.dumps(list(event.warnings)),
            ],
        )
        found = cursor.fetchone()
    return int(found[0]) if found else None


def _locked(job: Node) -> Node:
    """One event of a job at a time, so that none is lost in merging."""
    return Node.objects.select_for_update(no_key=True).get(pk=job.pk)


def _merge(event: Event, job: Node) -> Run:
    facts = facts_of(event)
    known = Run.objects.filter(job=job, run_id=event.run_id).first()
    row = known or Run(job=job, run_id=event.run_id)
    if known is not None:
        facts = merged(_facts(known), facts)
    row.events += 1
    row.state, row.started_at, row.ended_at = facts.state, facts.started_at, facts.ended_at
    row.last_event_at, row.has_facet = facts.last_at, facts.has_facet
    row.inputs, row.outputs = _plain(facts.inputs), _plain(facts.outputs)
    row.flows = [
        [one.output.namespace, one.output.name, one.input.namespace, one.input.name, one.basis]
        for one in sorted(facts.stated)
    ]
    row.states = {name: at.isoformat() for name, at in sorted(facts.states.items())}
    row.states["FIRST"] = facts.first_at.isoformat()
    if known is None:
        row.save(force_insert=True)
    else:
        row.save(update_fields=RUN_FIELDS)
    return row


RUN_FIELDS = [
    *("events", "state", "started_at", "ended_at", "last_event_at", "has_facet"),
    *("inputs", "outputs", "flows", "states"),
]


def _plain(names: frozenset[DatasetName]) -> list[list[str]]:
    return [[name.namespace, name.name] for name in sorted(names)]


def _facts(row: Run) -> RunFacts:
    states = {name: datetime.fromisoformat(text) for name, text in row.states.items()}
    first = states.pop("FIRST", row.last_event_at)
    return RunFacts(
        row.run_id,
        first,
        row.last_event_at,
        row.started_at,
        states,
        frozenset(DatasetName(*pair) for pair in row.inputs),
        frozenset(DatasetName(*pair) for pair in row.outputs),
        frozenset(
            Stated(DatasetName(one[0], one[1]), DatasetName(one[2], one[3]), one[4])
            for one in row.flows
        ),
        row.has_facet,
    )


# -- sightings ------------------------------------------------------------------------------------


def _reference(job: Node) -> str:
    return f"job:{job.pk}"


def _sighting(flow: Proven, job: Node, nodes: Mapping[DatasetName, Node], ttl_s: int) -> Sighting:
    return Sighting(
        nodes[flow.src] if flow.src else job,
        nodes[flow.dst] if flow.dst else job,
        flow.kind,
        flow.source,
        flow.last_at,
        _reference(job),
        flow.strength,
        ttl_s,
        {"job": job.label},
        OPENLINEAGE,
        flow.first_at,
    )


def _declared_job(event: Event, job: Node) -> set[Flow]:
    """A job event states what a job is meant to do: the declared axis."""
    nodes = dataset_nodes([*event.inputs, *event.outputs])
    flows: list[tuple[Node, Node, str]] = [
        *((nodes[name], job, "reads") for name in event.inputs),
        *((job, nodes[name], "writes") for name in event.outputs),
    ]
    return _declare([*flows, *_derivations(event.stated)], _reference(job), event, job.label)


def _declared_dataset(event: Event) -> set[Flow]:
    if event.dataset is not None:
        dataset_nodes([event.dataset])
    return _declare(_derivations(event.stated), "openlineage:dataset", event, "a dataset event")


def _derivations(stated: Sequence[Stated]) -> list[tuple[Node, Node, str]]:
    nodes = dataset_nodes(name for one in stated for name in (one.input, one.output))
    return [(nodes[one.input], nodes[one.output], "derives") for one in stated]


def _declare(
    flows: Sequence[tuple[Node, Node, str]], reference: str, event: Event, by: str
) -> set[Flow]:
    return write_evidence(
        [
            Sighting(src, dst, kind, "declaration", event.at, reference, detail={"by": by})
            for src, dst, kind in flows
            if src.pk != dst.pk
        ]
    )
