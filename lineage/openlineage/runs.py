"""Runs as a function of the set of their events: any order, repetition or loss gives the same.

Everything kept of a run is merged by union, minimum or maximum, so merging commutes and repeating
changes nothing. What a job's runs prove is computed from the runs alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from statistics import median

from lineage.graph.sources import DAY_S, SOURCES, derivation_strength
from lineage.openlineage.events import Event
from lineage.openlineage.facets import Stated
from lineage.openlineage.naming import DatasetName

TERMINAL = ("ABORT", "FAIL", "COMPLETE")
RANK = {"ABORT": 3, "RUNNING": 2, "START": 1, "OTHER": 0}
FAILED = frozenset({"ABORT", "FAIL"})
PAIR_LIMIT = 2_000  # inputs x outputs beyond this prove nothing about any single pair
RUNS_KEPT = 50  # newest runs of a job that speak for its flows
STARTS_FOR_CADENCE = 3


@dataclass(frozen=True, slots=True)
class RunFacts:
    """One run; `states` holds the newest time of each event type."""

    run_id: str
    first_at: datetime
    last_at: datetime
    started_at: datetime | None = None
    states: Mapping[str, datetime] = field(default_factory=dict)
    inputs: frozenset[DatasetName] = frozenset()
    outputs: frozenset[DatasetName] = frozenset()
    stated: frozenset[Stated] = frozenset()
    has_facet: bool = False

    @property
    def state(self) -> str:
        """The terminal state of the greatest time; FAIL beats COMPLETE whatever the times.

        Spark sends FAIL and then COMPLETE for every failed run.
        """
        ended = {name: at for name, at in self.states.items() if name in TERMINAL}
        if "FAIL" in ended:
            ended.pop("COMPLETE", None)
        among = ended or dict(self.states)
        return max(among, key=lambda name: (among[name], RANK.get(name, 0)), default="OTHER")

    @property
    def ended_at(self) -> datetime | None:
        return self.states[self.state] if self.state in TERMINAL else None


@dataclass(frozen=True, slots=True)
class Proven:
    """A flow that the runs of a job prove. `src` or `dst` None stands for the job itself."""

    kind: str
    src: DatasetName | None
    dst: DatasetName | None
    source: str
    strength: float
    first_at: datetime
    last_at: datetime

    @property
    def key(self) -> tuple[str, DatasetName | None, DatasetName | None, str]:
        return self.kind, self.src, self.dst, self.source


def facts_of(event: Event) -> RunFacts:
    """What one event alone says of its run."""
    return RunFacts(
        event.run_id,
        event.at,
        event.at,
        event.at if event.type == "START" else None,
        {event.type: event.at},
        frozenset(event.inputs),
        frozenset(event.outputs),
        frozenset(event.stated),
        event.has_facet,
    )


def merged(one: RunFacts, other: RunFacts) -> RunFacts:
    """Both together; commutative, associative, idempotent."""
    starts = [at for at in (one.started_at, other.started_at) if at is not None]
    states = dict(one.states)
    for name, at in other.states.items():
        states[name] = max(at, states.get(name, at))
    return RunFacts(
        one.run_id,
        min(one.first_at, other.first_at),
        max(one.last_at, other.last_at),
        min(starts, default=None),
        states,
        one.inputs | other.inputs,
        one.outputs | other.outputs,
        one.stated | other.stated,
        one.has_facet or other.has_facet,
    )


def proven_by(runs: Iterable[RunFacts]) -> list[Proven]:
    """All flows that the runs of one job prove, the strongest sighting of each."""
    found: dict[tuple[str, DatasetName | None, DatasetName | None, str], Proven] = {}
    for run in runs:
        for flow in _flows_of(run):
            known = found.get(flow.key)
            found[flow.key] = flow if known is None else _stronger(known, flow)
    return list(found.values())


def ttl_s_of(runs: Sequence[RunFacts]) -> int:
    """Three times the usual gap between starts, at least a day; a day's gap until it is known."""
    starts = sorted(run.started_at for run in runs if run.started_at is not None)
    if len(starts) < STARTS_FOR_CADENCE:
        return 3 * DAY_S
    gaps = [(after - before).total_seconds() for before, after in pairwise(starts)]
    return max(DAY_S, int(3 * median(gaps)))


def _stronger(one: Proven, other: Proven) -> Proven:
    best = one if one.strength >= other.strength else other
    return replace(
        best,
        first_at=min(one.first_at, other.first_at),
        last_at=max(one.last_at, other.last_at),
    )


def _flows_of(run: RunFacts) -> list[Proven]:
    """Reads happened; what a failed run wrote or derived was only attempted and counts half."""
    whole = SOURCES["openlineage_run"].strength
    share = 0.5 if run.state in FAILED else 1.0
    reads = [_proven(run, "reads", name, None, "openlineage_run", whole) for name in run.inputs]
    writes = [
        _proven(run, "writes", None, name, "openlineage_run", whole * share) for name in run.outputs
    ]
    return [*reads, *writes, *_stated_flows(run, share), *_inferred_flows(run, share)]


def _stated_flows(run: RunFacts, share: float) -> list[Proven]:
    """Facet entries first; columns of an output that has an entry are not asked."""
    strength = SOURCES["openlineage_facet"].strength * share
    explicit = {one.output for one in run.stated if one.basis == "facet"}
    return [
        _proven(run, "derives", one.input, one.output, "openlineage_facet", strength)
        for one in run.stated
        if one.basis == "facet" or one.output not in explicit
    ]


def _inferred_flows(run: RunFacts, share: float) -> list[Proven]:
    """Inputs x outputs, for outputs of which nothing is stated, unless an explicit facet came."""
    silent = run.outputs - {one.output for one in run.stated}
    if run.has_facet or not silent or not run.inputs or len(run.inputs) * len(silent) > PAIR_LIMIT:
        return []
    strength = derivation_strength(len(run.inputs), len(run.outputs)) * share
    is_single = min(len(run.inputs), len(run.outputs)) == 1
    source = "openlineage_run" if is_single else "openlineage_many"
    return [
        _proven(run, "derives", one, other, source, strength)
        for one in run.inputs
        for other in silent
        if one != other
    ]


def _proven(
    run: RunFacts,
    kind: str,
    src: DatasetName | None,
    dst: DatasetName | None,
    source: str,
    strength: float,
) -> Proven:
    return Proven(kind, src, dst, source, strength, run.first_at, run.last_at)
