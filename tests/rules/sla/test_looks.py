"""Looks at a broker that comes back from silence say nothing, for a minute at most."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from catalog.judging.looks import Look, settling

START = datetime(2026, 5, 4, 12, tzinfo=UTC)
INTERVAL = timedelta(seconds=5)


def looks(story: str, interval_s: float = 5) -> list[Look]:
    """`W` whole, `h` half, `-` no answer, ` ` nobody looked; one sign for each slot."""
    return [
        Look(at, at + timedelta(seconds=1), sign != "-", sign == "W")
        for slot, sign in enumerate(story)
        if sign != " "
        for at in [START + timedelta(seconds=interval_s * slot)]
    ]


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ("WWWW", 0),
        ("WWhW", 0),  # it was there all the time: a partition was missing
        ("WW-hhW", 2),
        ("WW--hWhW", 1),  # once whole, it has no more excuse
        ("hhW", 2),  # the first looks ever
        ("WW    hW", 1),  # nobody looked: everything was restarted
        ("WW  hW", 0),  # two slots are missed easily
        ("W-h-hW", 2),
        ("W-", 0),
        ("", 0),
    ],
)
def test_only_what_follows_a_silence_is_left_out(story: str, expected: int) -> None:
    assert len(settling(looks(story), INTERVAL)) == expected


def test_a_broker_that_stays_incomplete_is_judged_after_a_minute() -> None:
    left_out = settling(looks("-" + "h" * 40), INTERVAL)
    assert left_out[-1].began - left_out[0].began == timedelta(seconds=60)
