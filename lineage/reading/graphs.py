"""The lineage drawing and its table around one product, made on the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from lineage.errors import NodeNotFound
from lineage.graph.confidence import LIKELY
from lineage.graph.layout import layout
from lineage.models import Edge, Node
from lineage.permission import hidden_nodes
from lineage.reading.flows import End, Flow
from lineage.reading.folding import STUB, without_crowds, without_doubles
from lineage.reading.walk import Truncation, Walk, walks
from lineage.reading.words import EvidenceWords, application_word, edge_words, freshness
from mesh.audit.principal import Principal

RESTRICTED_NAME = "restricted consumer"


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A card of the drawing: column `x`, row `y`. `product` is a slug, empty where nobody owns it."""

    id: str
    kind: str  # product | topic | application | external | restricted
    name: str
    sub: str
    x: int
    y: float  # halves: each column stands in the middle
    depth: int
    href: str = ""
    product: str = ""
    product_id: str = ""
    domain: str = ""
    state: str = ""
    label: str = ""
    focus: bool = False
    selected: bool = False


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """A line of the drawing; `strength` is strong, weak, possible or declared."""

    source: str
    target: str
    strength: str
    declared: bool
    observed: float
    possible: bool
    words: str
    last_seen: datetime | None
    edge_ids: tuple[str, ...] = ()
    via: tuple[tuple[int, int], ...] = ()
    on: bool = False


@dataclass(frozen=True, slots=True)
class LineageRow:
    """A line of the table beside the drawing. `side` is upstream or downstream."""

    side: str
    hops: int
    name: str
    kind: str
    sub: str
    href: str
    product_id: str
    through: str
    words: str
    strength: str
    declared: bool
    observed: bool
    possible: bool
    last_seen: datetime | None
    evidence_href: str


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Graph and table around a root. Never cut without an entry in `truncated`."""

    root: str
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    rows: tuple[LineageRow, ...]
    complete: bool
    truncated: tuple[Truncation, ...]

    @property
    def upstream(self) -> tuple[LineageRow, ...]:
        return tuple(row for row in self.rows if row.side == "upstream")

    @property
    def downstream(self) -> tuple[LineageRow, ...]:
        return tuple(row for row in self.rows if row.side == "downstream")


@dataclass(frozen=True, slots=True)
class _Scene:
    """Everything the drawing needs: both walks, names of products, what the viewer may not see."""

    root: Node
    walks: dict[str, Walk]
    everything: frozenset[tuple[str, str]]  # pairs of the table; the drawing may fold some
    flows: tuple[Flow, ...]
    ends: dict[str, End]
    names: dict[str, str]
    hidden: frozenset[str]
    words: dict[tuple[str, str], EvidenceWords]


def around(
    viewer: Principal, root: Node, up: int, down: int, *, beyond: bool = True
) -> Neighbourhood:
    """The neighbourhood of a product node, `up` and `down` hops away. Raises NodeNotFound (hidden)."""
    found = walks(root.key, up, down, beyond=beyond)
    scene = _scene(viewer, root, found)
    truncated = [cut for one in found.values() for cut in one.truncated]
    if scene.hidden:
        truncated.append(Truncation("permission"))
    if unplaced := _unplaced(scene):
        truncated.append(Truncation("unresolved", at_least=unplaced))
    return Neighbourhood(
        str(root.public_id),
        _nodes(scene),
        tuple(_edge(flow, scene) for flow in scene.flows),
        _rows(scene),
        complete=not truncated,
        truncated=tuple(truncated),
    )


def _scene(viewer: Principal, root: Node, walks: dict[str, Walk]) -> _Scene:
    found = {(f.src.key, f.dst.key): f for one in walks.values() for f in one.flows}
    everything = without_doubles([found[pair] for pair in sorted(found)])
    flows = tuple(without_crowds(everything))
    ends = {end.key: end for flow in flows for end in (flow.src, flow.dst)}
    ends[root.key] = End(root.key, root)
    ends |= {end.key: end for flow in everything for end in (flow.src, flow.dst)}
    hidden = hidden_nodes(viewer, [end.node for end in ends.values() if end.node.pk])
    if root.pk in hidden:
        raise NodeNotFound
    fresh = freshness(edge for flow in flows for edge in flow.edges)
    return _Scene(
        root,
        walks,
        frozenset((flow.src.key, flow.dst.key) for flow in everything),
        flows,
        ends,
        _product_names(ends.values()),
        frozenset(
            end.key for end in ends.values() if end.node.pk in hidden and end.key != root.key
        ),
        {
            (flow.src.key, flow.dst.key): edge_words(flow.edges, flow.observed, fresh)
            for flow in (*everything, *flows)
        },
    )


def _unplaced(scene: _Scene) -> int:
    """Flows between programs of this drawing and datasets of clusters that nobody knows."""
    own = Node.objects.filter(kind=Node.Kind.APPLICATION, owner_key=scene.root.key)
    programs = Node.objects.filter(
        Q(pk__in={node.pk for flow in scene.flows for node in flow.via}) | Q(pk__in=own)
    )
    loose = Edge.objects.filter(live=True).filter(
        Q(src__in=programs, dst__resolved=False) | Q(dst__in=programs, src__resolved=False)
    )
    return loose.count()


def _product_names(ends: Iterable[End]) -> dict[str, str]:
    """Slugs of products by their ids."""
    keys = [end.key for end in ends if end.is_product]
    rows = Node.objects.filter(kind=Node.Kind.PRODUCT, key__in=keys)
    return dict(rows.values_list("key", "label"))


def _name(end: End, scene: _Scene) -> str:
    if end.key in scene.hidden:
        return RESTRICTED_NAME
    if not end.is_product:
        return end.node.label
    return scene.names.get(end.key, end.node.owner_label or end.node.label)


def _kind(end: End, scene: _Scene) -> str:
    if end.key in scene.hidden:
        return "restricted"
    if end.is_product:
        return "product"
    return {"dataset": "external"}.get(end.node.kind, end.node.kind)


def _sub(end: End, scene: _Scene) -> str:
    if end.key in scene.hidden:
        return "contact governance"
    if end.key == scene.root.key:
        return "this product"
    if end.is_product:
        return "product"
    if end.node.kind == STUB:
        return "in the table"
    return application_word(end.node) if end.node.kind == "application" else end.node.kind


def _href(end: End, scene: _Scene) -> str:
    if end.key in scene.hidden:
        return ""
    if end.is_product:
        return f"/products/{_name(end, scene)}/lineage"
    return f"/topics/{end.node.key}" if end.node.kind == Node.Kind.TOPIC else ""


def _id(end: End, scene: _Scene) -> str:
    """Ids in the drawing; a restricted end shows nothing of itself, not even its id."""
    if end.node.kind == STUB:
        return end.node.key
    if end.key in scene.hidden:
        return f"restricted-{sorted(scene.hidden).index(end.key) + 1}"
    return str(end.node.public_id) if not end.is_product else end.key


def _nodes(scene: _Scene) -> tuple[GraphNode, ...]:
    drawn = {end.key: end for flow in scene.flows for end in (flow.src, flow.dst)}
    drawn[scene.root.key] = scene.ends[scene.root.key]
    groups = {_id(end, scene): _kind(end, scene) for end in drawn.values()}
    pairs = [(_id(flow.src, scene), _id(flow.dst, scene)) for flow in scene.flows]
    grid = layout(groups, pairs)
    places = grid.places
    heights = Counter(place.x for place in places.values())
    nodes = []
    for end in drawn.values():
        place = places[_id(end, scene)]
        shown_product = end.is_product and end.key not in scene.hidden
        nodes.append(
            GraphNode(
                id=_id(end, scene),
                kind=_kind(end, scene),
                name=_name(end, scene),
                sub=_sub(end, scene),
                x=place.x,
                y=place.y + (grid.rows - heights[place.x]) / 2,
                depth=_hops(end, scene),
                href=_href(end, scene),
                product=_name(end, scene) if shown_product else "",
                product_id=end.key if shown_product else "",
                focus=end.key == scene.root.key,
            )
        )
    return tuple(sorted(nodes, key=lambda node: (node.x, node.y)))


def _hops(end: End, scene: _Scene) -> int:
    return min(
        (one.hops[end.key] for one in scene.walks.values() if end.key in one.hops), default=1
    )


def strength_of(flow: Flow) -> str:
    """The look of a line: declared alone, possible, or as strong as it was observed."""
    if flow.observed <= 0:
        return "declared"
    if flow.possible:
        return "possible"
    return "strong" if flow.observed >= LIKELY else "weak"


def _edge(flow: Flow, scene: _Scene) -> GraphEdge:
    words = scene.words[flow.src.key, flow.dst.key]
    shut = {flow.src.key, flow.dst.key} & scene.hidden
    return GraphEdge(
        source=_id(flow.src, scene),
        target=_id(flow.dst, scene),
        strength=strength_of(flow),
        declared=flow.declared,
        observed=round(flow.observed, 3),
        possible=flow.possible,
        words=words.text,
        last_seen=words.last_seen,
        edge_ids=() if shut else tuple(str(edge.public_id) for edge in flow.edges),
    )


def _rows(scene: _Scene) -> tuple[LineageRow, ...]:
    rows = [
        _row(flow, side, one, scene)
        for side, one in scene.walks.items()
        for flow in one.flows
        if (flow.src.key, flow.dst.key) in scene.everything
    ]
    return tuple(sorted(rows, key=lambda row: (row.side != "upstream", row.hops, row.name)))


def _row(flow: Flow, side: str, found: Walk, scene: _Scene) -> LineageRow:
    end = flow.dst if side == "downstream" else flow.src
    words = scene.words[flow.src.key, flow.dst.key]
    shut = end.key in scene.hidden
    return LineageRow(
        side=side,
        hops=found.hops[end.key],
        name=_name(end, scene),
        kind=_kind(end, scene),
        sub=_sub(end, scene),
        href=_href(end, scene),
        product_id=end.key if end.is_product and not shut else "",
        through="" if shut else _through(flow, end),
        words=words.text,
        strength=words.strength,
        declared=flow.declared,
        observed=flow.observed > 0,
        possible=flow.possible,
        last_seen=words.last_seen,
        evidence_href="" if shut else _evidence_href(flow),
    )


def _through(flow: Flow, end: End) -> str:
    """Names of the applications between the two ends."""
    return ", ".join(sorted(node.label for node in flow.via if node.pk != end.node.pk))


def _evidence_href(flow: Flow) -> str:
    best = max(flow.edges, key=lambda edge: edge.observed, default=None)
    return f"/lineage/_/edge/{best.public_id}" if best else ""
