"""Every screen of the product; run as a program it photographs them in both themes.

./quickstart --detach && .venv/bin/python -m tests.browser.screens [folder]
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.browser.site import Site
from tests.product import find_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHECKOUT = Path(__file__).resolve().parents[2]
SCHEMES = ("light", "dark")
WIDTH, HEIGHT = 1440, 1000


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen: its name, its path or the key of its path among the site's places, its status."""

    name: str
    path: str
    status: int = 200
    signed_in: bool = True

    def address(self, site: Site) -> str:
        """The path on this site."""
        return self.path if self.path.startswith("/") else site.places[self.path]


SCREENS = (
    Screen("home", "/"),
    Screen("search", "/search?q=order_id"),
    Screen("browse", "/search"),
    Screen("product", "/products/orders"),
    Screen("product-schema", "/products/orders/schema"),
    Screen("product-promises", "/products/orders/promises"),
    Screen("product-lineage", "/products/orders/lineage"),
    Screen("lineage", "/lineage?focus=orders&down=2"),
    Screen("lineage-table", "/lineage?focus=orders&view=table&all=1"),
    Screen("lineage-domains", "/lineage"),
    Screen("lineage-mesh", "/lineage?view=mesh"),
    Screen("product-consumers", "/products/orders/consumers"),
    Screen("product-changes", "/products/orders/changes"),
    Screen("product-edit", "/products/orders/edit"),
    Screen("edit-inputs", "/products/shipments/edit?step=inputs"),
    Screen("edit-promises", "/products/orders/edit?step=promises"),
    Screen("register", "/products/new"),
    Screen("domain", "/domains/commerce"),
    Screen("team", "/teams/orders-team"),
    Screen("subjects", "/subjects"),
    Screen("subject", "subject"),
    Screen("streams", "/streams"),
    Screen("group", "group"),
    Screen("topic", "topic"),
    Screen("promises", "/promises"),
    Screen("incidents", "/incidents"),
    Screen("incident", "incident"),
    Screen("inbox", "/governance/inbox"),
    Screen("request", "request"),
    Screen("request-applied", "/governance/requests/1"),
    Screen("policies", "/governance/policies"),
    Screen("policy", "/governance/policies/schema.breaks-consumers"),
    Screen("audit", "/audit"),
    Screen("clusters", "/clusters"),
    Screen("developer", "/developer"),
    Screen("account", "/account"),
    Screen("notifications", "/notifications"),
    Screen("help", "/help/streams"),
    Screen("licences", "/licences"),
    Screen("not-found", "/products/there-is-no-such-product", status=404),
    Screen("login", "/login", signed_in=False),
)


def main() -> None:
    """Write one picture per screen and theme."""
    from playwright.sync_api import sync_playwright

    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else CHECKOUT / "docs" / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    site = _running_site()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium())
        for scheme in SCHEMES:
            _photograph(browser, site, scheme, folder)
        browser.close()


def _running_site() -> Site:
    urls = _asked("status")["urls"]
    people = {person["role"]: person for person in _asked("secrets")["users"]}
    return Site(urls["web"], urls["registry"], urls["kafka"], people)


def _asked(word: str) -> Any:
    command = [str(CHECKOUT / "quickstart"), word, "--json"]
    done = subprocess.run(command, capture_output=True, check=True)
    answer: dict[str, dict[str, str]] = json.loads(done.stdout)
    return answer


def _photograph(browser: Browser, site: Site, scheme: str, folder: Path) -> None:
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        locale="en-GB",
        base_url=site.base,
    )
    page = context.new_page()
    for screen in sorted(SCREENS, key=lambda screen: screen.signed_in):
        if screen.signed_in and page.url.endswith("/login"):
            page.fill("#field-login", site.people["owner"]["login"])
            page.fill("#field-password", site.people["owner"]["password"])
            page.click("main button")
            page.wait_for_url(site.base + "/**")
        page.goto(screen.address(site))
        page.wait_for_load_state("networkidle")
        page.screenshot(path=folder / f"{screen.name}-{scheme}.png")
        print(f"{screen.name}-{scheme}.png", flush=True)
    context.close()


if __name__ == "__main__":
    main()
