"""Who must agree, and when the votes are enough."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.policy.quorum import (
    Change,
    HitReader,
    by_requirement,
    counts,
    fill,
    is_met,
    required,
)

CHANGE = Change(
    kinds=frozenset({"topic.create", "product.create"}),
    environment_kind="prod",
    product="orders",
    product_label="Orders",
    domain_id="0190",
    domain_label="Commerce",
    policies_pass=True,
)
BROKEN = HitReader("fulfilment", "BREAK", "7", "logistics")


def codes(change: Change) -> list[str]:
    return [requirement.code for requirement in required(change)]


def test_creating_in_production_takes_owner_or_steward() -> None:
    (only,) = required(CHANGE)
    assert (only.role, only.scope_kind, only.scope_id, only.count) == (
        "owner_or_steward",
        "product",
        "orders",
        1,
    )


def test_other_environments_approve_themselves_when_nothing_is_at_stake() -> None:
    change = replace(CHANGE, environment_kind="non_prod")
    assert required(change) == []
    assert required(replace(change, policies_pass=False))
    assert required(replace(change, irreversible=True))
    assert required(replace(change, hit=(BROKEN,)))


def test_hurt_reader_brings_its_owner_and_the_steward() -> None:
    change = replace(CHANGE, kinds=frozenset({"schema.register"}), hit=(BROKEN,))
    assert codes(change) == ["owner", "hurt-reader", "hurt-domain"]
    assert required(change)[1].scope_id == "7"
    assert "fulfilment" in required(change)[1].why


def test_hurt_reader_without_a_known_team_goes_to_the_steward_alone() -> None:
    change = replace(CHANGE, hit=(HitReader("somebody", "SILENT"),))
    assert codes(change) == ["owner", "hurt-domain"]


@pytest.mark.parametrize("verdict", ["OK", "LOSSY", "UNKNOWN"])
def test_unhurt_readers_bring_nobody(verdict: str) -> None:
    assert codes(replace(CHANGE, hit=(replace(BROKEN, verdict=verdict),))) == ["owner"]


def test_lowered_retention_asks_every_live_reader_team_to_acknowledge() -> None:
    change = replace(
        CHANGE, shortens_or_cleans=True, live_reader_teams=(("7", "logistics"), ("8", "finance"))
    )
    modes = [(requirement.scope_id, requirement.mode) for requirement in required(change)[1:]]
    assert modes == [("7", "acknowledge"), ("8", "acknowledge")]


def test_first_personal_field_adds_governance() -> None:
    assert required(replace(CHANGE, first_personal_field=True))[-1].role == "governor"
    assert required(replace(CHANGE, widened_visibility=True))[-1].role == "governor"


def test_greedy_assignment_would_be_wrong() -> None:
    slots, fits = [1, 1], {"a": {0, 1}, "b": {0}}
    assert is_met(slots, fits)
    assert by_requirement(slots, fits) == [["b"], ["a"]]


def test_one_person_fills_one_slot_only() -> None:
    assert not is_met([1, 1], {"a": {0, 1}})
    assert not is_met([2], {"a": {0}})
    assert is_met([2], {"a": {0}, "b": {0}})


def test_no_slots_are_met_by_nobody() -> None:
    assert is_met([], {})


def test_requester_set_counts_nowhere() -> None:
    assert not counts("user:1", {"user:1", "service:2"})
    assert counts("user:3", {"user:1", "service:2"})


def brute(slots: Sequence[int], fits: Mapping[str, set[int]]) -> int:
    """The largest number of slots that voters can fill, by trying everything."""
    owner_of = [place for place, count in enumerate(slots) for _ in range(count)]
    best = 0
    choices = [
        [None, *(slot for slot, place in enumerate(owner_of) if place in fits[voter])]
        for voter in fits
    ]
    for choice in itertools.product(*choices):
        used = [slot for slot in choice if slot is not None]
        if len(used) == len(set(used)):
            best = max(best, len(used))
    return best


@given(
    st.lists(st.integers(1, 2), max_size=3),
    st.dictionaries(st.sampled_from("abcd"), st.sets(st.integers(0, 2)), max_size=4),
)
def test_matching_equals_brute_force(slots: list[int], fits: dict[str, set[int]]) -> None:
    assert len(fill(slots, fits)) == brute(slots, fits)


@given(
    st.lists(st.integers(1, 2), max_size=3),
    st.dictionaries(st.sampled_from("abcd"), st.sets(st.integers(0, 2)), max_size=4),
)
def test_taking_a_right_away_never_meets_more(slots: list[int], fits: dict[str, set[int]]) -> None:
    for voter in fits:
        fewer = {name: (set() if name == voter else rights) for name, rights in fits.items()}
        assert len(fill(slots, fewer)) <= len(fill(slots, fits))
