"""The small drawings: what is not measured is never drawn as a value, and nothing leaves its frame."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesh.kernel import drawings

amounts = st.floats(min_value=0, max_value=1e9)


@given(amounts, amounts, st.none() | st.floats(min_value=0.001, max_value=1e9))
def test_a_band_stays_inside_its_track(first: float, second: float, limit: float | None) -> None:
    band = drawings.gauge_band(min(first, second), max(first, second), limit)
    assert band.known
    assert band.x >= 0
    assert band.width >= 2.9  # 3 px, whatever rounding does to both ends
    assert band.x + band.width <= drawings.GAUGE_WIDTH + 0.1


def test_the_limit_is_always_at_the_same_place() -> None:
    assert drawings.gauge_band(300, 300, 300).x == drawings.LIMIT_AT
    assert drawings.gauge_band(5, 5, 5).x == drawings.LIMIT_AT


@pytest.mark.parametrize("absent", [None, "", "unknown"])
def test_a_value_that_was_not_measured_has_no_band(absent: object) -> None:
    band = drawings.gauge_band(absent, absent, 300)
    assert not band.known
    assert band.has_limit


def test_one_known_end_is_drawn_as_a_mark() -> None:
    assert drawings.gauge_band(None, 150, 300) == drawings.gauge_band(150, 150, 300)


def test_cells_say_how_bad_by_height_and_anything_strange_is_not_measured() -> None:
    cells = drawings.strip_cells(["pass", "warn", "fail", "gibberish", "none"])
    assert [cell.height for cell in cells] == [4, 9, 16, 10, 1]
    assert [cell.hatched for cell in cells] == [False, False, False, True, False]


def test_days_that_look_alike_are_one_path_and_unmeasured_ones_keep_a_base_line() -> None:
    marks = drawings.strip_marks(["pass", "fail", "pass", "what"])
    assert [(mark.css, mark.hatched, mark.path) for mark in marks] == [
        ("cell-pass", False, "M0 14h6v4h-6zM16 14h6v4h-6z"),
        ("cell-fail", False, "M8 2h6v16h-6z"),
        ("cell-unknown", True, "M24 8h6v10h-6z"),
        ("cell-unknown", False, "M24 17h6v1h-6z"),
    ]
    assert len(drawings.strip_marks(["pass", "warn", "fail", "what", "none"] * 60)) == 6


def test_a_strip_in_words_counts_every_day() -> None:
    assert (
        drawings.strip_sentence(["pass", "pass", "fail", "what"])
        == "4 days: 2 kept, 1 broken, 1 not measured"
    )
    assert drawings.strip_sentence([]) == "no days judged yet"
    assert drawings.strip_sentence(["pass"], "looks") == "1 looks: 1 kept"


def test_a_sparkline_breaks_where_a_value_is_missing() -> None:
    line = drawings.sparkline([1, 2, None, 3])
    assert line.path.count("M") == 2
    assert line.sentence == "least 1, most 3, last 3; 1 not measured"


def test_a_sparkline_of_nothing_draws_nothing() -> None:
    assert drawings.sparkline([None, None]).path == ""
    assert drawings.sparkline([5]).path == "M1.0 17.0"


@dataclass(frozen=True)
class Node:
    id: str
    name: str
    x: int
    y: int
    kind: str = "product"
    href: str = "/products/x"


def test_a_graph_starts_at_its_margin_whatever_its_grid_is() -> None:
    graph = drawings.graph_shape(
        [Node("a", "a", -3, -2), Node("b", "b", -2, 0)], [{"source": "a", "target": "b"}]
    )
    assert (graph.nodes[0].x, graph.nodes[0].y) == (drawings.MARGIN, drawings.MARGIN)
    assert graph.nodes[1].x == drawings.MARGIN + drawings.COLUMN_WIDTH
    assert graph.width == graph.nodes[1].x + drawings.CARD_WIDTH + drawings.MARGIN
    assert len(graph.edges) == 1


def test_an_edge_to_a_node_that_is_not_drawn_is_left_out() -> None:
    assert (
        drawings.graph_shape([Node("a", "a", 0, 0)], [{"source": "a", "target": "gone"}]).edges
        == []
    )
    assert drawings.graph_shape([], []).nodes == []


def test_a_restricted_node_never_links_and_a_long_name_is_whole_in_words() -> None:
    hidden = drawings.graph_shape([Node("a", "Restricted", 0, 0, kind="restricted")], []).nodes[0]
    assert hidden.href == ""
    long_name = "a" * 249
    node = drawings.graph_shape([Node("a", long_name, 0, 0)], []).nodes[0]
    assert len(node.name) <= drawings.NAME_LETTERS + 3
    assert long_name in node.spoken


def test_domains_of_the_retailer_have_different_colours() -> None:
    domains = ["commerce", "fulfilment", "customer", "finance", "risk"]
    assert len({drawings.series_of(domain) for domain in domains}) == len(domains)
    assert all(1 <= drawings.series_of(str(number)) <= drawings.SERIES for number in range(50))
