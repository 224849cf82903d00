"""Reach, loops and order on graphs of any shape, the same by both engines."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.graph.engine import EngineName
from lineage.graph.graph import Graph, Reach

ENGINES: tuple[EngineName, ...] = ("numpy", "python")
NODES = st.integers(0, 14) | st.sampled_from([-7, 2**40])
Edges = list[tuple[int, int]]
EDGES = st.lists(st.tuples(NODES, NODES), max_size=40)


def graph(edges: Edges, engine: EngineName = "numpy", nodes: Iterable[int] = ()) -> Graph:
    return Graph.from_edges(
        [src for src, _ in edges], [dst for _, dst in edges], nodes, engine=engine
    )


def naive_depths(edges: Edges, start: int) -> dict[int, int]:
    """Breadth first, written as plainly as can be."""
    depths, waiting = {start: 0}, deque([start])
    while waiting:
        node = waiting.popleft()
        for src, dst in edges:
            if src == node and dst not in depths:
                depths[dst] = depths[node] + 1
                waiting.append(dst)
    return depths


@pytest.mark.parametrize("engine", ENGINES)
def test_downstream_counts_shortest_distances_and_leaves_the_start_out(engine: EngineName) -> None:
    reach = graph([(1, 2), (2, 3), (1, 3), (3, 1), (9, 1)], engine).downstream(1)

    assert reach == Reach([2, 3], {1: 0, 2: 1, 3: 1}, True, "")


@pytest.mark.parametrize("engine", ENGINES)
def test_upstream_follows_the_flow_backwards(engine: EngineName) -> None:
    assert graph([(1, 2), (2, 3), (9, 3)], engine).upstream(3).nodes == [2, 9, 1]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_node_without_edges_reaches_nothing(engine: EngineName) -> None:
    lonely = graph([], engine, nodes=[5])

    assert lonely.downstream(5) == Reach([], {5: 0}, True, "")
    assert len(lonely) == 1
    assert 5 in lonely
    assert 6 not in lonely


@pytest.mark.parametrize("engine", ENGINES)
def test_an_unknown_node_is_refused(engine: EngineName) -> None:
    for known in (graph([(1, 2)], engine), graph([], engine)):
        with pytest.raises(KeyError):
            known.downstream(7)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_limit_is_flagged_and_cuts_the_nearest_last(engine: EngineName) -> None:
    chain = graph([(1, 2), (1, 3), (2, 4), (3, 5)], engine)

    assert chain.downstream(1, limit=3) == Reach(
        [2, 3, 4], {1: 0, 2: 1, 3: 1, 4: 2}, False, "nodes"
    )
    assert chain.downstream(1, limit=4).complete
    assert chain.downstream(1, limit=0) == Reach([], {1: 0}, False, "nodes")
    assert chain.downstream(5, limit=0).complete


@pytest.mark.parametrize("engine", ENGINES)
def test_a_depth_is_flagged_only_when_it_cut_something(engine: EngineName) -> None:
    chain = graph([(1, 2), (2, 3), (3, 1)], engine)

    assert chain.downstream(1, depth=1) == Reach([2], {1: 0, 2: 1}, False, "depth")
    assert chain.downstream(1, depth=2).complete
    assert chain.downstream(1, depth=0).reason == "depth"


@pytest.mark.parametrize("limits", [{"depth": -1}, {"limit": -1}])
def test_negative_limits_are_refused(limits: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="never negative"):
        graph([(1, 2)]).downstream(1, **limits)


def test_edges_need_both_ends() -> None:
    with pytest.raises(ValueError, match="2 sources for 1 destinations"):
        Graph.from_edges([1, 2], [3])


@pytest.mark.parametrize("engine", ENGINES)
def test_cycles_are_loops_of_several_nodes_and_of_one(engine: EngineName) -> None:
    edges = [(1, 2), (2, 3), (3, 1), (3, 4), (5, 5), (6, 7), (7, 6), (4, 6)]

    assert graph(edges, engine).cycles() == [[1, 2, 3], [5], [6, 7]]
    assert graph([(1, 2), (1, 2), (2, 3)], engine).cycles() == []


@pytest.mark.parametrize("engine", ENGINES)
def test_a_chain_of_twenty_thousand_needs_no_recursion(engine: EngineName) -> None:
    count = 20_000  # far beyond the recursion limit
    long = Graph.from_edges(range(count), range(1, count + 1), engine=engine)

    assert len(long.order) == count + 1
    assert long.order[0] == [0]


@given(EDGES, st.data())
def test_both_engines_agree_with_a_naive_search(edges: Edges, data: st.DataObject) -> None:
    nodes = sorted({node for edge in edges for node in edge}) or [0]
    start = data.draw(st.sampled_from(nodes))
    depths = naive_depths(edges, start)
    for engine in ENGINES:
        reach = graph(edges, engine, nodes).downstream(start)
        assert dict(reach.depth) == depths
        assert list(reach.nodes) == sorted(depths.keys() - {start}, key=lambda n: (depths[n], n))
        assert reach.complete


@given(EDGES, st.data(), st.integers(0, 5) | st.none(), st.integers(0, 9) | st.none())
def test_both_engines_give_the_same_answers_under_limits(
    edges: Edges, data: st.DataObject, depth: int | None, limit: int | None
) -> None:
    nodes = sorted({node for edge in edges for node in edge}) or [0]
    start = data.draw(st.sampled_from(nodes))
    by_numpy, by_python = (graph(edges, engine, nodes) for engine in ENGINES)

    assert by_numpy.downstream(start, depth, limit) == by_python.downstream(start, depth, limit)
    assert by_numpy.upstream(start, depth, limit) == by_python.upstream(start, depth, limit)
    assert by_numpy.cycles() == by_python.cycles()
    assert [set(part) for part in by_numpy.order] == [set(part) for part in by_python.order]


@given(EDGES, st.data(), st.integers(0, 5) | st.none(), st.integers(0, 9) | st.none())
def test_a_cut_answer_always_says_so(
    edges: Edges, data: st.DataObject, depth: int | None, limit: int | None
) -> None:
    nodes = sorted({node for edge in edges for node in edge}) or [0]
    start = data.draw(st.sampled_from(nodes))
    whole = graph(edges, nodes=nodes).downstream(start)
    cut = graph(edges, nodes=nodes).downstream(start, depth, limit)

    assert cut.complete == (list(cut.nodes) == list(whole.nodes))
    assert list(cut.nodes) == list(whole.nodes)[: len(cut.nodes)]
    assert limit is None or len(cut.nodes) <= limit


@given(EDGES)
def test_upstream_is_the_inverse_of_downstream(edges: Edges) -> None:
    known = graph(edges)
    nodes = {node for edge in edges for node in edge}
    for node in nodes:
        for reached in known.downstream(node).nodes:
            assert node in known.upstream(reached).depth


@given(EDGES, NODES, NODES)
def test_another_edge_never_shrinks_an_impact(edges: Edges, src: int, dst: int) -> None:
    for node in {node for edge in edges for node in edge}:
        before = set(graph(edges).downstream(node).nodes)
        assert before <= set(graph([*edges, (src, dst)]).downstream(node).nodes)


@given(EDGES)
def test_the_order_puts_every_node_once_and_flow_only_goes_on(edges: Edges) -> None:
    known = graph(edges)
    place = {node: at for at, members in enumerate(known.order) for node in members}

    assert sorted(place) == sorted({node for edge in edges for node in edge})
    loops = {frozenset(members) for members in known.cycles()}
    for src, dst in edges:
        assert place[src] < place[dst] or place[src] == place[dst]
        if place[src] == place[dst]:
            assert any({src, dst} <= loop for loop in loops)
