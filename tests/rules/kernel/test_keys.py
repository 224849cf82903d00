"""API keys have a fixed form whose checksum finds typing errors and leaks."""

from __future__ import annotations

from mesh.kernel.ids import uuid7
from mesh.people.keys import PATTERN, generate, parse


def test_generated_key_is_parsed_back() -> None:
    key = generate()
    assert PATTERN.fullmatch(key.whole)
    assert parse(key.whole) == key


def test_every_changed_character_is_noticed() -> None:
    whole = generate().whole
    for place in range(4, len(whole)):
        other = "a" if whole[place] != "a" else "b"
        assert parse(whole[:place] + other + whole[place + 1 :]) is None


def test_text_of_another_form_is_no_key() -> None:
    for text in (
        "",
        "trb_",
        "trb_abc_def",
        generate().whole + "a",
        generate().whole[:-1],
        "Bearer x",
    ):
        assert parse(text) is None


def test_identifiers_are_version_7_and_ordered_by_time() -> None:
    made = [uuid7() for _ in range(50)]
    assert {value.version for value in made} == {7} and len(set(made)) == 50
    assert [value.int >> 80 for value in made] == sorted(value.int >> 80 for value in made)
