"""A day has one word: a proven break outweighs silence, silence is never kept."""

from __future__ import annotations

from datetime import date

import pytest

from catalog.sla.days import day_word, strip_of_days


@pytest.mark.parametrize(
    ("looks", "broken", "word"),
    [
        ((10, 0, 0, 0), False, "pass"),
        ((10, 1, 0, 0), False, "warn"),
        ((10, 0, 1, 0), False, "warn"),  # one look alone opens no incident
        ((10, 0, 2, 0), True, "fail"),
        ((0, 0, 2, 900), True, "fail"),
        ((10, 0, 0, 10), False, "pass"),
        ((10, 0, 0, 11), False, "unknown"),
        ((0, 0, 0, 3), False, "unknown"),
        ((0, 0, 0, 0), False, ""),
    ],
)
def test_the_word_of_a_day(looks: tuple[int, int, int, int], broken: bool, word: str) -> None:
    assert day_word(*looks, broken=broken) == word


def test_a_strip_ends_today_and_says_where_nothing_was_judged() -> None:
    today = date(2026, 3, 2)
    words = {
        today: "fail",
        date(2026, 2, 28): "pass",
        date(2026, 1, 1): "pass",
        date(2026, 3, 1): "",
    }
    assert strip_of_days(words, today, 4) == ["none", "pass", "none", "fail"]
    assert strip_of_days({}, today) == ["none"] * 30
