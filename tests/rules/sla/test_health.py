"""Health of ports and products; unknown is never healthy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.sla.health import Health, health, worst
from catalog.sla.judge import Word


@pytest.mark.parametrize(
    ("words", "has_incident", "has_promises", "expected"),
    [
        (["pass"], False, True, Health.HEALTHY),
        (["pass", "skip"], False, True, Health.HEALTHY),
        (["pass"], True, True, Health.FAILING),
        (["pass", "warn"], False, True, Health.AT_RISK),
        (["fail", "unknown"], False, True, Health.AT_RISK),
        (["pass", "unknown"], False, True, Health.UNKNOWN),
        (["skip"], False, True, Health.UNKNOWN),
        ([], False, True, Health.UNKNOWN),
        ([], False, False, Health.UNPROMISED),
        ([], True, False, Health.FAILING),  # an unknown schema breaks what nobody promised
    ],
)
def test_a_port(words: list[str], has_incident: bool, has_promises: bool, expected: Health) -> None:
    assert health(words, has_incident, has_promises) is expected


@given(st.lists(st.sampled_from(list(Word))), st.booleans())
def test_unknown_is_never_healthy(words: list[str], has_incident: bool) -> None:
    assert health([*words, Word.UNKNOWN], has_incident, True) is not Health.HEALTHY


def test_a_product_is_as_well_as_its_worst_port() -> None:
    assert worst([Health.HEALTHY, Health.UNKNOWN, Health.UNPROMISED]) is Health.UNKNOWN
    assert worst([Health.HEALTHY, Health.UNPROMISED]) is Health.HEALTHY
    assert worst([]) is Health.UNPROMISED


def test_words() -> None:
    assert Health.AT_RISK.words == "At risk"
