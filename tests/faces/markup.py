"""Reads a rendered page: is it balanced, are its ids single, its controls labelled, its targets there?"""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "track",
    "wbr",
}
DRAWN = {"path", "rect", "circle", "use"}
CONTROLS = {"input", "select", "textarea"}
REFERENCES = (
    "aria-labelledby",
    "aria-describedby",
    "aria-controls",
    "for",
    "popovertarget",
    "commandfor",
)


class Page(HTMLParser):
    """A page read once; `faults` says in words what is wrong with it."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.headings: list[str] = []
        self.words: list[str] = []
        self._open: list[tuple[str, dict[str, str]]] = []
        self._controls: list[tuple[str, dict[str, str], bool]] = []
        self._references: list[tuple[str, str]] = []
        self._regions: list[str] = []
        self.feed(text)
        self._close_page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.append(given["id"])
        for name in REFERENCES:
            self._references += [(name, word) for word in given.get(name, "").split()]
        if given.get("href", "").startswith("#") and len(given["href"]) > 1:
            self._references.append(("href", given["href"][1:]))
        if tag == "label" and "for" in given:
            self.labels.add(given["for"])
        if tag in CONTROLS and given.get("type") not in ("hidden", "submit"):
            inside = any(name == "label" for name, _ in self._open)
            self._controls.append((tag, given, inside))
        if tag in ("h1", "h2", "h3"):
            self.headings.append(tag)
        if given.get("role") == "region" or tag in ("section", "aside", "nav"):
            self._regions.append(given.get("aria-label", ""))
        if "style" in given or any(name.startswith("on") for name in given):
            self.faults.append(f"<{tag}> carries an inline style or handler")
        if tag not in VOID | DRAWN:
            self._open.append((tag, given))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID | DRAWN:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID | DRAWN:
            return
        if not self._open or self._open[-1][0] != tag:
            opened = self._open[-1][0] if self._open else "nothing"
            self.faults.append(f"</{tag}> closes {opened} at line {self.getpos()[0]}")
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        """Everything a reader hears or sees, in one line."""
        return " ".join(" ".join(self.words).split())

    def _close_page(self) -> None:
        self.faults += [f"<{tag}> is never closed" for tag, _ in self._open]
        self.faults += [
            f"id {each} stands twice" for each in sorted(set(self.ids)) if self.ids.count(each) > 1
        ]
        for tag, given, inside in self._controls:
            if not (inside or given.get("id") in self.labels or given.get("aria-label")):
                self.faults.append(f"<{tag} name={given.get('name')}> has no label")
        known = set(self.ids)
        self.faults += [
            f"{name} points at {word}, which is not there"
            for name, word in self._references
            if word not in known and name != "href"
        ]
        if self.headings.count("h1") != 1:
            self.faults.append(f"{self.headings.count('h1')} h1 instead of one")
        named = [name for name in self._regions if name]
        self.faults += [
            f"two regions are called {name}" for name in sorted(set(named)) if named.count(name) > 1
        ]
