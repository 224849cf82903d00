"""Register a product, have it approved by somebody else, see it live: as three people do it."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.site import Site, until
from tests.browser.stream import SCHEMA, Traffic

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SLOW_MS = 60_000
TEXT = "Every parcel that moved between two places of the network, one record for each move."
BROKEN = '{"type": "record", "name": "ParcelMoved",\n "fields": [\n  {"name": "parcel_id"}\n ]}'


@dataclass(frozen=True, slots=True)
class Wish:
    """What the owner registers."""

    slug: str
    topic: str

    @property
    def group(self) -> str:
        return f"{self.slug}-reader"


@pytest.fixture
def wish() -> Wish:
    mark = uuid.uuid4().hex[:6]
    return Wish(f"moves-{mark}", f"commerce.moves.m{mark}")


def onward(page: Page, step: str) -> None:
    """Press the main button and arrive at the step of that name."""
    page.get_by_role("button", name="Go on to").click()
    page.wait_for_url(re.compile(rf"/products/drafts/[0-9a-f-]+/{step}$"))


def fill_product(page: Page, wish: Wish) -> None:
    page.get_by_label("Name", exact=True).fill(wish.slug)
    page.get_by_label("Short name").fill(wish.slug)
    page.get_by_label("What it is for").fill(TEXT)
    page.get_by_label("Use it for").fill(TEXT)
    page.get_by_label("Limits").fill(TEXT)
    page.get_by_label("Team", exact=True).select_option("orders-team")
    page.get_by_label("Domain", exact=True).select_option("commerce")
    page.get_by_label("Tier").select_option("bronze")


def fill_topic(page: Page, wish: Wish) -> None:
    page.get_by_label("new", exact=False).first.check()
    page.locator("[name=cluster]").select_option("demo")
    page.locator("[name=topic]").fill(wish.topic)
    page.locator("[name=partitions]").fill("2")
    page.locator("[name=replication_factor]").fill("1")
    page.locator("[name=retention]").fill("1")
    page.locator("[name=port]").fill("moves")


def promise(page: Page, title: str) -> Locator:
    """The part of the form that is about one promise."""
    return page.get_by_role("group", name=title, exact=True).first


def sent_in(page: Page, wish: Wish) -> str:
    """Walk through the steps as the owner, with a mistake in two of them; the request's address."""
    page.goto("/products/new")
    page.get_by_role("button", name="Go on to").click()
    expect(page.get_by_role("alert")).to_contain_text("Please correct")
    fill_product(page, wish)
    onward(page, "topic")
    fill_topic(page, wish)
    onward(page, "schema")
    area = page.locator("textarea[name=value_schema_0]")
    area.fill(BROKEN)
    verdict = page.locator(f"#{area.get_attribute('id')}-verdict")
    expect(verdict).to_contain_text("Line 3")
    page.get_by_role("button", name="Go on to").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(area).to_have_value(BROKEN)
    area.fill(json.dumps(SCHEMA, indent=1))
    expect(verdict).not_to_contain_text("Line")
    onward(page, "inputs")
    onward(page, "promises")
    fresh = promise(page, "Freshness")
    fresh.locator("input.input").fill("thirty")
    page.get_by_role("button", name="Go on to").click()
    expect(page.get_by_role("alert")).to_be_visible()
    fresh.locator("input.input").fill("30")
    fresh.locator("select").select_option("s")
    onward(page, "review")
    expect(page.get_by_role("main")).to_contain_text(wish.topic)
    page.get_by_label("Reason").fill("The tracking pages need to know where parcels are.")
    page.get_by_role("button", name="Ask for approval").click()
    page.wait_for_url(re.compile(r"/governance/requests/\d+"))
    return page.url


def test_a_product_goes_from_a_form_to_live_numbers(
    visit: Callable[..., Visit], site: Site, wish: Wish
) -> None:
    owner = visit("owner")
    request = sent_in(owner.page, wish)
    main = owner.page.get_by_role("main")
    expect(main).to_contain_text("Awaiting approval", timeout=SLOW_MS, ignore_case=True)
    owner.page.reload()
    expect(owner.page.get_by_role("button", name="Approve")).to_have_count(0)

    approver = visit("steward").page
    approver.goto("/governance/inbox")
    row = approver.get_by_role("listitem").filter(has_text=wish.slug)
    row.get_by_role("link").first.click()
    expect(approver).to_have_url(request)
    expect(approver.get_by_role("main")).to_contain_text(wish.topic)
    approver.get_by_role("button", name="Approve").click()
    expect(approver.get_by_role("main")).to_contain_text("Applied and verified", timeout=SLOW_MS)

    page = owner.go(f"/products/{wish.slug}")
    expect(page.get_by_role("main")).to_contain_text("active", ignore_case=True)
    expect(page.get_by_role("main")).to_contain_text("Fresh within 30 s")
    until(lambda: is_empty(owner, wish), 60, "the new topic's first look to find no record")
    with Traffic(site, wish.topic, wish.group) as traffic:
        until(lambda: shows_numbers(owner, wish), 75, "the product's page to show live numbers")
        assert traffic.troubles == []


def figure(page: Page, label: str) -> str:
    """The words of one figure."""
    return page.locator(".figure").filter(has_text=label).inner_text()


def is_empty(visit: Visit, wish: Wish) -> bool | None:
    """Whether the product's page says that the topic was read and holds nothing."""
    page = visit.go(f"/products/{wish.slug}")
    return True if "none yet" in figure(page, "Newest record") else None


def shows_numbers(visit: Visit, wish: Wish) -> bool | None:
    """Whether the product's page tells of records and a reader of this moment."""
    page = visit.go(f"/products/{wish.slug}")
    newest, slowest = figure(page, "Newest record"), figure(page, "Slowest reader")
    kept = page.get_by_role("listitem").filter(has_text="Fresh within 30 s").inner_text()
    measured = re.search(r"\d.* ago", newest) and re.search(r"\d", slowest)
    return True if measured and "Kept" in kept else None
