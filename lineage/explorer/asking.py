"""What the address of the explorer asks for, and the addresses of its neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Final
from urllib.parse import urlencode

from django.http import QueryDict

VIEWS: Final = ("neighbourhood", "domains", "mesh", "table")
STRENGTHS: Final = ("strong", "weak", "possible", "declared")
KINDS: Final = ("product", "application", "topic", "external")
SORTS: Final = ("name", "side", "steps", "kind", "team", "domain", "state", "strength", "seen")
FARTHEST: Final = 5  # steps of the drawing; the table also goes all the way
LONGEST: Final = 200  # characters of a name that is looked for
ADDRESS: Final = "/lineage"


@dataclass(frozen=True, slots=True)
class Asked:
    """State of the explorer, as its address holds it; what cannot be read falls back to the start."""

    focus: str = ""
    view: str = "neighbourhood"
    up: int = 1
    down: int = 1
    all: bool = False  # every step: the table of all
    domain: str = ""
    kind: str = ""
    show: tuple[str, ...] = ()  # strengths; none = all
    late: bool = False
    q: str = ""
    node: str = ""
    edge: str = ""
    sort: str = ""

    def link(self, **changes: object) -> str:
        """The address of this state with some changes; what is usual is left out."""
        return f"{ADDRESS}{self.query(**changes)}"

    def query(self, **changes: object) -> str:
        """The query of link() alone."""
        state = replace(self, **changes)  # type: ignore[arg-type]  # callers name fields
        said: list[tuple[str, str]] = []
        for field in fields(Asked):
            value = getattr(state, field.name)
            if value == field.default:
                continue
            values = value if isinstance(value, tuple) else (value,)
            said += [(field.name, _text(each)) for each in values]
        return f"?{urlencode(said)}" if said else ""

    @property
    def is_filtered(self) -> bool:
        """Whether anything that was found is kept back by a filter."""
        return bool(self.domain or self.kind or self.late or self.show)


def asked_by(query: QueryDict) -> Asked:
    """Read an address. Words and numbers nobody knows count as not said."""
    focus = _line(query, "focus")
    views = VIEWS if focus else VIEWS[1:]
    return Asked(
        focus=focus,
        view=_word(query, "view", views) or views[0],
        up=_steps(query, "up"),
        down=_steps(query, "down"),
        all=query.get("all") == "1",
        domain=_line(query, "domain"),
        kind=_word(query, "kind", KINDS),
        show=tuple(word for word in STRENGTHS if word in query.getlist("show")),
        late=query.get("late") == "1",
        q=_line(query, "q").strip(),
        node=_line(query, "node"),
        edge=_line(query, "edge"),
        sort=_word(query, "sort", (*SORTS, *(f"-{word}" for word in SORTS))),
    )


def hidden_inputs(asked: Asked, *own: str) -> Mapping[str, str]:
    """The state that a form carries on beside its own inputs."""
    kept = ("focus", "view", "up", "down", "all", "domain", "kind", "late", "q", "sort")
    usual = Asked()
    return {
        name: _text(getattr(asked, name))
        for name in kept
        if name not in own and getattr(asked, name) != getattr(usual, name)
    }


def _line(query: QueryDict, name: str) -> str:
    return str(query.get(name, ""))[:LONGEST].replace("\x00", "")


def _word(query: QueryDict, name: str, known: tuple[str, ...]) -> str:
    word = query.get(name, "")
    return word if word in known else ""


def _steps(query: QueryDict, name: str) -> int:
    text = query.get(name, "")
    return int(text) if text in tuple("012345") else 1


def _text(value: object) -> str:
    return "1" if value is True else str(value)
