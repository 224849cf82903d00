"""Whole numbers are read from ASCII digits alone."""

from __future__ import annotations

import pytest

from mesh.kernel.numbers import whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("-1", -1), ("0012", 12), (str(2**63 - 1), 2**63 - 1), (str(-(2**63)), -(2**63))],
)
def test_digits_are_a_number(text: str, number: int) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize(
    "text", ["", "²", "１２", "٣", "1_0", "+1", " 1", "1.0", "--1", str(2**63), "9" * 5000]
)
def test_anything_else_is_none(text: str) -> None:
    assert whole_number(text) is None
