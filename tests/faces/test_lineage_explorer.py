"""The lineage explorer: what it draws, lists and exports, for whom, and at what cost."""

# ruff: noqa: F811  (fixtures are taken by their name)
from __future__ import annotations

import csv
import re
from datetime import datetime
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from lineage.explorer.excerpt import FITS_PX, excerpt
from lineage.models import Edge, Node
from mesh.audit.principal import Principal
from mesh.people.actions import set_look
from streams.models import Topic
from tests.factories import lineage, streams
from tests.once import people, rows_of_module, teams  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def built(teams: dict[str, Any]) -> int:
    """payments feeds orders; orders feeds shipments and an export; shipments feeds estimates."""
    orders_team, risk = teams["orders"], teams["risk"]
    lineage.product("payments", team=risk)
    orders = lineage.product("orders", inputs=(lineage.reads("payments"),), team=orders_team)
    shipments = lineage.product(
        "shipments", inputs=(lineage.reads("orders", "shipments-job"),), team=risk
    )
    lineage.product("estimates", inputs=(lineage.reads("shipments"),), team=risk)
    lineage.moved(streams.group("shipments-job"), orders)
    lineage.moved(streams.group("nightly-export"), orders)
    lineage.moved(streams.group("wall-board"), shipments)
    return orders.pk


@pytest.fixture
def mesh(built: int, db: None) -> Topic:
    """The built mesh by its topic of orders."""
    return Topic.objects.select_related("cluster").get(pk=built)


@pytest.fixture
def reader(sign_in: Any, people: dict[str, Principal]) -> Client:
    """Somebody of no team."""
    client: Client = sign_in(people["reader"])
    return client


def shown(client: Client, query: str, status: int = 200) -> str:
    answer = client.get(f"/lineage{query}")
    assert answer.status_code == status, answer.content[:300]
    return answer.content.decode()


def drawn(page: str) -> list[str]:
    """Spoken labels of the nodes, in reading order."""
    return re.findall(r'data-node="[^"]*"[^>]* aria-label="([^"]*)"', page)


def names(page: str) -> list[str]:
    return [label.split(",")[0] for label in drawn(page)]


def listed(page: str) -> list[tuple[str, str, int]]:
    """Direction, name and steps of the rows of the table."""
    rows = re.findall(r"<tr>(.*?)</tr>", page.replace("<wbr>", ""), re.S)
    found = []
    for row in rows:
        cells = [re.sub(r"<[^>]+>", " ", cell).split() for cell in re.findall(
            r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)]  # fmt: skip
        if len(cells) > 3 and cells[1] in (["upstream"], ["downstream"]):
            found.append((cells[1][0], cells[0][0], int(cells[2][0])))
    return found


def panel(page: str) -> str:
    return page[page.index('id="lineage-panel"') :]


def test_one_step_each_way_is_drawn_and_the_rest_counted(mesh: Topic, reader: Client) -> None:
    page = shown(reader, "?focus=orders")
    assert names(page) == ["payments", "orders", "nightly-export", "shipments"]
    assert "Showing 4 of 6 nodes." in page
    assert 'href="/lineage?focus=orders&amp;view=table&amp;all=1"' in page
    assert "orders, product, 1 upstream, 2 downstream, in focus" in drawn(page)


def test_its_moment_is_said_in_the_zone_of_the_viewer(
    mesh: Topic, reader: Client, people: dict[str, Principal]
) -> None:
    set_look(by=people["reader"], zone="Asia/Tokyo")
    moment = re.search(
        r'<time datetime="([^"]*)"[^>]*>([0-9:]{8}) ([^<]*)</time>', shown(reader, "")
    )
    assert moment is not None
    there = datetime.fromisoformat(moment[1]).astimezone(ZoneInfo("Asia/Tokyo"))
    assert (moment[2], moment[3]) == (f"{there:%H:%M:%S}", "Asia/Tokyo")


def test_products_are_links_to_their_pages_and_programs_to_their_panel(
    mesh: Topic, reader: Client
) -> None:
    page = shown(reader, "?focus=orders")
    assert 'href="/products/shipments" data-node=' in page
    export = lineage.node(label="nightly-export")
    assert f'data-node="{export.public_id}"' in page


def test_more_steps_draw_more_and_none_draws_the_focus_alone(mesh: Topic, reader: Client) -> None:
    assert set(names(shown(reader, "?focus=orders&down=2"))[-2:]) == {"estimates", "wall-board"}
    assert names(shown(reader, "?focus=orders&up=0&down=0")) == ["orders"]


@pytest.mark.parametrize("steps", ["-1", "6", "١"])
def test_steps_that_are_no_steps_count_as_one(steps: str, mesh: Topic, reader: Client) -> None:
    assert len(names(shown(reader, f"?focus=orders&up={steps}&down={steps}"))) == 4


@pytest.mark.parametrize("query", ["&down=5", "&show=strong", "&kind=application"])
def test_the_table_lists_what_the_graph_draws(query: str, mesh: Topic, reader: Client) -> None:
    graph = names(shown(reader, f"?focus=orders{query}"))
    rows = listed(shown(reader, f"?focus=orders{query}&view=table"))
    assert {name for _, name, _ in rows} | {"orders"} == set(graph)
    order = [graph.index(name) for side, name, steps in rows if (side, steps) == ("downstream", 1)]
    assert order == sorted(order)


def test_the_table_of_all_goes_every_step(mesh: Topic, reader: Client) -> None:
    rows = listed(shown(reader, "?focus=payments&view=table&all=1"))
    assert ("downstream", "estimates", 3) in rows
    assert len(rows) == 5


@pytest.mark.parametrize("sort", ["-name", "team", "-state", "seen"])
def test_the_table_sorts_without_losing_a_row(sort: str, mesh: Topic, reader: Client) -> None:
    usual = listed(shown(reader, "?focus=orders&view=table&all=1"))
    rows = listed(shown(reader, f"?focus=orders&view=table&all=1&sort={sort}"))
    assert sorted(rows) == sorted(usual)
    found = [name for _, name, _ in rows]
    if sort.endswith("name"):
        assert found == sorted(found, reverse=True)


def test_the_tab_of_a_product_draws_and_lists_each_line_once(
    mesh: Topic, people: dict[str, Principal]
) -> None:
    found = excerpt(people["reader"], "orders")
    drawn_names = [node.card.name for node in found.drawing.nodes]
    assert drawn_names[:2] == ["payments", "orders"]
    assert {row.name for row in found.rows} | {"orders"} == set(drawn_names)
    assert len({(row.name, row.next_to) for row in found.rows}) == len(found.rows) == 5
    assert (found.steps, found.href) == (3, "/lineage?focus=orders&up=3&down=3")


def test_a_wide_tab_takes_fewer_steps_and_says_what_is_left_out(
    mesh: Topic, teams: dict[str, Any], people: dict[str, Principal]
) -> None:
    for name, source in (("forecasts", "estimates"), ("board", "forecasts"), ("minutes", "board")):
        lineage.product(name, inputs=(lineage.reads(source),), team=teams["risk"])
    found = excerpt(people["reader"], "estimates")
    assert found.steps == 2
    assert found.drawing.width <= FITS_PX and found.is_shrunk
    assert found.notes[0].text == "Showing 5 of 7 nodes."


def test_csv_holds_the_full_set_whatever_is_filtered(mesh: Topic, reader: Client) -> None:
    answer = reader.get("/lineage/table.csv?focus=orders&down=0&up=0&kind=topic&q=zzz")
    assert answer["Content-Disposition"] == 'attachment; filename="lineage-orders.csv"'
    rows = list(csv.DictReader(StringIO(answer.content.decode())))
    assert [(row["direction"], row["steps"], row["name"]) for row in rows] == [
        ("upstream", "1", "payments"), ("downstream", "1", "nightly-export"),
        ("downstream", "1", "shipments"), ("downstream", "2", "estimates"),
        ("downstream", "2", "wall-board"),
    ]  # fmt: skip
    assert {row["strength"] for row in rows} == {"strong", "declared"}


def test_a_name_that_a_spreadsheet_would_run_is_made_harmless(mesh: Topic, reader: Client) -> None:
    lineage.moved(streams.group("=cmd|x"), mesh)
    text = reader.get("/lineage/table.csv?focus=orders").content.decode()
    assert "'=cmd|x" in text and ",=cmd|x" not in text


def test_a_line_says_why_it_is_drawn(mesh: Topic, reader: Client) -> None:
    page = shown(reader, "?focus=orders")
    target = lineage.product_id("shipments")
    href = next(
        link for link in re.findall(r'data-panel="([^"]*edge=[^"]*)"', page) if target in link
    )
    side = panel(shown(reader, href.removeprefix("/lineage").replace("&amp;", "&")))
    assert "orders to shipments" in re.sub(r"<[^>]+>", "", side)
    assert "Commits moved" in side and "consumer offsets" in side and "strong" in side
    assert "Declared by" in side


def test_a_node_says_how_it_hangs_on_the_focus_and_who_follows(mesh: Topic, reader: Client) -> None:
    side = panel(shown(reader, f"?focus=orders&node={lineage.product_id('shipments')}"))
    assert 'href="/products/shipments"' in side
    assert "Commits moved" in side
    assert "If shipments stops" in side
    assert 'href="/lineage?focus=shipments"' in side


@pytest.mark.parametrize("query", ["&node=gone", "&edge=a..b", "&node=restricted-1", "&edge=%00"])
def test_what_is_not_there_is_said(query: str, mesh: Topic, reader: Client) -> None:
    page = shown(reader, f"?focus=orders{query}")
    assert ("is not here" in panel(page)) == (query != "&edge=%00")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?focus=nothing", 404),
        ("?focus=0198aaaa-0000-7000-8000-000000000000", 404),
        ("?focus=%00", 200),
        ("?focus=" + "x" * 300, 404),
        ("?focus=orders&view=nonsense&kind=?&domain=none&show=loud&sort=colour", 200),
    ],
)
def test_bad_addresses(query: str, status: int, mesh: Topic, reader: Client) -> None:
    assert reader.get(f"/lineage{query}").status_code == status


def test_strengths_are_switched_and_still_counted(mesh: Topic, reader: Client) -> None:
    page = shown(reader, "?focus=orders&show=declared")
    assert names(page) == ["payments", "orders"]
    strong = re.search(r'value="strong">.*?<span class="count">(\d+)', page, re.S)
    assert strong is not None and strong.group(1) == "2"


def test_what_lies_on_the_way_to_a_match_stays(mesh: Topic, reader: Client) -> None:
    page = shown(reader, "?focus=orders&down=2&kind=application")
    assert set(names(page)) == {"orders", "shipments", "nightly-export", "wall-board"}
    assert "2 match." in page and "Clear filters" in page


def test_the_search_finds_also_what_is_not_drawn(mesh: Topic, reader: Client) -> None:
    page = shown(reader, "?focus=orders&q=EST")
    assert "further away or filtered out" in page
    assert "data-found" in shown(reader, "?focus=orders&q=ship")
    assert "called “zzz”" in shown(reader, "?focus=orders&q=zzz")


def test_a_restricted_neighbour_shows_nothing_of_itself(
    mesh: Topic, reader: Client, teams: dict[str, Any], sign_in: Any, people: dict[str, Principal]
) -> None:
    lineage.product(
        "secret-scores", inputs=(lineage.reads("orders", "scorer-job"),), team=teams["risk"],
        visibility="restricted",
    )  # fmt: skip
    lineage.moved(streams.group("scorer-job"), mesh)
    key, place = lineage.product_id("secret-scores"), "?focus=orders&node=restricted-1"
    for query in (
        "?focus=orders",
        place,
        "?focus=orders&view=table",
        "?view=mesh",
        "?view=domains",
    ):
        page = shown(reader, query)
        assert "secret" not in page and key not in page and "scorer" not in page
    text = reader.get("/lineage/table.csv?focus=orders").content.decode()
    assert "Restricted consumer" in text and "not shown" in text
    assert "secret" not in text and "scorer" not in text
    assert reader.get("/lineage?focus=secret-scores").status_code == 404
    assert 'role="img"' in shown(reader, "?focus=orders")
    assert "secret-scores" in shown(sign_in(people["consumer"]), "?focus=orders")


def test_a_crowd_is_folded_in_the_drawing_and_whole_in_the_table(
    mesh: Topic, reader: Client
) -> None:
    for number in range(40):
        lineage.moved(streams.group(f"crowd-{number:02}"), mesh)
    page = shown(reader, "?focus=orders")
    assert any(label.startswith("30 more nodes") for label in drawn(page))
    rows = listed(shown(reader, "?focus=orders&view=table"))
    assert sum(name.startswith("crowd-") for _, name, _ in rows) == 40


def test_unplaced_names_are_counted(mesh: Topic, reader: Client) -> None:
    export = lineage.node(label="nightly-export")
    loose = Node.objects.create(kind="dataset", key="kafka://who:9092/x", label="x", resolved=False)
    now = export.created_at
    Edge.objects.create(
        src=export, dst=loose, kind="writes", observed=0.9, first_seen=now, last_seen=now
    )
    assert "1 datasets of its programs belong to no known cluster" in shown(reader, "?focus=orders")


def test_a_silent_cluster_is_named(mesh: Topic, reader: Client) -> None:
    mesh.cluster.state = "unreachable"
    mesh.cluster.save()
    assert f"Cluster {mesh.cluster.name} has not answered since" in shown(reader, "?focus=orders")


def test_a_program_leads_to_the_product_it_reads(mesh: Topic, reader: Client) -> None:
    export = lineage.node(label="nightly-export")
    answer = reader.get(f"/lineage?focus={export.public_id}")
    assert answer.status_code == 302
    assert answer["Location"] == f"/lineage?focus=orders&node={export.public_id}"


def test_words_find_a_product_for_the_middle(mesh: Topic, reader: Client) -> None:
    assert reader.get("/lineage?find=Ship")["Location"] == "/lineage?focus=shipments"
    assert 'href="/lineage?focus=estimates"' in shown(reader, "?find=e")
    assert "No product is called like that." in shown(reader, "?find=zzz")


def test_the_whole_mesh_without_a_focus(mesh: Topic, reader: Client) -> None:
    assert "Flows between domains" in shown(reader, "")
    assert set(names(shown(reader, "?view=mesh"))) == {
        "payments", "orders", "shipments", "estimates", "nightly-export", "wall-board"
    }  # fmt: skip
    assert shown(reader, "?view=table").count('<th scope="row">') == 5


def test_a_product_alone_is_drawn_alone(reader: Client, teams: dict[str, Any]) -> None:
    lineage.product("lonely", team=teams["orders"])
    page = shown(reader, "?focus=lonely")
    assert names(page) == ["lonely"]
    assert "none seen or declared" in panel(page)


def test_strangers_are_sent_to_the_door(mesh: Topic, client: Client) -> None:
    assert client.get("/lineage?focus=orders").status_code in (302, 401)
    assert client.get("/lineage/table.csv?focus=orders").status_code in (302, 401)


@pytest.mark.parametrize("view", ["neighbourhood", "table", "mesh", "domains"])
def test_more_nodes_cost_no_more_queries(
    view: str, mesh: Topic, reader: Client, teams: dict[str, Any], assert_query_count: Any
) -> None:
    def grow() -> None:
        for number in range(6):
            lineage.product(
                f"more-{number}", inputs=(lineage.reads("orders", f"more-job-{number}"),),
                team=teams["risk"],
            )  # fmt: skip
            lineage.moved(streams.group(f"more-job-{number}"), mesh)

    assert_query_count(
        f"lineage-{view}", lambda: reader.get(f"/lineage?focus=orders&view={view}"), grow
    )
