"""Chromium, people with their sessions, and pages that report every error they meet."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, Route

from tests.browser.site import Site
from tests.product import find_chromium

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOUR_RULES = ["color-contrast", "link-in-text-block"]  # all that a theme can change
LOAD_MS = 15_000


@dataclass
class Visit:
    """A page of one person with what went wrong on it."""

    page: Page
    site: Site
    problems: list[str] = field(default_factory=list)
    expected_status: int = 200

    def go(self, path: str, status: int = 200) -> Page:
        """Open a path and wait until its modules run."""
        self.expected_status = status
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status} {self.page.title()}"
        self.page.wait_for_load_state("load")
        return self.page

    def axe(self) -> list[str]:
        """What axe finds against WCAG 2.2 AA, one line per rule and element."""
        self.page.evaluate(AXE_SCRIPT)
        return self._violations("tag", RULES)

    def axe_in_both_themes(self) -> list[str]:
        """axe() in the light, and its rules about colours in the dark, on the page as it stands."""
        found = self.axe()
        self.page.emulate_media(color_scheme="dark")
        found += [f"dark: {line}" for line in self._violations("rule", COLOUR_RULES)]
        self.page.emulate_media(color_scheme="light")
        return found

    def _violations(self, kind: str, names: list[str]) -> list[str]:
        found = self.page.evaluate(
            "only => axe.run(document, {runOnly: only, resultTypes: ['violations']})",
            {"type": kind, "values": names},
        )
        return [
            f"{rule['id']}: {node['html'][:160]} {_why(node)}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]

    def overflow(self) -> int:
        """Pixels by which the document is wider than a window of 320 px."""
        size = self.page.viewport_size
        self.page.set_viewport_size({"width": 320, "height": 800})
        wider: int = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert size is not None
        self.page.set_viewport_size(size)
        return wider

    def settle(self) -> None:
        """Fail when the page met an error; then forget."""
        problems, self.problems[:] = list(self.problems), []
        assert problems == []

    def listen(self) -> None:
        """Note console errors (broken content policy among them), page errors, strangers, 5xx."""
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        self.page.on("response", self._response)
        self.page.route("**/*", self._route)

    def _console(self, message: ConsoleMessage) -> None:
        answered = f"status of {self.expected_status}" in message.text
        if message.type in ("error", "warning") and not answered:
            self.problems.append(f"console: {message.text} at {self.page.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status != self.expected_status:
            self.problems.append(f"{response.status} {response.url}")

    def _route(self, route: Route) -> None:
        asked = urlsplit(route.request.url)
        if asked.netloc == urlsplit(self.site.base).netloc or asked.scheme in ("data", "blob"):
            route.continue_()
            return
        self.problems.append(f"foreign host: {route.request.url}")
        route.abort()


def _why(node: dict[str, Any]) -> str:
    said = [*node["any"], *node["all"], *node["none"]]
    return str(said[0]["message"])[:200] if said else ""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": find_chromium()}


@pytest.fixture(scope="session")
def site() -> Site:
    """The running product."""
    return Site.of_environment()


@dataclass
class Door:
    """Opens pages for people; a password is typed once per person."""

    browser: Browser
    site: Site
    sessions: dict[str, Any] = field(default_factory=dict)

    def context(self, role: str | None, **more: Any) -> BrowserContext:
        """A fresh context, signed in as that role or as nobody."""
        state = None if role is None else self._session(role)
        return self._bare(storage_state=state, **more)

    def visit(self, role: str | None, **more: Any) -> Visit:
        """A listening page in a fresh context."""
        page = self.context(role, **more).new_page()
        page.set_default_timeout(LOAD_MS)
        visit = Visit(page, self.site)
        visit.listen()
        return visit

    def _bare(self, **more: Any) -> BrowserContext:
        usual = {
            "viewport": {"width": 1280, "height": 800},
            "locale": "en-GB",
            "timezone_id": "Europe/Berlin",
            "reduced_motion": "reduce",
            "service_workers": "block",
            "base_url": self.site.base,
        }
        return self.browser.new_context(**{**usual, **more})

    def _session(self, role: str) -> Any:
        if role not in self.sessions:
            context = self._bare()
            page = context.new_page()
            sign_in(page, self.site.people[role])
            self.sessions[role] = context.storage_state()
            context.close()
        return self.sessions[role]


def sign_in(page: Page, person: dict[str, str]) -> None:
    """Fill in the log-in form as a person does."""
    page.goto("/login")
    page.get_by_label("Login").fill(person["login"])
    page.get_by_label("Password").fill(person["password"])
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: not urlsplit(url).path.startswith("/login"))


@pytest.fixture(scope="session")
def door(browser: Browser, site: Site) -> Door:
    """The way in for everybody."""
    return Door(browser, site)


@pytest.fixture
def visit(door: Door) -> Iterator[Callable[..., Visit]]:
    """`visit("owner", color_scheme="dark")` opens a page; at the end no page may have met an error."""
    opened: list[Visit] = []

    def open_page(role: str | None, **more: Any) -> Visit:
        opened.append(door.visit(role, **more))
        return opened[-1]

    yield open_page
    problems = list(itertools.chain.from_iterable(each.problems for each in opened))
    for each in opened:
        each.page.context.close()
    assert problems == []


@pytest.fixture(scope="module")
def reading(door: Door) -> Iterator[Callable[[str | None], Visit]]:
    """`reading(role)`: one page per person for tests that only look, in the light at first."""
    open_pages: dict[str | None, Visit] = {}

    def page_of(role: str | None) -> Visit:
        if role not in open_pages:
            open_pages[role] = door.visit(role, color_scheme="light")
        return open_pages[role]

    yield page_of
    for each in open_pages.values():
        each.page.context.close()
