"""What a new content would do to whoever reads: an upper room hands in a function that knows, at start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mesh.audit.principal import Principal


@dataclass(frozen=True, slots=True)
class Hit:
    """One reader; `state` is a badge state, `word` its word, `team` whose it is, "" where nobody may know."""

    name: str
    team: str
    state: str
    word: str
    why: str


@dataclass(frozen=True, slots=True)
class Hits:
    """Every known reader, those that break first, with the sentence that sums them up."""

    headline: str
    state: str
    readers: tuple[Hit, ...]


Asker = Callable[[Principal, str, str], Hits]
_askers: list[Asker] = []


def set_reader_asker(asker: Asker | None) -> None:
    """Hand in the function that judges readers; None takes it away."""
    _askers[:] = [] if asker is None else [asker]


def readers_hit(viewer: Principal, subject: str, text: str) -> Hits | None:
    """What a valid schema text would do to the readers of a subject; None when nobody can tell."""
    return _askers[0](viewer, subject, text) if _askers else None
