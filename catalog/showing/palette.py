"""The palette: what the typed words lead to, grouped, and what may be done from anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from catalog.search.jumping import Spot, jump, recalled
from catalog.showing.words import KIND_WORDS
from mesh.audit.principal import Principal
from mesh.kernel.navigation import ROOMS, TOOLS, address_of
from mesh.people.authz.doors import may

ACTIONS_ONLY = ">"
RECENT = 5
GROUPS = {
    "product": "package",
    "topic": "activity",
    "field": "type",
    "group": "users",
    "team": "users",
    "subject": "file-code",
    "domain": "boxes",
}
LABELS = {**KIND_WORDS, "field": "Fields", "group": "Groups"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the palette."""

    label: str
    href: str
    icon: str
    line: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """Lines of one kind under their heading."""

    label: str
    rows: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Palette:
    """What the palette shows for the typed words; `hints` stand there until something is typed."""

    groups: tuple[Choices, ...]
    hints: tuple[tuple[str, str], ...] = ()
    nothing: str = ""

    @property
    def total(self) -> int:
        return sum(len(group.rows) for group in self.groups)


HINTS = (
    ("team: field: tier:", "narrow what is found, as in the catalog"),
    (ACTIONS_ONLY, "only what can be done"),
    ("?", "all keys"),
)


def palette(viewer: Principal, text: str, recent: Sequence[str]) -> Palette:
    """Lines for what is typed; with nothing typed, what was open last. At most two search statements."""
    words = text.strip()
    if not words:
        rows = tuple(_choice(spot) for spot in recalled(viewer, recent)[:RECENT])
        return Palette(_filled([Choices("Recent", rows)]), HINTS)
    if words.startswith(ACTIONS_ONLY):
        wanted = words.removeprefix(ACTIONS_ONLY).strip()
        acts = _filled([Choices("Actions", tuple(_actions(viewer, wanted)))])
        return Palette(acts, nothing="" if acts else f"No action is called “{wanted}”.")
    spots = jump(viewer, words)
    found = [
        Choices(LABELS[kind], tuple(_choice(spot) for spot in spots if spot.kind == kind))
        for kind in GROUPS
    ]
    actions = Choices("Actions", tuple(_actions(viewer, words)))
    everything = Choice(
        f"Search the catalog for “{words}”", f"/search?{urlencode({'q': words})}", "search"
    )
    return Palette(_filled([*found, actions, Choices("Everywhere", (everything,))]))


def _filled(groups: Iterable[Choices]) -> tuple[Choices, ...]:
    return tuple(group for group in groups if group.rows)


def _choice(spot: Spot) -> Choice:
    return Choice(spot.name, spot.href, GROUPS[spot.kind], spot.line)


def _actions(viewer: Principal, wanted: str) -> Iterable[Choice]:
    """Places of the rail and acts that are open to the viewer, by any word of their label."""
    found = [
        Choice(f"Go to {place.label}", address_of(place), place.icon) for place in (*ROOMS, *TOOLS)
    ]
    if may(viewer, "product.create"):
        found.append(Choice("Register a product", "/products/new", "plus"))
    if viewer.user_pk is not None:
        found.append(Choice("Go to Notifications", "/notifications", "bell"))
        found.append(Choice("Change your settings", "/account", "settings"))
    asked = wanted.lower().split()
    return [
        choice
        for choice in found
        if choice.href and all(word in choice.label.lower() for word in asked)
    ]
