"""The seven compatibility levels ask the right question of the right versions."""

from __future__ import annotations

import pytest

from schemas.avro.levels import LEVELS, check_level
from tests.rules.avro.build import field, record, schema

BASE = schema(record(("a", "int")))
WITH_DEFAULT = schema(record(("a", "int"), field("b", "int", default=0)))
REQUIRED = schema(record(("a", "int"), ("b", "int")))
OTHER = schema(record(("a", "boolean")))


def asked(level: str, candidate: object, *previous: object) -> list[tuple[str, int]]:
    entries = check_level(candidate, previous, level)  # type: ignore[arg-type]  # schemas above
    return [(entry.direction, entry.against) for entry in entries]


def test_no_level_complains_without_a_previous_version() -> None:
    assert all(asked(level, REQUIRED) == [] for level in LEVELS)


def test_none_asks_nothing() -> None:
    assert asked("NONE", OTHER, BASE) == []


def test_field_without_default_cannot_be_added_backward() -> None:
    assert asked("BACKWARD", REQUIRED, BASE) == [("new_reads_old", 0)]
    assert asked("BACKWARD", WITH_DEFAULT, BASE) == []


def test_field_without_default_can_be_added_forward_but_not_removed() -> None:
    assert asked("FORWARD", REQUIRED, BASE) == []
    assert asked("FORWARD", BASE, REQUIRED) == [("old_reads_new", 0)]


def test_full_reports_old_reads_new_first() -> None:
    assert asked("FULL", OTHER, BASE) == [("old_reads_new", 0), ("new_reads_old", 0)]


def test_plain_levels_look_at_the_latest_version_only() -> None:
    assert asked("BACKWARD", REQUIRED, REQUIRED, BASE) == []


def test_transitive_levels_stop_at_the_first_version_that_fails() -> None:
    assert asked("BACKWARD_TRANSITIVE", REQUIRED, REQUIRED, BASE, OTHER) == [("new_reads_old", 1)]
    assert asked("FULL_TRANSITIVE", REQUIRED, REQUIRED, BASE) == [("new_reads_old", 1)]
    assert asked("FORWARD_TRANSITIVE", BASE, BASE, REQUIRED) == [("old_reads_new", 1)]


@pytest.mark.parametrize("level", ["", "backward", "FULLY", "NONE_TRANSITIVE"])
def test_an_unknown_level_is_a_programming_error(level: str) -> None:
    with pytest.raises(ValueError, match="unknown compatibility level"):
        check_level(BASE, [], level)
