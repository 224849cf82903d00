"""How pages behave: polls steal no focus, the URL holds the state, plain forms work without scripts."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit, sign_in
from tests.browser.site import Site
from tests.browser.stream import ask_for_product

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
Open = Callable[..., Visit]


@pytest.fixture
def waiting(site: Site) -> int:
    """The number of a request that waits for a vote of an owner."""
    mark = uuid.uuid4().hex[:6]
    return ask_for_product(site, f"waits-{mark}", f"commerce.waits.m{mark}", f"reader-{mark}")


def test_a_poll_steals_no_focus_and_no_typed_text(visit: Open, waiting: int) -> None:
    voter = visit("owner")
    polled: list[str] = []
    voter.page.on(
        "response",
        lambda answer: polled.append(answer.url) if "/_/progress/" in answer.url else None,
    )
    page = voter.go(f"/governance/requests/{waiting}")
    page.get_by_role("button", name="Approve").click()
    words = page.get_by_label("Say something")
    words.fill("half a sentence")
    expect(page.get_by_role("main")).to_contain_text("Applied and verified", timeout=60_000)
    assert polled
    expect(page.get_by_role("main")).to_contain_text("Applied and read back", timeout=10_000)
    expect(words).to_be_focused()
    expect(words).to_have_value("half a sentence")


def test_the_address_holds_what_was_searched(visit: Open) -> None:
    page = visit("reader").go("/search")
    page.get_by_role("main").get_by_role("searchbox").fill("order_id")
    page.get_by_role("main").get_by_role("button", name="Search").click()
    page.wait_for_url(re.compile("q=order_id"))
    found = page.get_by_role("main").get_by_role("row").count()
    assert found > 1
    page.get_by_role("row").nth(1).get_by_role("link").first.click()
    page.wait_for_url(re.compile("/products/"))
    page.go_back()
    expect(page.get_by_role("main").get_by_role("searchbox")).to_have_value("order_id")
    assert page.get_by_role("main").get_by_role("row").count() == found


def test_search_product_and_approval_work_without_scripts(
    visit: Open, site: Site, waiting: int
) -> None:
    owner = visit("owner", java_script_enabled=False)
    page = owner.go("/search?q=order_id")
    assert page.get_by_role("main").get_by_role("row").count() > 1
    page = owner.go("/products/orders")
    expect(page.locator("h1")).to_have_text("Orders")
    page.get_by_role("link", name="Schema").first.click()
    expect(page.get_by_role("main")).to_contain_text("order_id")
    page = owner.go(f"/governance/requests/{waiting}")
    page.get_by_role("button", name="Approve").click()
    approved = site.as_program("reader").ask("GET", f"/api/v1/requests/{waiting}")
    assert approved["state"] in ("approved", "applying", "applied")


def test_a_wrong_password_is_told_and_opens_nothing(visit: Open, site: Site) -> None:
    stranger = visit(None)
    page = stranger.go("/login")
    page.get_by_label("Login").fill(site.people["owner"]["login"])
    page.get_by_label("Password").fill("not-the-password")
    stranger.expected_status = 422
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Login")).to_have_value(site.people["owner"]["login"])
    page.goto("/governance/inbox")
    expect(page).to_have_url(re.compile("/login"))


def test_the_chosen_theme_stays(visit: Open, site: Site) -> None:
    viewer = visit(None)
    sign_in(viewer.page, site.people["reader"])
    page = viewer.go("/streams")
    background = "getComputedStyle(document.documentElement).colorScheme"
    page.get_by_role("button", name="Your account").click()
    # The switch is at once; a next page knows of it once the server does.
    with page.expect_response(lambda answer: answer.request.method == "POST") as kept:
        page.get_by_role("button", name="Dark").click()
    assert kept.value.ok
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    viewer.go("/promises")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert "dark" in page.evaluate(background)


def test_values_move_in_place_and_not_where_somebody_stands(visit: Open) -> None:
    page = visit("reader").go("/streams")
    rows = page.locator("tr[data-live]")
    keys = rows.evaluate_all("rows => rows.map((row) => row.dataset.live)")
    assert len(set(keys)) == len(keys) > 2
    link = rows.first.get_by_role("link").first
    link.focus()
    held, others = rows.first.inner_text(), rows.nth(1).inner_text()
    page.wait_for_function(
        "old => document.querySelectorAll('tr[data-live]')[1].innerText !== old",
        arg=others,
        timeout=60_000,
    )
    expect(link).to_be_focused()
    assert rows.first.inner_text() == held
    assert rows.evaluate_all("rows => rows.map((row) => row.dataset.live)") == keys
