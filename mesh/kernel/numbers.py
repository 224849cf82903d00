"""Whole numbers as people and programs type them: ASCII digits, and few enough to be stored."""

from __future__ import annotations

import re

# `str.isdigit` holds for digits that `int` refuses ("²"), and `int` refuses very long texts.
WHOLE = re.compile(r"-?[0-9]{1,18}")


def whole_number(text: str) -> int | None:
    """The number that a text writes, or None when it is none or does not fit 64 bits."""
    return int(text) if WHOLE.fullmatch(text) else None
