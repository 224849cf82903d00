"""The left rail: which pages stand in it and which one the present address belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the rail; `prefixes` are the paths that light it."""

    label: str | Promise
    href: str
    icon: str
    prefixes: tuple[str, ...] = ()
    key: str = ""
    instead: str = ""  # where the entry leads while its own page does not exist

    @property
    def letter(self) -> str:
        """The key that goes there after g, or ""."""
        return LETTERS.get(self.href, "")

    @property
    def topic(self) -> str:
        """Its page of help."""
        return self.href.strip("/").replace("/", "-") or "home"

    def holds(self, path: str) -> bool:
        """Whether a path is this place or lies below it."""
        if self.href == "/":
            return path == "/"
        heads = (self.href, *self.prefixes)
        return any(path == head or path.startswith(f"{head}/") for head in heads)


LETTERS = {
    "/": "h", "/search": "c", "/lineage": "l", "/streams": "s", "/promises": "p",
    "/governance/inbox": "r",
}  # fmt: skip
ROOMS = (
    Place(_("Home"), "/", "house"),
    Place(_("Catalog"), "/search", "library", ("/products", "/domains", "/subjects")),
    Place(_("Lineage"), "/lineage", "waypoints"),
    Place(_("Streams"), "/streams", "activity", ("/consumer-groups", "/topics")),
    Place(_("Promises"), "/promises", "target", ("/incidents",)),
    Place(_("Requests"), "/governance/inbox", "inbox", ("/governance/requests",), "inbox"),
    Place(_("Policies"), "/governance/policies", "scale"),
)
TOOLS = (
    Place(_("Teams"), "/teams", "users", instead="/search?kind=team"),
    Place(_("Audit"), "/audit", "scroll-text"),
    Place(_("Connections"), "/clusters", "plug"),
    Place(_("Developer"), "/developer", "code", instead="/api/docs/"),
)


@cache
def address_of(place: Place) -> str:
    """Where the entry leads: its page, what stands for a page that does not exist, or nowhere ("")."""
    try:
        resolve(place.href)
    except Resolver404:
        return place.instead
    return place.href
