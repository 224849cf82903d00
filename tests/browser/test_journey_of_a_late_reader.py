"""Watch a reader fall behind, the incident open, the reader recover and the incident close."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.site import Site, until
from tests.browser.stream import Traffic, make_product

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def group_of(site: Site, name: str) -> dict[str, Any]:
    """The group's row, once a sweep has seen it."""

    def look() -> dict[str, Any] | None:
        rows = site.as_program("reader").ask("GET", f"/api/v1/consumer-groups?group_id={name}")[
            "items"
        ]
        return next((row for row in rows if row["group_id"] == name), None)

    return until(look, 45, f"a sweep to see the group {name}")


def incident_of(site: Site, slug: str, state: str) -> dict[str, Any]:
    """The product's incident in that state."""

    def look() -> dict[str, Any] | None:
        path = f"/api/v1/incidents?product={slug}&state={state}"
        rows = site.as_program("reader").ask("GET", path)["items"]
        return rows[0] if rows else None

    return until(look, 75, f"an incident of {slug} to be {state}")


def told(visit: Visit, path: str, words: str) -> bool | None:
    """Whether the page tells it by now; a page shows the moment it was asked."""
    return True if words in visit.go(path).get_by_role("main").inner_text() else None


def test_a_late_reader_opens_an_incident_and_a_recovered_one_closes_it(
    visit: Callable[..., Visit], site: Site
) -> None:
    mark = uuid.uuid4().hex[:6]
    slug, topic, group = f"parcels-{mark}", f"commerce.parcels.m{mark}", f"parcel-tracker-{mark}"
    make_product(site, slug, topic, group)
    watcher = visit("reader")
    with Traffic(site, topic, group) as traffic:
        page_of_group = f"/consumer-groups/{group_of(site, group)['id']}"
        page = watcher.go(page_of_group)
        expect(page.locator("h1")).to_contain_text(group)
        until(
            lambda: told(watcher, f"/streams?q={group}", group), 45, "the list to show the reader"
        )

        traffic.reads.clear()
        opened = incident_of(site, slug, "open")
        page = watcher.go(f"/incidents/{opened['number']}")
        expect(page.get_by_role("main")).to_contain_text(group)
        expect(page.get_by_role("main")).to_contain_text("Open")
        until(lambda: told(watcher, "/promises", slug), 30, "the board to show the promise")
        row = page.get_by_role("row").filter(has_text=slug)
        expect(row.first).to_be_visible()
        page = watcher.go(page_of_group)
        expect(page.get_by_role("main")).to_contain_text("Later than promised")

        traffic.reads.set()
        closed = incident_of(site, slug, "resolved")
        assert closed["number"] == opened["number"]
        page = watcher.go(f"/incidents/{opened['number']}")
        expect(page.get_by_role("main")).to_contain_text("esolved")
        assert traffic.troubles == []
        assert len(traffic.read) == len(set(traffic.read)) > 0
