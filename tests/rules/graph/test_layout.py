"""The same graph gives the same picture, and the flow goes from left to right."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.graph.layout import Place, layout

Drawn = tuple[dict[str, str], list[tuple[str, str]]]
KEYS = st.sampled_from([f"n{number}" for number in range(12)])
GRAPHS = st.dictionaries(KEYS, st.sampled_from(["shop", "money", "stock"]), min_size=1).flatmap(
    lambda nodes: st.tuples(
        st.just(nodes),
        st.lists(
            st.tuples(st.sampled_from(sorted(nodes)), st.sampled_from(sorted(nodes))), max_size=30
        ),
    )
)


def test_a_chain_is_a_line() -> None:
    drawn = layout({"a": "", "b": "", "c": ""}, [("a", "b"), ("b", "c")])

    assert drawn.places == {"a": Place(0, 0), "b": Place(1, 0), "c": Place(2, 0)}
    assert (drawn.columns, drawn.rows) == (3, 1)


def test_the_longest_path_sets_the_column() -> None:
    drawn = layout({"a": "", "b": "", "c": ""}, [("a", "b"), ("b", "c"), ("a", "c")])

    assert drawn.places["c"].x == 2


def test_a_feedback_loop_shares_a_column() -> None:
    drawn = layout(dict.fromkeys("abcd", ""), [("a", "b"), ("b", "c"), ("c", "b"), ("c", "d")])

    assert [drawn.places[key].x for key in "abcd"] == [0, 1, 1, 2]


def test_parallel_chains_do_not_cross() -> None:
    edges = [("a1", "b2"), ("a2", "b1"), ("b1", "c1"), ("b2", "c2")]
    drawn = layout(dict.fromkeys(["a1", "a2", "b1", "b2", "c1", "c2"], ""), edges)
    rows = {key: place.y for key, place in drawn.places.items()}

    assert rows["a1"] == rows["b2"] == rows["c2"]
    assert rows["a2"] == rows["b1"] == rows["c1"]


def test_nothing_is_drawn_for_nothing() -> None:
    drawn = layout({}, [])

    assert (dict(drawn.places), drawn.columns, drawn.rows) == ({}, 0, 0)


def test_an_edge_to_an_unknown_node_is_refused() -> None:
    with pytest.raises(KeyError):
        layout({"a": ""}, [("a", "b")])


@given(GRAPHS, st.randoms())
def test_the_order_of_input_never_changes_the_picture(graph: Drawn, shuffler: Random) -> None:
    nodes, edges = graph
    shuffled_nodes, shuffled_edges = list(nodes.items()), edges[:]
    shuffler.shuffle(shuffled_nodes)
    shuffler.shuffle(shuffled_edges)

    assert layout(nodes, edges) == layout(dict(shuffled_nodes), shuffled_edges)


@given(GRAPHS)
def test_every_node_has_a_place_of_its_own_and_groups_stay_together(graph: Drawn) -> None:
    nodes, edges = graph
    drawn = layout(nodes, edges)

    assert drawn.places.keys() == nodes.keys()
    assert len(set(drawn.places.values())) == len(nodes)
    for column in range(drawn.columns):
        inside = sorted(
            (place.y, nodes[key]) for key, place in drawn.places.items() if place.x == column
        )
        assert [row for row, _ in inside] == list(range(len(inside)))
        runs = [
            group for at, (_, group) in enumerate(inside) if at == 0 or inside[at - 1][1] != group
        ]
        assert len(runs) == len(set(runs))


@given(GRAPHS)
def test_edges_never_point_left(graph: Drawn) -> None:
    nodes, edges = graph
    places = layout(nodes, edges).places

    assert all(places[src].x <= places[dst].x for src, dst in edges)
