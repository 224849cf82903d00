"""The lineage graph in memory: what lies downstream and upstream, feedback loops, an order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Literal

from lineage.graph.components import components
from lineage.graph.engine import Adjacency, EngineName, adjacency


@dataclass(frozen=True, slots=True)
class Reach:
    """The nodes reached, nearest first and by id within one distance, without the start itself.

    `depth` maps every reached node, and the start at 0, to its shortest distance. When `complete`
    is false, `reason` names the limit that cut the answer and `nodes` is a lower bound.
    """

    nodes: Sequence[int]
    depth: Mapping[int, int]
    complete: bool
    reason: Literal["", "nodes", "depth"] = ""


class Graph:
    """Immutable; ids are integers of any size. Duplicate edges and self loops are allowed.

    Build 1 M edges once per graph version and ask many times: numpy answers a full impact over
    100 k nodes in milliseconds, plain Python gives the same answers more slowly.
    """

    def __init__(self, forward: Adjacency, backward: Adjacency) -> None:
        self._forward = forward
        self._backward = backward

    @classmethod
    def from_edges(
        cls,
        src: Sequence[int],
        dst: Sequence[int],
        nodes: Iterable[int] = (),
        *,
        engine: EngineName = "auto",
    ) -> Graph:
        """Edges in the direction of the flow; `nodes` adds some without edges.

        Raises ValueError when the two sequences differ in length.
        """
        if len(src) != len(dst):
            raise ValueError(f"{len(src)} sources for {len(dst)} destinations")
        forward, backward = adjacency(src, dst, nodes, engine)
        return cls(forward, backward)

    def __len__(self) -> int:
        return len(self._forward.ids)

    def __contains__(self, node: int) -> bool:
        return self._forward.place(node) is not None

    def downstream(self, node: int, depth: int | None = None, limit: int | None = None) -> Reach:
        """What is fed by the node. Raises KeyError for a node that is not in the graph."""
        return _reach(self._forward, node, depth, limit)

    def upstream(self, node: int, depth: int | None = None, limit: int | None = None) -> Reach:
        """What feeds the node. Raises KeyError for a node that is not in the graph."""
        return _reach(self._backward, node, depth, limit)

    def cycles(self) -> list[list[int]]:
        """Feedback loops: strongly connected nodes, and self loops; each sorted, smallest first."""
        loops = [
            members
            for members in self.order
            if len(members) > 1 or self._forward.has_self_loop(members[0])
        ]
        return sorted(loops)

    @cached_property
    def order(self) -> list[list[int]]:
        """Every node once, feedback loops together, so that flow only goes to later places."""
        ids = self._forward.ids
        found = components(self._forward.neighbour_lists())
        return [sorted(ids[place] for place in members) for members in reversed(found)]


def _reach(along: Adjacency, node: int, depth: int | None, limit: int | None) -> Reach:
    if (depth is not None and depth < 0) or (limit is not None and limit < 0):
        raise ValueError("depth and limit are never negative")
    start = along.place(node)
    if start is None:
        raise KeyError(node)
    levels, reason = along.levels(start, depth, limit)
    distances = {node: 0}
    for distance, level in enumerate(levels, start=1):
        distances.update(dict.fromkeys(level, distance))
    return Reach(list(chain.from_iterable(levels)), distances, reason == "", reason)
