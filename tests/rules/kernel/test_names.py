"""Names are what they look like."""

from __future__ import annotations

import pytest

from mesh.kernel.names import name_fault


@pytest.mark.parametrize("name", ["Orders", "Käufe é", "注文", "Заказы 2", "💥", "", "a-b_c. (d)"])
def test_visible_characters_make_a_name(name: str) -> None:
    assert name_fault(name) == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a\x00b", "U+0000"),
        ("a\nb", "U+000A"),
        ("a\u202eb", "U+202E"),
        ("a\u2066b", "U+2066"),
        ("a\u200bb", "U+200B"),
        ("\ufeffa", "U+FEFF"),
        ("e\u0301", "NFC"),
    ],
)
def test_hidden_characters_do_not(name: str, words: str) -> None:
    assert words in name_fault(name)
