"""Everything the explorer knows before it chooses: flows with their words, lags, products, gaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lineage.errors import NodeNotFound
from lineage.models import Edge, Node
from lineage.permission import hidden_nodes
from lineage.ports import ProductFacts, facts_of_products
from lineage.reading.flows import End, Flow, step_down
from lineage.reading.folding import without_doubles
from lineage.reading.graphs import RESTRICTED_NAME, strength_of
from lineage.reading.walk import DEEPEST, Truncation, Walk, walks
from lineage.reading.words import GROUP, SEEN, EvidenceWords, edge_words, freshness
from mesh.audit.principal import Principal
from mesh.people.authz.doors import scope
from streams.models import Cluster
from streams.queries.lists import LagRow, lag_rows, lags_visible

Pair = tuple[str, str]
WORST = ("bad", "warn", "stale", "unknown", "info", "ok")


@dataclass(frozen=True, slots=True)
class Line:
    """A flow as seen from the focus: `near` is the end on its side; without a focus, the source."""

    flow: Flow
    side: str  # upstream, downstream, or "" for the whole mesh
    near_steps: int
    steps: int
    words: EvidenceWords
    strength: str
    lag: LagRow | None

    @property
    def pair(self) -> Pair:
        return (self.flow.src.key, self.flow.dst.key)

    @property
    def proof(self) -> str:
        """What was seen that proves it best."""
        seen = [edge for edge in self.flow.edges if edge.observed > 0]
        best = max(seen, key=lambda edge: edge.observed, default=None)
        return SEEN.get(best.best_source, best.best_source) if best else "declared, not observed"

    @property
    def near(self) -> End:
        return self.flow.dst if self.side == "upstream" else self.flow.src

    @property
    def far(self) -> End:
        return self.flow.src if self.side == "upstream" else self.flow.dst


@dataclass(frozen=True, slots=True)
class Scene:
    """All that can be reached from the root, or the whole mesh; `cuts` say what is missing."""

    root: Node | None
    lines: tuple[Line, ...]
    ends: Mapping[str, End]
    hidden: tuple[str, ...]  # keys of restricted ends, sorted: their place is all that is shown
    products: Mapping[str, ProductFacts]
    shut: frozenset[int]  # primary keys of all nodes the viewer may not see
    cuts: tuple[Truncation, ...]
    silent: tuple[Cluster, ...]

    def id_of(self, end: End) -> str:
        """What an address calls an end; a restricted one shows nothing of itself."""
        if end.key in self.hidden:
            return f"restricted-{self.hidden.index(end.key) + 1}"
        return end.key if end.is_product or not end.node.pk else str(end.node.public_id)

    def end_called(self, name: str) -> End | None:
        """The end that an address names."""
        return next((end for end in self.ends.values() if self.id_of(end) == name), None)

    def name_of(self, end: End) -> str:
        """The name of an end for this viewer."""
        if end.key in self.hidden:
            return RESTRICTED_NAME.capitalize()
        known = self.products.get(end.key)
        if known is not None:
            return known.name
        return (end.node.owner_label or end.node.label) if end.is_product else end.node.label

    def kind_of(self, end: End) -> str:
        """product, application, topic, external, restricted or stub."""
        if end.key in self.hidden:
            return "restricted"
        if end.is_product:
            return "product"
        return {Node.Kind.DATASET.value: "external"}.get(end.node.kind, end.node.kind)


def scene_around(viewer: Principal, root: Node) -> Scene:
    """All that flows into and out of a product. Raises NodeNotFound when it is hidden.

    Three queries per hop of the mesh and ten beside, whatever the number of nodes.
    """
    found = walks(root.key, DEEPEST, DEEPEST)
    bare = [
        (flow, side, one.hops[_near(flow, side).key], one.hops[_far(flow, side).key])
        for side, one in found.items()
        for flow in one.flows
    ]
    cuts = [cut for one in found.values() for cut in one.truncated]
    return _scene(viewer, root, bare, cuts)


def scene_of_mesh(viewer: Principal) -> Scene:
    """Every flow that starts at a product. A constant number of queries."""
    keys = Node.objects.filter(kind=Node.Kind.PRODUCT, ended_at__isnull=True)
    step = step_down(list(keys.values_list("key", flat=True)))
    cuts = [] if step.complete else [Truncation("edges")]
    return _scene(viewer, None, [(flow, "", 0, 1) for flow in step.flows], cuts)


def _near(flow: Flow, side: str) -> End:
    return flow.dst if side == "upstream" else flow.src


def _far(flow: Flow, side: str) -> End:
    return flow.src if side == "upstream" else flow.dst


def _scene(
    viewer: Principal,
    root: Node | None,
    bare: Sequence[tuple[Flow, str, int, int]],
    cuts: list[Truncation],
) -> Scene:
    flows = {(flow.src.key, flow.dst.key): flow for flow, *_ in bare}
    kept = {
        (flow.src.key, flow.dst.key): flow
        for flow in without_doubles([flows[pair] for pair in sorted(flows)])
    }
    ends = {end.key: end for flow in kept.values() for end in (flow.src, flow.dst)}
    if root is not None:
        ends.setdefault(root.key, End(root.key, root))
    edges = [edge for flow in kept.values() for edge in flow.edges]
    behind = {node.pk: node for edge in edges for node in (edge.src, edge.dst)}
    hidden = hidden_nodes(viewer, [*(end.node for end in ends.values()), *behind.values()])
    if root is not None and root.pk in hidden:
        raise NodeNotFound
    shut = tuple(sorted(key for key, end in ends.items() if end.node.pk in hidden))
    fresh, lags = freshness(edges), _lags(viewer, edges)
    lines = [
        Line(
            flow, side, near, far, edge_words(flow.edges, flow.observed, fresh),
            strength_of(flow), _worst(lags, flow),
        )
        for flow, side, near, far in bare
        if (flow.src.key, flow.dst.key) in kept
    ]  # fmt: skip
    if shut:
        cuts.append(Truncation("permission"))
    cuts += _unplaced(kept.values())
    products = [key for key, end in ends.items() if end.is_product and key not in shut]
    return Scene(
        root, tuple(lines), ends, shut, facts_of_products(viewer, products), frozenset(hidden),
        tuple(cuts), _silent_clusters(viewer),
    )  # fmt: skip


def _lags(viewer: Principal, edges: Iterable[Edge]) -> dict[Pair, LagRow]:
    """How far each consumer group is behind on each topic, by their keys. Three queries."""
    topics = {edge.src.key for edge in edges if edge.dst.key.startswith(GROUP)}
    rows = list(lags_visible(viewer).filter(topic__public_id__in=topics))
    return {
        (
            str(lag.topic.public_id),
            f"{GROUP}{lag.group.cluster.public_id}/{lag.group.group_id}",
        ): row
        for lag, row in zip(rows, lag_rows(rows), strict=True)
    }


def _worst(lags: Mapping[Pair, LagRow], flow: Flow) -> LagRow | None:
    """The reader of this flow that is worst off."""
    found = [lags.get((edge.src.key, edge.dst.key)) for edge in flow.edges]
    rows = [row for row in found if row is not None]
    return min(rows, key=lambda row: (WORST.index(row.state), -(row.age_lo_s or 0)), default=None)


def _unplaced(flows: Iterable[Flow]) -> list[Truncation]:
    """Flows between these programs and datasets of clusters that nobody knows."""
    from django.db.models import Q

    programs = {node.pk for flow in flows for node in flow.via}
    loose = Edge.objects.filter(live=True).filter(
        Q(src__in=programs, dst__resolved=False) | Q(dst__in=programs, src__resolved=False)
    )
    count = loose.count()
    return [Truncation("unresolved", at_least=count)] if count else []


def _silent_clusters(viewer: Principal) -> tuple[Cluster, ...]:
    """Clusters that do not answer now: what flows there is as of their last answer."""
    away = (Cluster.State.UNREACHABLE, Cluster.State.SUSPENDED)
    return tuple(scope(viewer, "cluster.read", Cluster.objects.filter(state__in=away)))


def walk_down(key: str) -> Walk:
    """All that certainly follows a product."""
    from lineage.reading.walk import walk

    return walk(key, "down", DEEPEST, certain=True)
