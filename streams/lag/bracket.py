"""Time lag by brackets: our own readings of the log end tell when an offset was appended."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from streams.lag.model import EndPoint


@dataclass(frozen=True, slots=True)
class Bracket:
    """An age in [lo_ms, hi_ms); `hi_ms` is infinite when the record is older than all history."""

    lo_ms: int
    hi_ms: float

    def holds(self, age_ms: float) -> bool:
        return self.lo_ms <= age_ms < self.hi_ms


def rising(history: Sequence[EndPoint], since_ms: int | None = None) -> Sequence[EndPoint]:
    """The newest part of the history in which the log end never fell.

    A falling end means truncation or another log under the same name: older readings say nothing
    about the offsets of today. `since_ms` cuts at the birth of the present topic.
    """
    first = 0
    for place in range(len(history) - 1, -1, -1):
        if since_ms is not None and history[place].asked_ms < since_ms:
            first = place + 1
            break
        if place and history[place - 1].end > history[place].end:
            first = place
            break
    return history[first:] if first else history


def bracket(offset: int, history: Sequence[EndPoint], now_ms: int) -> Bracket:
    """Age of the record at `offset` at `now_ms`; `history` must be rising.

    With end(i-1) <= offset < end(i) the record was appended after reading i-1 was asked and before
    reading i was answered. No producer clock and no uniform traffic is assumed.
    """
    if not history:
        return Bracket(0, math.inf)
    after = bisect_right(history, offset, key=_end)
    lo_ms = now_ms - history[after].answered_ms if after < len(history) else 0
    hi_ms = now_ms - history[after - 1].asked_ms if after else math.inf
    lo_ms = max(0, lo_ms)
    return Bracket(lo_ms, max(hi_ms, lo_ms + 1))


def _end(point: EndPoint) -> int:
    return point.end
