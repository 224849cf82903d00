"""Every screen in both themes: accessible by axe, quiet in the console, named, and fit for 320 px."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.screens import SCREENS, Screen

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]
Reading = Callable[[str | None], Visit]
OWNER = [pytest.param(screen, id=screen.name) for screen in SCREENS]
READER = [pytest.param(screen, id=screen.name) for screen in SCREENS if screen.name in (
    "home", "search", "product", "product-lineage", "streams", "subject", "request", "inbox", "clusters",
)]  # fmt: skip


def look(visit: Visit, screen: Screen) -> None:
    """Open the screen and hold it against the rules."""
    page = visit.go(screen.address(visit.site), screen.status)
    assert page.title().endswith("· Tributary") and not page.title().startswith(" ·")
    headings = page.locator("h1")
    assert headings.count() == 1 and headings.inner_text().strip()
    assert visit.axe_in_both_themes() == []
    visit.settle()


@pytest.mark.parametrize("screen", OWNER)
def test_screen_of_the_owner_is_sound(reading: Reading, screen: Screen) -> None:
    visit = reading("owner" if screen.signed_in else None)
    look(visit, screen)
    assert visit.overflow() <= 0  # both themes share one layout


@pytest.mark.parametrize("screen", READER)
def test_screen_of_a_reader_is_sound(reading: Reading, screen: Screen) -> None:
    look(reading("reader"), screen)


def test_dialogs_are_sound(reading: Reading) -> None:
    visit = reading("owner")
    page = visit.go("/streams")
    for dialog in ("Keys", "Report a problem"):
        page.get_by_role("button", name="Help", exact=True).click()
        page.get_by_role("button", name=dialog).click()
        assert page.get_by_role("dialog", name=dialog).is_visible()
        assert visit.axe_in_both_themes() == []
        page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press("Control+k")
    page.locator("#palette").get_by_role("combobox").fill("order")
    expect(page.get_by_role("option").first).to_be_visible()
    assert visit.axe_in_both_themes() == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="owner").click()
    assert visit.axe_in_both_themes() == []
    visit.settle()
