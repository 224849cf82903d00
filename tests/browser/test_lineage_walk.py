"""The lineage explorer by keyboard, by mouse and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90)]
Open = Callable[..., Visit]


def focused(page: Page) -> str:
    """The name that is spoken of the node in focus."""
    label: str = page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''")
    return label.split(",")[0]


def readers_in_table(page: Page) -> list[str]:
    """Names of the direct readers in the order of the table."""
    rows = page.get_by_role("row").filter(has_text="downstream")
    return [row.get_by_role("rowheader").locator(".name, b").inner_text() for row in rows.all()]


def test_right_and_left_visit_the_readers_in_the_order_of_the_table(visit: Open) -> None:
    page = visit("owner").go("/lineage?focus=orders&up=0&view=table")
    expected = list(dict.fromkeys(readers_in_table(page)))
    assert len(expected) > 2
    page.get_by_role("link", name="Neighbourhood").click()
    node = page.locator("[data-node][data-focus]")
    expect(page.locator("[data-node][tabindex='0']")).to_have_count(1)
    node.focus()
    home, walked = focused(page), []
    for _ in expected:
        page.keyboard.press("ArrowRight")
        walked.append(focused(page))
        page.keyboard.press("ArrowLeft")
        assert focused(page) == home
    assert walked == expected


def test_enter_opens_the_panel_and_escape_returns_to_the_node(visit: Open) -> None:
    page = visit("owner").go("/lineage?focus=orders&up=0")
    page.locator("[data-node][data-focus]").focus()
    page.keyboard.press("ArrowRight")
    name = focused(page)
    page.keyboard.press("Enter")
    expect(page.locator("#chosen")).to_have_text(name)
    expect(page).to_have_url(re.compile("node="))
    expect(page.locator("#chosen a")).to_be_focused()
    assert page.locator(".graph [data-selected]").count() == 1
    page.keyboard.press("Escape")
    assert focused(page) == name
    page.keyboard.press("Home")
    assert focused(page) == "Orders"
    page.reload()
    expect(page.locator("#chosen")).to_have_text(name)


def test_shift_enter_puts_a_product_in_the_middle_and_back_returns(visit: Open) -> None:
    page = visit("owner").go("/lineage?focus=orders&up=0")
    node = page.locator("[data-node][data-centre]:not([data-focus])").first
    name = (node.get_attribute("aria-label") or "").split(",")[0]
    node.focus()
    page.keyboard.press("Shift+Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Lineage of {name}")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lineage of Orders")


def test_size_changes_by_keys_and_buttons_and_never_below_reading(visit: Open) -> None:
    page = visit("owner").go("/lineage?focus=orders&down=3")
    reading = page.get_by_role("button", name="Actual size")
    assert int((reading.text_content() or "").split()[0]) >= 75
    page.get_by_role("region", name="Graph, scrolls").focus()
    page.keyboard.press("0")
    expect(reading).to_have_text("100 %")
    page.keyboard.press("+")
    expect(reading).to_have_text("125 %")
    for _ in range(9):
        page.get_by_role("button", name="Smaller").click()
    expect(reading).to_have_text("34 %")


def test_steps_and_lines_change_in_place_and_keep_the_focus(visit: Open) -> None:
    page = visit("owner").go("/lineage?focus=orders&up=0")
    before = page.locator("[data-node]").count()
    page.get_by_role("link", name="Down: one step more").click()
    expect(page).to_have_url(re.compile("down=2"))
    expect(page.get_by_role("link", name="Down: one step more")).to_be_focused()
    assert page.locator("[data-node]").count() > before
    page.get_by_label("observed, strong").uncheck()
    expect(page).to_have_url(re.compile("show=weak"))
    expect(page.get_by_label("observed, strong")).to_be_focused()
    assert page.locator(".graph .edge[data-strength='strong']").count() == 0


def test_a_line_says_why_it_is_drawn_without_scripts(visit: Open) -> None:
    page = visit("owner", java_script_enabled=False).go("/lineage?focus=orders&view=table")
    page.get_by_role("row").filter(has_text="downstream").get_by_role("link").nth(1).click()
    panel = page.get_by_role("complementary")
    expect(panel).to_contain_text("Why we draw")
    page = visit("owner", java_script_enabled=False).go("/lineage?focus=orders")
    assert page.locator("[data-node][data-focus]").get_attribute("href") == "/products/orders"
    expect(page.get_by_role("button", name="Smaller")).to_be_hidden()
