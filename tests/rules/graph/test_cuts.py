"""Whatever cut an answer about lineage is said in a sentence of its own."""

from __future__ import annotations

import pytest

from lineage.reading.cuts import cut_words
from lineage.reading.walk import Truncation


@pytest.mark.parametrize(
    ("cut", "words"),
    [
        (Truncation("depth", 1, side="downstream"), "It flows on downstream: one step that way is shown."),
        (Truncation("depth", 3, side="upstream"), "It flows on upstream: 3 steps that way are shown."),
        (Truncation("nodes", 400, 412, "downstream"), "More than 400 products and readers are connected downstream"),
        (Truncation("edges", side="upstream"), "some are missing"),
        (Truncation("permission"), "without a name"),
        (Truncation("unresolved", at_least=2), "2 datasets"),
        (Truncation("coverage"), "not whole (coverage)"),
    ],
)  # fmt: skip
def test_every_cut_is_named(cut: Truncation, words: str) -> None:
    assert words in cut_words(cut)
