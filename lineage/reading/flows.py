"""From edges to flows between products: one step down or up at a time, set-wise.

A product flows into another when a topic of the first is read by an application of the second, when
a topic of the second derives from it, or when an input port says so. An application that nobody
owns joins what it reads to what it writes; reading many and writing many proves no single pair, so
such a flow is only possible, and its weight is divided by the smaller number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from django.db.models import Q, QuerySet

from lineage.models import Edge, Node

Direction = Literal["down", "up"]
THRESHOLD = 0.3  # weaker observations are not part of a flow
EDGE_LIMIT = 5_000  # edges looked at in one step
DERIVES = "derives"


@dataclass(frozen=True, slots=True)
class End:
    """One end of a flow: a product by its id, or a node that no product owns."""

    key: str
    node: Node

    @property
    def is_product(self) -> bool:
        return self.key == self.node.owner_key or self.node.kind == Node.Kind.PRODUCT

    @property
    def product_key(self) -> str:
        return self.key if self.is_product else ""


@dataclass(frozen=True, slots=True)
class Flow:
    """Data goes from `src` to `dst`; declared and observed are two axes. `edges` are its proofs."""

    src: End
    dst: End
    declared: bool
    observed: float
    possible: bool
    last_seen: datetime | None
    edges: tuple[Edge, ...]
    via: tuple[Node, ...] = ()

    @property
    def counts(self) -> bool:
        """Part of the graph, at least as a dashed line."""
        return self.declared or self.observed >= THRESHOLD

    @property
    def certain(self) -> bool:
        """Part of impact: declared or proved for this very pair."""
        return self.declared or (self.observed >= THRESHOLD and not self.possible)


@dataclass(frozen=True, slots=True)
class Step:
    """All flows of one step from some products, and whether the limit cut them."""

    flows: tuple[Flow, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Crossings:
    """Edges on both sides of applications by their primary key, and proved derivations."""

    reads: dict[int, list[Edge]]
    writes: dict[int, list[Edge]]
    derived: dict[int, set[int]]  # an output -> the inputs it really comes from


def end_of(node: Node) -> End:
    """The product that owns the node, else the node itself."""
    return End(node.owner_key or node.key if node.kind != Node.Kind.PRODUCT else node.key, node)


def live_edges() -> QuerySet[Edge]:
    """Edges that count: declared, or observed strongly enough; both ends placed for certain."""
    counted = Q(declared=True) | Q(observed__gte=THRESHOLD)
    placed = Q(src__resolved=True, dst__resolved=True)
    return Edge.objects.filter(counted, placed, live=True).select_related("src", "dst")


def step_down(products: Sequence[str]) -> Step:
    """What the products feed: products, or applications, datasets and topics nobody owns."""
    return steps((), products)[1]


def step_up(products: Sequence[str]) -> Step:
    """What feeds the products: other products, or writers and sources that nobody owns."""
    return steps(products, ())[0]


def steps(up: Collection[str], down: Collection[str]) -> tuple[Step, Step]:
    """What feeds the products of `up`, and what those of `down` feed. Three queries for both."""
    rows = live_edges().filter(_touches("dst", up) | _touches("src", down))
    edges = list(rows.order_by("-observed", "pk")[: EDGE_LIMIT + 1])
    complete = len(edges) <= EDGE_LIMIT
    above = [edge for edge in edges[:EDGE_LIMIT] if _belongs(edge.dst, up)]
    below = [edge for edge in edges[:EDGE_LIMIT] if _belongs(edge.src, down)]
    crossings = _crossings(
        [_loose(edge, "up") for edge in above], [_loose(edge, "down") for edge in below]
    )
    return (
        Step(_merged(_joined(above, "up", crossings)), complete),
        Step(_merged(_joined(below, "down", crossings)), complete),
    )


def _touches(side: str, products: Collection[str]) -> Q:
    """Edges whose end on that side is one of the products, or something that one of them owns."""
    if not products:
        return Q(pk__in=[])
    is_product = Q(**{f"{side}__kind": Node.Kind.PRODUCT, f"{side}__key__in": products})
    return is_product | Q(**{f"{side}__owner_key__in": products})


def _belongs(node: Node, products: Collection[str]) -> bool:
    return node.owner_key in products or (node.kind == Node.Kind.PRODUCT and node.key in products)


def _loose(edge: Edge, direction: Direction) -> int | None:
    """The application at the far end that nobody owns, if one is there."""
    far = edge.dst if direction == "down" else edge.src
    return far.pk if far.kind == Node.Kind.APPLICATION and not far.owner_key else None


def _joined(edges: Sequence[Edge], direction: Direction, crossings: Crossings) -> list[Flow]:
    """Edges between two ends are flows; edges at an application nobody owns are joined through it."""
    flows: list[Flow] = []
    through: dict[int, list[Edge]] = {}
    for edge in edges:
        application = _loose(edge, direction)
        if application is not None:
            through.setdefault(application, []).append(edge)
        elif end_of(edge.src).key != end_of(edge.dst).key:
            flows.append(_direct(edge))
    return flows + _through_applications(through, direction, crossings)


def _direct(edge: Edge) -> Flow:
    applications = tuple(
        node for node in (edge.src, edge.dst) if node.kind == Node.Kind.APPLICATION
    )
    return Flow(
        end_of(edge.src), end_of(edge.dst), edge.declared, edge.observed, False,
        edge.last_seen, (edge,), applications,
    )  # fmt: skip


def _crossings(*applications: Iterable[int | None]) -> Crossings:
    """What these applications read and write, and which writes derive from which reads."""
    near = {pk for each in applications for pk in each if pk is not None}
    if not near:
        return Crossings({}, {}, {})
    reads, writes = _by_application(live_edges().filter(Q(src_id__in=near) | Q(dst_id__in=near)))
    outputs = [edge.dst_id for edges in writes.values() for edge in edges]
    return Crossings(reads, writes, _derivations(outputs))


def _through_applications(
    near: dict[int, list[Edge]], direction: Direction, crossings: Crossings
) -> list[Flow]:
    """Join the edges on both sides of each application; alone on its side it is itself an end."""
    reads, writes = crossings.reads, crossings.writes
    flows: list[Flow] = []
    for pk, edges in near.items():
        far = (writes if direction == "down" else reads).get(pk, [])
        smaller = min(len(reads.get(pk, [])), len(writes.get(pk, []))) or 1
        pairs = [(edge, other) for edge in edges for other in far]
        own = {edge.pk for edge, other in pairs if _same_product(edge, other, pk)}
        joined = [
            _via(edge, other, smaller, crossings.derived)
            for edge, other in pairs
            if not _same_product(edge, other, pk)
        ]
        counted = [flow for flow in joined if flow.counts]
        flows += counted or [_direct(edge) for edge in edges if edge.pk not in own]
    return flows


def _same_product(edge: Edge, other: Edge, application: int) -> bool:
    """A program that reads back what it writes is part of its product, no reader of it."""
    return end_of(_outer(edge, application)).key == end_of(_outer(other, application)).key


def _by_application(edges: Iterable[Edge]) -> tuple[dict[int, list[Edge]], dict[int, list[Edge]]]:
    reads: dict[int, list[Edge]] = {}
    writes: dict[int, list[Edge]] = {}
    for edge in edges:
        if edge.dst.kind == Node.Kind.APPLICATION:
            reads.setdefault(edge.dst_id, []).append(edge)
        if edge.src.kind == Node.Kind.APPLICATION:
            writes.setdefault(edge.src_id, []).append(edge)
    return reads, writes


def _derivations(outputs: Sequence[int]) -> dict[int, set[int]]:
    """For each output with proved derivations, the inputs it really comes from."""
    found: dict[int, set[int]] = {}
    rows = live_edges().filter(kind=DERIVES, dst_id__in=outputs)
    for src_id, dst_id in rows.values_list("src_id", "dst_id"):
        found.setdefault(dst_id, set()).add(src_id)
    return found


def _outer(edge: Edge, application: int) -> Node:
    return edge.src if edge.dst_id == application else edge.dst


def _via(near: Edge, far: Edge, smaller: int, derived: dict[int, set[int]]) -> Flow:
    """The pair of a read and a write; certain only where nothing else could be meant."""
    read, write = (near, far) if near.dst.kind == Node.Kind.APPLICATION else (far, near)
    known = derived.get(write.dst_id)
    possible = smaller > 1 if known is None else read.src_id not in known
    observed = min(read.observed, write.observed) / (smaller if possible else 1)
    return Flow(
        end_of(read.src), end_of(write.dst), read.declared and write.declared, observed, possible,
        min(read.last_seen, write.last_seen), (read, write), (read.dst,),
    )  # fmt: skip


def _merged(flows: Iterable[Flow]) -> tuple[Flow, ...]:
    """One flow per pair of ends: declared if any says so, as strong as its best certain proof."""
    found: dict[tuple[str, str], Flow] = {}
    for flow in flows:
        if not flow.counts:
            continue
        pair = (flow.src.key, flow.dst.key)
        known = found.get(pair)
        found[pair] = flow if known is None else _both(known, flow)
    return tuple(found[pair] for pair in sorted(found))


def _both(one: Flow, other: Flow) -> Flow:
    best = max((one, other), key=lambda flow: (not flow.possible, flow.observed))
    seen = [flow.last_seen for flow in (one, other) if flow.last_seen is not None]
    return replace(
        best,
        declared=one.declared or other.declared,
        last_seen=max(seen, default=None),
        edges=tuple({edge.pk: edge for edge in (*one.edges, *other.edges)}.values()),
        via=tuple({node.pk: node for node in (*one.via, *other.via)}.values()),
    )
