"""Whole numbers as people and programs type them: ASCII digits, and few enough to be stored."""

from __future__ import annotations

import re

# `str.isdigit` holds for digits that `int` refuses ("²"), and `int` refuses very long texts.
WHOLE = re.compile(r"-?[0-9]{1,19}")
LOWEST, HIGHEST = -(2**63), 2**63 - 1  # Kafka's own limits reach both


def whole_number(text: str) -> int | None:
    """The number that a text writes, or None when it is none or does not fit 64 bits."""
    number = int(text) if WHOLE.fullmatch(text) else None
    return number if number is not None and LOWEST <= number <= HIGHEST else None
