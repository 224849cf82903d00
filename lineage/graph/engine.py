"""Two engines under one graph: compressed rows in numpy, and plain lists with the same answers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Places = NDArray[numpy.int64]

EngineName = Literal["auto", "numpy", "python"]
Cut = Literal["", "nodes", "depth"]


class Adjacency(Protocol):
    """Neighbours in one direction, by place in the sorted ids."""

    @property
    def ids(self) -> Sequence[int]: ...

    def place(self, node: int) -> int | None: ...

    def has_self_loop(self, node: int) -> bool: ...

    def neighbour_lists(self) -> list[list[int]]: ...

    def levels(
        self, start: int, depth: int | None, limit: int | None
    ) -> tuple[list[list[int]], Cut]:
        """Breadth first: ids per distance from 1 on, each sorted, and what cut the search."""
        ...


def adjacency(
    src: Sequence[int], dst: Sequence[int], nodes: Iterable[int], engine: EngineName
) -> tuple[Adjacency, Adjacency]:
    """The graph forwards and backwards, by numpy where it is installed."""
    if engine == "numpy" or (engine == "auto" and find_spec("numpy") is not None):
        return _rows(src, dst, nodes)
    return _lists(src, dst, nodes)


# -- plain Python ---------------------------------------------------------------------------------


class Lists:
    """Neighbour lists; 1 M edges take about a second to build."""

    def __init__(self, ids: list[int], neighbours: list[list[int]]) -> None:
        self.ids = ids
        self._neighbours = neighbours

    def place(self, node: int) -> int | None:
        return _place(self.ids, node)

    def has_self_loop(self, node: int) -> bool:
        place = self.place(node)
        return place is not None and place in self._neighbours[place]

    def neighbour_lists(self) -> list[list[int]]:
        return self._neighbours

    def levels(
        self, start: int, depth: int | None, limit: int | None
    ) -> tuple[list[list[int]], Cut]:
        seen, frontier, left = {start}, [start], limit
        found: list[list[int]] = []
        while True:
            reached = {place for near in frontier for place in self._neighbours[near]} - seen
            if not reached:
                return found, ""
            if depth is not None and len(found) >= depth:
                return found, "depth"
            level = sorted(reached)
            if left is not None and len(level) > left:
                return _cut(found, [self.ids[place] for place in level[:left]])
            seen |= reached
            left = None if left is None else left - len(level)
            found.append([self.ids[place] for place in level])
            frontier = level


def _lists(src: Sequence[int], dst: Sequence[int], nodes: Iterable[int]) -> tuple[Lists, Lists]:
    sources, destinations = [int(node) for node in src], [int(node) for node in dst]
    ids = sorted({*sources, *destinations, *(int(node) for node in nodes)})
    places = {node: place for place, node in enumerate(ids)}
    forward: list[list[int]] = [[] for _ in ids]
    backward: list[list[int]] = [[] for _ in ids]
    for source, destination in zip(sources, destinations, strict=True):
        forward[places[source]].append(places[destination])
        backward[places[destination]].append(places[source])
    return Lists(ids, forward), Lists(ids, backward)


# -- numpy ----------------------------------------------------------------------------------------


class Rows:
    """Compressed rows: the neighbours of place i are `targets[offsets[i]:offsets[i + 1]]`."""

    def __init__(self, ids: Places, offsets: Places, targets: Places) -> None:
        self._ids = ids
        self._offsets = offsets
        self._targets = targets

    @property
    def ids(self) -> Sequence[int]:
        listed: list[int] = self._ids.tolist()
        return listed

    def place(self, node: int) -> int | None:
        place = int(self._ids.searchsorted(node))
        return place if place < len(self._ids) and self._ids[place] == node else None

    def has_self_loop(self, node: int) -> bool:
        place = self.place(node)
        if place is None:
            return False
        row = self._targets[self._offsets[place] : self._offsets[place + 1]]
        return bool((row == place).any())

    def neighbour_lists(self) -> list[list[int]]:
        targets, offsets = self._targets.tolist(), self._offsets.tolist()
        return [targets[offsets[place] : offsets[place + 1]] for place in range(len(self._ids))]

    def levels(
        self, start: int, depth: int | None, limit: int | None
    ) -> tuple[list[list[int]], Cut]:
        import numpy as np

        seen = np.zeros(len(self._ids), dtype=bool)
        seen[start] = True
        frontier, left = np.array([start], dtype=np.int64), limit
        found: list[list[int]] = []
        while True:
            level = self._next_level(frontier, seen)
            if not len(level):
                return found, ""
            if depth is not None and len(found) >= depth:
                return found, "depth"
            if left is not None and len(level) > left:
                return _cut(found, self._ids[level[:left]].tolist())
            seen[level] = True
            left = None if left is None else left - len(level)
            found.append(self._ids[level].tolist())
            frontier = level

    def _next_level(self, frontier: Places, seen: NDArray[numpy.bool_]) -> Places:
        """Unseen neighbours of the frontier, once each and sorted."""
        import numpy as np

        first, counts = self._offsets[frontier], np.diff(self._offsets)[frontier]
        total = int(counts.sum())
        if not total:
            return np.empty(0, dtype=np.int64)
        before = np.cumsum(counts) - counts
        targets = self._targets[np.arange(total) + np.repeat(first - before, counts)]
        fresh = np.zeros(len(seen), dtype=bool)
        fresh[targets] = True
        fresh &= ~seen
        return np.flatnonzero(fresh)


def _rows(src: Sequence[int], dst: Sequence[int], nodes: Iterable[int]) -> tuple[Rows, Rows]:
    import numpy as np

    sources = np.asarray(src, dtype=np.int64)
    destinations = np.asarray(dst, dtype=np.int64)
    extra = np.fromiter((int(node) for node in nodes), dtype=np.int64)
    ids, places = np.unique(np.concatenate((sources, destinations, extra)), return_inverse=True)
    places = places.reshape(-1).astype(np.int64)
    start, end = places[: len(sources)], places[len(sources) : 2 * len(sources)]
    return _row(ids, start, end), _row(ids, end, start)


def _row(ids: Places, start: Places, end: Places) -> Rows:
    import numpy as np

    offsets = np.zeros(len(ids) + 1, dtype=np.int64)
    np.cumsum(np.bincount(start, minlength=len(ids)), out=offsets[1:])
    return Rows(ids, offsets, end[np.argsort(start, kind="stable")])


# -- both -----------------------------------------------------------------------------------------


def _place(ids: Sequence[int], node: int) -> int | None:
    place = bisect_left(ids, node)
    return place if place < len(ids) and ids[place] == node else None


def _cut(found: list[list[int]], last: list[int]) -> tuple[list[list[int]], Cut]:
    return ([*found, last] if last else found), "nodes"
