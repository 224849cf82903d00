"""Names that people read: one line, without characters that nobody sees or that turn its direction."""

from __future__ import annotations

import re
import unicodedata

INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)


def name_fault(text: str) -> str:
    """What is wrong with a name, as a sentence; empty when nothing is."""
    found = INVISIBLE.search(text)
    if found is not None:
        return f"Character U+{ord(found[0]):04X} is not visible; a name is one line of visible characters."
    if not unicodedata.is_normalized("NFC", text):
        return "Write accents as one character with their letter (Unicode form NFC)."
    return ""
