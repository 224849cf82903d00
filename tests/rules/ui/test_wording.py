"""Measured values in words: two units at most, rounded down, unknown said as unknown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesh.kernel import wording

NOW = datetime(2026, 11, 25, 10, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "unknown"),
        (0, "0 s"),
        (0.44, "0.4 s"),
        (1.86, "1.8 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (65, "1 min 5 s"),
        (725, "12 min"),
        (3 * 3600 + 125, "3 h 2 min"),
        (86_400 * 3 + 3600 * 4, "3 d 4 h"),
        (86_400 * 14 + 3600 * 3, "14 d"),
        (-5, "-5 s"),
    ],
)
def test_duration(seconds: float | None, words: str) -> None:
    assert wording.duration(seconds) == words


@given(st.integers(min_value=0, max_value=10**9))
def test_a_duration_never_has_more_than_two_units(seconds: int) -> None:
    assert len(wording.duration(seconds).split()) in (2, 4)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (None, None, "unknown"),
        (7200, None, "at least 2 h"),
        (None, 5, "at most 5 s"),
        (180, 240, "3–4 min"),
        (0, 20, "0–20 s"),
        (0, 600, "0–10 min"),
        (50, 90, "50–90 s"),
        (60, 60, "1 min"),
        (190, 190, "3 min 10 s"),
        (225, 238, "3–4 min"),
        (0, 4.41, "0–4.5 s"),
        (2.2, 29.1, "2–30 s"),
        (120, 120.5, "2–3 min"),
        (1.3, 1.31, "1.3–1.4 s"),
        (7000, 9000, "1–3 h"),
    ],
)
def test_interval(low: float | None, high: float | None, words: str) -> None:
    assert wording.interval(low, high) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (None, "unknown"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.5 KiB"),
        (1181116006, "1.1 GiB"),
        (2**60, "1024 PiB"),
    ],
)
def test_binary_size(size: float | None, words: str) -> None:
    assert wording.binary_size(size) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (None, "unknown"),
        (0, "0"),
        (158204, "158,204"),
        (412.0, "412"),
        (12.34, "12.3"),
        (0.256, "0.26"),
    ],
)
def test_grouped(number: float | None, words: str) -> None:
    assert wording.grouped(number) == words


def test_a_share_never_rounds_across_a_limit() -> None:
    assert wording.share(0.99949) == "99.94 %"
    assert wording.share(0.9995) == "99.95 %"
    assert wording.share(1) == "100 %"
    assert wording.share(None) == "unknown"


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=0.4), "just now"),
        (timedelta(seconds=8), "8 s ago"),
        (timedelta(seconds=264), "4 min ago"),
        (timedelta(minutes=80, seconds=9), "1 h 20 min ago"),
        (timedelta(hours=-2), "in 2 h"),
        (timedelta(days=8), "17 Nov"),
        (timedelta(days=400), "21 Oct 2025"),
    ],
)
def test_age(ago: timedelta, words: str) -> None:
    assert wording.age(NOW - ago, now=NOW) == words


def test_an_absent_instant_is_unknown() -> None:
    assert wording.age(None, now=NOW) == "unknown"
    assert wording.absolute(None) == "unknown"
    assert wording.absolute(NOW) == "25 Nov 2026, 10:42:00 UTC"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Orders team", "OR"),
        ("web analytics team", "WA"),
        ("owner", "OW"),
        ("", "?"),
        ("…", "?"),
        ("x", "X"),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert wording.initials(name) == letters
