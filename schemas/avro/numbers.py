"""Numbers as Java writes and reads them."""

from __future__ import annotations

import math
import re
from typing import Final

_DIGITS = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fFdD]?"
_DOUBLE_TEXT: Final = re.compile(rf"[\x00-\x20]*([+-]?)(NaN|Infinity|{_DIGITS})[\x00-\x20]*")
_NO_FINITE: Final = {math.inf: '"Infinity"', -math.inf: '"-Infinity"'}


def java_double(value: float) -> str:
    """JSON for a double as `Double.toString` prints it; the three non-numbers become strings.

    Plain notation for 10^-3 <= |value| < 10^7, otherwise one digit, the rest and `E` exponent.
    Digits are the shortest that round-trip, as in Java since 19.
    """
    if math.isnan(value):
        return '"NaN"'
    if math.isinf(value):
        return _NO_FINITE[value]
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    mantissa, _, exponent = f"{value!r}".partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    digits = (whole + fraction).lstrip("0")
    leading_zeros = len(whole + fraction) - len(digits)
    power = int(exponent or 0) + len(whole) - 1 - leading_zeros
    digits = digits.rstrip("0") or "0"
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{power}"


def double_from_text(text: str) -> float | None:
    """The number that `Double.valueOf` reads from a text, or None; hexadecimal is not read."""
    match = _DOUBLE_TEXT.fullmatch(text)
    if match is None:
        return None
    sign, number = match.groups()
    value = float(number if number in ("NaN", "Infinity") else number.rstrip("fFdD"))
    return -value if sign == "-" else value
