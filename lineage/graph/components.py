"""Strongly connected components without recursion (R. Tarjan's algorithm, 1972)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

UNVISITED = -1


@dataclass(slots=True)
class _Walk:
    """The state of one depth-first walk over all nodes."""

    neighbours: Sequence[Sequence[int]]
    number: list[int]
    lowest: list[int]
    on_stack: list[bool]
    stack: list[int] = field(default_factory=list)
    found: list[list[int]] = field(default_factory=list)
    visited: int = 0

    def enter(self, node: int) -> None:
        self.number[node] = self.lowest[node] = self.visited
        self.visited += 1
        self.stack.append(node)
        self.on_stack[node] = True

    def leave(self, node: int) -> None:
        """Close the component when the node is its root."""
        if self.lowest[node] != self.number[node]:
            return
        members: list[int] = []
        while not members or members[-1] != node:
            members.append(self.stack.pop())
            self.on_stack[members[-1]] = False
        self.found.append(members)

    def explore(self, root: int) -> None:
        """Depth first from one root; a graph may be a million nodes deep, so no recursion."""
        self.enter(root)
        path = [(root, iter(self.neighbours[root]))]
        while path:
            node, ahead = path[-1]
            for neighbour in ahead:
                if self.number[neighbour] == UNVISITED:
                    self.enter(neighbour)
                    path.append((neighbour, iter(self.neighbours[neighbour])))
                    break
                if self.on_stack[neighbour]:
                    self.lowest[node] = min(self.lowest[node], self.number[neighbour])
            else:
                path.pop()
                if path:
                    parent = path[-1][0]
                    self.lowest[parent] = min(self.lowest[parent], self.lowest[node])
                self.leave(node)


def components(neighbours: Sequence[Sequence[int]]) -> list[list[int]]:
    """Components in reverse flow order: each comes before everything that flows into it."""
    count = len(neighbours)
    walk = _Walk(neighbours, [UNVISITED] * count, [0] * count, [False] * count)
    for node in range(count):
        if walk.number[node] == UNVISITED:
            walk.explore(node)
    return walk.found
