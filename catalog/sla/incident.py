"""When an incident of a promise opens and closes, from its verdict words alone."""

from __future__ import annotations

import enum
from collections.abc import Sequence

from catalog.sla.judge import Word


class Step(enum.StrEnum):
    OPEN = "open"
    CLOSE = "close"
    KEEP = "keep"


_DECIDES = frozenset({Word.PASS, Word.WARN, Word.FAIL})


def next_state(
    history: Sequence[str],
    open: bool,  # noqa: A002 the incident's own word
    open_after: int = 2,
    close_after: int = 3,
) -> Step:
    """What to do after the newest word; `history` is oldest first.

    Opens after `open_after` successive fails, closes after `close_after` successive passes (a warn
    still keeps its promise). Unknown and skip neither open, close nor reset a run.
    """
    words = [Word(word) for word in history if Word(word) in _DECIDES]
    if not open:
        return Step.OPEN if _ends_with(words, open_after, failed=True) else Step.KEEP
    return Step.CLOSE if _ends_with(words, close_after, failed=False) else Step.KEEP


def _ends_with(words: Sequence[Word], count: int, *, failed: bool) -> bool:
    if count < 1:
        raise ValueError("an incident opens or closes after at least one verdict")
    last = words[-count:]
    return len(last) == count and all((word is Word.FAIL) is failed for word in last)
