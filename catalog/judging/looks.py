"""Which looks at a cluster may judge it: not those that met a broker still coming back from silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SETTLING = timedelta(seconds=60)  # a broker that is not whole by then counts against its promise
MISSED_SLOTS = 3  # that many intervals without a look are a silence too: nobody was there to look


@dataclass(frozen=True, slots=True)
class Look:
    """One ended sweep: when, whether the broker answered, and whether it found every log end."""

    began: datetime
    ended: datetime
    answered: bool
    whole: bool


def settling(looks: Sequence[Look], interval: timedelta) -> list[Look]:
    """Incomplete looks between a silence and the first whole one after it, oldest first.

    While a broker elects its leaders, it is as little to be asked as a moment before, when it did not
    answer at all: such looks say nothing about a promise. `looks` are in the order of their time.
    """
    found: list[Look] = []
    returned: datetime | None = None  # when the broker answered again, while it is not whole yet
    former: Look | None = None
    for look in looks:
        if look.answered and _after_silence(former, look, interval):
            returned = look.began
        if look.whole or not look.answered:
            returned = None
        elif returned is not None and look.began - returned <= SETTLING:
            found.append(look)
        former = look
    return found


def _after_silence(former: Look | None, look: Look, interval: timedelta) -> bool:
    if former is None or not former.answered:
        return True
    return look.began - former.began > MISSED_SLOTS * interval
