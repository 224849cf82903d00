"""The frame by keyboard and over time: palette, keys, bell, a session that ends in the middle of a form."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit, sign_in
from tests.browser.site import Site, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
Open = Callable[..., Visit]


def box_of(page: Page) -> Locator:
    return page.locator("#palette").get_by_role("combobox")


def opened_palette(page: Page, words: str) -> None:
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press("Control+k")
    expect(box_of(page)).to_be_focused()
    page.keyboard.type(words)


def test_the_palette_finds_chooses_and_opens_by_keyboard(visit: Open) -> None:
    page = visit("reader").go("/streams")
    opened_palette(page, "orders")
    chosen = page.locator("[role=option][aria-selected=true]")
    expect(chosen).to_have_attribute("href", "/products/orders")
    expect(
        page.get_by_role("option", name="“orders”")
    ).to_be_visible()  # the lines of the last letter
    first = box_of(page).get_attribute("aria-activedescendant")
    page.keyboard.press("ArrowDown")
    expect(box_of(page)).not_to_have_attribute("aria-activedescendant", first or "")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/products/orders")
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option").first).to_contain_text("Orders")  # it is recent now
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_control_and_enter_opens_aside(visit: Open) -> None:
    page = visit("reader").go("/streams")
    opened_palette(page, "orders")
    expect(page.locator("[role=option][aria-selected=true]")).to_have_attribute(
        "href", "/products/orders"
    )
    with page.context.expect_page() as aside:
        page.keyboard.press("Control+Enter")
    aside.value.wait_for_url("**/products/orders")
    assert page.url.endswith("/streams")


def test_an_arrow_lists_what_can_be_done_here(visit: Open) -> None:
    page = visit("reader").go("/products/orders")
    opened_palette(page, "> consum")
    expect(page.locator("[role=option][aria-selected=true]")).to_have_text("Consumers")
    page.keyboard.press("Enter")
    page.wait_for_url("**/products/orders/consumers")


def test_keys_go_and_help_but_never_while_somebody_types(visit: Open) -> None:
    page = visit("reader").go("/promises")
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    box = page.get_by_role("searchbox").first
    expect(box).to_be_focused()
    page.keyboard.type("gs?jx")
    expect(box).to_have_value("gs?jx")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator("h1").click()
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url("**/streams")
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press("j")
    expect(page.locator("main tbody tr").first.get_by_role("link").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/consumer-groups/"))


def test_keys_can_be_turned_off(visit: Open, site: Site) -> None:
    viewer = visit(None)
    sign_in(viewer.page, site.people["steward"])
    page = viewer.go("/account")
    try:
        page.get_by_label("Single keys").uncheck()
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_selector("html[data-ready]")
        page.locator("h1").click()
        page.keyboard.press("?")
        page.keyboard.press("g")
        page.keyboard.press("s")
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert page.url.endswith("/account")
        page.keyboard.press("Control+k")
        expect(box_of(page)).to_be_focused()
        page.keyboard.press("Escape")
    finally:
        page = viewer.go("/account")
        page.get_by_label("Single keys").check()
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("status").first).to_be_attached()


def test_following_a_notification_marks_it_read(visit: Open, site: Site) -> None:
    ask = site.as_program("owner").ask
    until(
        lambda: ask("GET", "/api/v1/notifications?unread=true")["items"] or None,
        60,
        "a notification",
    )
    page = visit("owner").go("/notifications?show=unread")
    row = page.locator("main .rows > li").first
    name = row.get_by_role("link").first
    href = name.get_attribute("href") or ""
    told = row.locator("input[name=id]").first.get_attribute("value")
    name.click()
    page.wait_for_url(f"**{href}")
    until(
        lambda: (
            all(
                line["id"] != told
                for line in ask("GET", "/api/v1/notifications?unread=true")["items"]
            )
            or None
        ),
        10,
        "the line to be read",
    )
    expect(page.get_by_role("link", name=re.compile("^Notifications, "))).to_be_visible()


def test_a_session_that_ends_in_the_middle_of_a_form_loses_nothing(visit: Open, site: Site) -> None:
    writer = visit(None)
    sign_in(writer.page, site.people["owner"])
    page = writer.go("/products/new")
    page.get_by_label("Name", exact=True).fill("Kept words")
    page.context.clear_cookies()
    writer.expected_status = 401
    page.get_by_role("button", name=re.compile("Save")).first.click()
    expect(page.get_by_text("What you wrote is kept")).to_be_visible()
    page.get_by_label("Login").fill(site.people["owner"]["login"])
    page.get_by_label("Password").fill(site.people["owner"]["password"])
    writer.expected_status = 200
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("h1")).to_have_text("Send it now?")
    expect(page.get_by_role("main")).to_contain_text("Kept words")
    assert writer.axe() == []
    page.get_by_role("button", name="Send it now").click()
    expect(page.locator("h1")).not_to_have_text("Send it now?")


def test_a_log_in_over_the_page_leaves_it_as_it_is(visit: Open, site: Site) -> None:
    writer = visit(None)
    sign_in(writer.page, site.people["owner"])
    page = writer.go("/products/new")
    words = page.get_by_label("Name", exact=True)
    words.fill("Half a name")
    page.wait_for_selector("html[data-ready]")
    page.context.clear_cookies()
    writer.expected_status = 401
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog", name="Log in again")
    expect(dialog).to_be_visible()
    assert writer.axe() == []
    dialog.get_by_label("Password").fill(site.people["owner"]["password"])
    dialog.get_by_role("button", name="Log in").click()
    expect(dialog).to_have_count(0)
    writer.expected_status = 200
    expect(words).to_have_value("Half a name")
    page.get_by_role("button", name=re.compile("Save")).first.click()
    page.wait_for_load_state("load")
    assert "/login" not in page.url
