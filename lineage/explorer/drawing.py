"""Cards and lines in pixels: columns by the flow, long lines led between the cards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lineage.explorer.asking import Asked
from lineage.explorer.cards import Card, CardMaker
from lineage.explorer.choosing import Chosen
from lineage.explorer.scene import Pair
from lineage.graph.layout import layout
from lineage.reading.flows import Flow
from lineage.reading.folding import STUB, without_crowds
from lineage.reading.graphs import strength_of
from mesh.kernel.drawings import (
    CARD_HEIGHT,
    CARD_WIDTH,
    COLUMN_WIDTH,
    MARGIN,
    ROW_HEIGHT,
    NodeShape,
    edge_path,
    graph_shape,
)

LANE = 1 / 3  # rows that a passing line takes
WAYPOINT = "~"


@dataclass(frozen=True, slots=True)
class DrawnNode:
    """A card with its place."""

    card: Card
    shape: NodeShape


@dataclass(frozen=True, slots=True)
class DrawnEdge:
    """A line with its path, the ids of its ends, and whether it is chosen."""

    path: str
    strength: str
    source: str
    target: str
    on: bool
    href: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A graph in pixels; `top` is where it begins, above 0 when a line passes over all cards."""

    width: int = 0
    height: int = 0
    top: int = 0
    nodes: tuple[DrawnNode, ...] = ()
    edges: tuple[DrawnEdge, ...] = ()

    @property
    def order(self) -> dict[str, int]:
        """The place of each node in reading order, which is also that of the keyboard and table."""
        return {node.card.key: place for place, node in enumerate(self.nodes)}


@dataclass(frozen=True, slots=True)
class Join:
    """A line to draw between two cards."""

    source: str
    target: str
    strength: str
    on: bool
    href: str


def draw(chosen: Chosen, maker: CardMaker, on: frozenset[Pair]) -> Drawing:
    """The graph of what was chosen; crowds around one node are folded into one card."""
    flows = without_crowds(list({line.pair: line.flow for line in chosen.lines}.values()))
    ends = {end.key: end for flow in flows for end in (flow.src, flow.dst)}
    if maker.scene.root is not None:
        ends.setdefault(maker.scene.root.key, maker.scene.ends[maker.scene.root.key])
    cards = {key: maker.card(end) for key, end in ends.items()}
    joins = [_join(flow, cards, maker.asked, on) for flow in flows]
    return placed(cards.values(), joins)


def edge_name(source: str, target: str) -> str:
    """What an address calls a line between two nodes."""
    return f"{source}..{target}"


def placed(cards: Iterable[Card], joins: Sequence[Join]) -> Drawing:
    """Lay cards out and lead the lines; the same graph always gives the same picture."""
    by_id = {card.id: card for card in cards}
    if not by_id:
        return Drawing()
    groups = {card.id: card.domain or card.kind for card in by_id.values()}
    heights, ways = _heights(groups, joins)
    nodes = [
        {**_drawn(card), "x": heights[card.id][0], "y": heights[card.id][1]}
        for card in by_id.values()
    ]
    shape = graph_shape(nodes, ())
    shapes = dict(zip(by_id, shape.nodes, strict=True))
    left = min(x for x, _ in heights.values())
    first_row = min(round(heights[card_id][1]) for card_id in by_id)
    lanes = {
        join: [point for step in way for point in _lane(heights[step], left, first_row)]
        for join, way in ways.items()
    }
    edges = [
        DrawnEdge(
            edge_path(
                shapes[join.source],
                shapes[join.target],
                lanes[join],
            ),
            join.strength, join.source, join.target, join.on, join.href,
        )
        for join in joins
    ]  # fmt: skip
    drawn = sorted(
        (DrawnNode(card, shapes[card.id]) for card in by_id.values()),
        key=lambda node: (node.shape.x, node.shape.y),
    )
    levels = [y for points in lanes.values() for _, y in points]
    top = min(0, *(round(y) - MARGIN for y in levels)) if levels else 0
    bottom = max(shape.height, *(round(y) + MARGIN for y in levels)) if levels else shape.height
    return Drawing(
        shape.width, bottom - top, top, tuple(drawn), tuple(_in_order(edges, shapes))
    )  # fmt: skip


def _join(flow: Flow, cards: Mapping[str, Card], asked: Asked, on: frozenset[Pair]) -> Join:
    source, target = cards[flow.src.key], cards[flow.dst.key]
    name = edge_name(source.id, target.id)
    is_stub = STUB in (source.kind, target.kind)
    return Join(
        source.id,
        target.id,
        strength_of(flow),
        (flow.src.key, flow.dst.key) in on,
        "" if is_stub else asked.link(edge=name, node=""),
    )


def _drawn(card: Card) -> dict[str, object]:
    return {
        "id": card.id, "kind": card.kind, "name": card.name, "sub": card.sub, "href": card.href,
        "domain": card.domain, "state": card.state, "label": card.label, "focus": card.focus,
        "selected": card.selected,
    }  # fmt: skip


Heights = dict[str, tuple[int, float]]


def _heights(
    groups: Mapping[str, str], joins: Sequence[Join]
) -> tuple[Heights, dict[Join, tuple[str, ...]]]:
    """Column and row of every card and waypoint, each column in the middle; rows are fractions."""
    first = layout(groups, [(join.source, join.target) for join in joins])
    columns = {name: place.x for name, place in first.places.items()}
    ways = {join: _waypoints(join, columns) for join in joins}
    nodes = dict(groups) | {step: step for way in ways.values() for step in way}
    steps = [
        pair for join, way in ways.items() for pair in pairwise((join.source, *way, join.target))
    ]
    places = layout(nodes, steps).places
    stacks: dict[int, list[str]] = {}
    for name in sorted(nodes, key=lambda name: places[name].y):
        stacks.setdefault(places[name].x, []).append(name)
    tallest = max(sum(map(_rows, stack)) for stack in stacks.values())
    heights: Heights = {}
    for column, stack in stacks.items():
        row = (tallest - sum(map(_rows, stack))) / 2
        for name in stack:
            heights[name] = (column, row)
            row += _rows(name)
    return heights, ways


def _waypoints(join: Join, columns: Mapping[str, int]) -> tuple[str, ...]:
    """One waypoint in each column that a long line passes."""
    between = range(columns[join.source] + 1, columns[join.target])
    return tuple(f"{WAYPOINT}{join.source}{WAYPOINT}{join.target}{WAYPOINT}{x}" for x in between)


def _rows(name: str) -> float:
    return LANE if name.startswith(WAYPOINT) else 1.0


def _lane(place: tuple[int, float], left: int, first_row: int) -> tuple[tuple[float, float], ...]:
    """Both ends of the straight piece on which a line passes a column of cards."""
    x = MARGIN + (place[0] - left) * COLUMN_WIDTH
    lane_middle = ROW_HEIGHT * LANE / 2 - (ROW_HEIGHT - CARD_HEIGHT) / 2
    y = round(MARGIN + (place[1] - first_row) * ROW_HEIGHT + lane_middle, 1)
    return ((x, y), (x + CARD_WIDTH, y))


def _in_order(edges: Iterable[DrawnEdge], shapes: Mapping[str, NodeShape]) -> list[DrawnEdge]:
    """From top to bottom as the keyboard follows them; chosen ones last, so that they lie on top."""
    return sorted(
        edges, key=lambda edge: (edge.on, shapes[edge.target].y, shapes[edge.source].y, edge.path)
    )
