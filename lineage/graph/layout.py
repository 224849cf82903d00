"""Where each node is drawn: columns follow the flow, rows keep edges short and groups together.

Longest-path layers on the condensed graph, barycentre sweeps, ties by key: the same graph always
gives the same picture. Browsers only draw.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lineage.graph.components import components

SWEEPS = 8  # further sweeps hardly move anything


@dataclass(frozen=True, slots=True)
class Place:
    """Column (0 = nothing flows in) and row (0 = top)."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The place of every node by its key, and the size of the grid."""

    places: Mapping[str, Place]
    columns: int
    rows: int


def layout(nodes: Mapping[str, str], edges: Iterable[tuple[str, str]]) -> Layout:
    """Lay out nodes (key -> group, for example domain and product) and edges between keys.

    Members of a feedback loop share a column, members of a group stay together within one. Edges
    to unknown keys raise KeyError.
    """
    keys = sorted(nodes)
    number = {key: place for place, key in enumerate(keys)}
    pairs = sorted({(number[src], number[dst]) for src, dst in edges})
    outgoing: list[list[int]] = [[] for _ in keys]
    incoming: list[list[int]] = [[] for _ in keys]
    for src, dst in pairs:
        outgoing[src].append(dst)
        incoming[dst].append(src)
    column = _columns(outgoing)
    groups = [nodes[key] for key in keys]
    layers = _layers(column, groups)
    _untangle(layers, outgoing, incoming, groups)
    places = {
        keys[node]: Place(x, y) for x, layer in enumerate(layers) for y, node in enumerate(layer)
    }
    return Layout(places, len(layers), max((len(layer) for layer in layers), default=0))


def _columns(outgoing: Sequence[Sequence[int]]) -> list[int]:
    """Longest path from a source, counted over feedback loops as one step."""
    found = components(outgoing)
    loop_of = [0] * len(outgoing)
    for loop, members in enumerate(found):
        for node in members:
            loop_of[node] = loop
    depth = [0] * len(found)
    for loop in range(len(found) - 1, -1, -1):
        for node in found[loop]:
            for target in outgoing[node]:
                if loop_of[target] != loop:
                    depth[loop_of[target]] = max(depth[loop_of[target]], depth[loop] + 1)
    return [depth[loop] for loop in loop_of]


def _layers(column: Sequence[int], groups: Sequence[str]) -> list[list[int]]:
    layers: list[list[int]] = [[] for _ in range(max(column, default=-1) + 1)]
    for node in sorted(range(len(column)), key=lambda node: (groups[node], node)):
        layers[column[node]].append(node)
    return layers


def _untangle(
    layers: list[list[int]],
    outgoing: Sequence[Sequence[int]],
    incoming: Sequence[Sequence[int]],
    groups: Sequence[str],
) -> None:
    """Move nodes towards the middle of their neighbours, alternately to either side."""
    height = _heights(layers, len(groups))
    for sweep in range(SWEEPS):
        forwards = sweep % 2 == 0
        neighbours = incoming if forwards else outgoing
        for layer in layers if forwards else reversed(layers):
            _sort_layer(layer, neighbours, height, groups)
            for row, node in enumerate(layer):
                height[node] = _height(row, len(layer))


def _heights(layers: Sequence[Sequence[int]], count: int) -> list[float]:
    height = [0.0] * count
    for layer in layers:
        for row, node in enumerate(layer):
            height[node] = _height(row, len(layer))
    return height


def _height(row: int, rows: int) -> float:
    """Relative height, so that short and long columns compare."""
    return (row + 0.5) / rows


def _sort_layer(
    layer: list[int],
    neighbours: Sequence[Sequence[int]],
    height: Sequence[float],
    groups: Sequence[str],
) -> None:
    """Groups by their own middle first, then nodes within their group, ties by key."""
    middle = {node: _middle(node, neighbours[node], height) for node in layer}
    members: dict[str, list[float]] = {}
    for node in layer:
        members.setdefault(groups[node], []).append(middle[node])
    group_middle = {group: sum(inside) / len(inside) for group, inside in members.items()}
    layer.sort(key=lambda node: (group_middle[groups[node]], groups[node], middle[node], node))


def _middle(node: int, neighbours: Sequence[int], height: Sequence[float]) -> float:
    if not neighbours:
        return height[node]
    return sum(height[near] for near in neighbours) / len(neighbours)
