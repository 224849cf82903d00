"""The plan's hash: what changes it and what does not."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from governance.policy.plan import APPLY_ORDER, PlanItem, difference, digest, touched, touched_keys

values = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8))
documents = st.dictionaries(st.text(min_size=1, max_size=6), values, max_size=4)
plan_items = st.builds(
    PlanItem,
    kind=st.sampled_from(APPLY_ORDER),
    object=documents,
    precondition=documents,
    after=documents,
    before=documents,
)


@given(st.lists(plan_items, max_size=6), st.randoms())
def test_order_of_items_and_keys_does_not_matter(
    items: list[PlanItem], chance: random.Random
) -> None:
    shuffled = [
        replace(item, after=dict(chance.sample(list(item.after.items()), len(item.after))))
        for item in items
    ]
    unique = {item.key: item for item in shuffled}
    mixed = list(unique.values())
    straight = digest(mixed)
    chance.shuffle(mixed)
    assert digest(mixed) == straight


@given(plan_items, st.text(min_size=1, max_size=6), values)
def test_any_change_of_precondition_or_after_changes_the_hash(
    item: PlanItem, key: str, value: object
) -> None:
    for part in ("precondition", "after"):
        old = dict(getattr(item, part))
        changed: Any = {part: {**old, key: value}}
        same = key in old and type(old[key]) is type(value) and old[key] == value
        assert (digest([replace(item, **changed)]) == digest([item])) is same


@given(plan_items, documents)
def test_what_is_only_shown_does_not_change_the_hash(
    item: PlanItem, shown: dict[str, object]
) -> None:
    assert digest([replace(item, before=shown, steps=("a",), flags=("noop",))]) == digest([item])


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.text(max_size=3)),
    st.sets(st.sampled_from("abcdef")),
    st.text(max_size=3),
)
def test_an_untouched_config_key_does_not_enter_the_precondition(
    live: dict[str, str], named: set[str], value: str
) -> None:
    desired = {"set": dict.fromkeys(named, "x"), "unset": []}
    moved = {**live, "z": value}
    assert touched(desired, live) == touched(desired, moved)
    assert set(touched(desired, live)) == named


def test_unset_keys_are_touched_too() -> None:
    assert touched_keys({"set": {"b": "1"}, "unset": ["a"]}) == ["a", "b"]
    assert touched({"unset": ["a"]}, {}) == {"a": None}
    assert touched_keys({"set": "nonsense", "unset": "ab"}) == []


def test_numbers_that_are_not_whole_hash_as_text() -> None:
    item = PlanItem("promise.set", {}, {}, {"value": 99.5})
    assert digest([item]) == digest([replace(item, after={"value": "99.5"})])


def test_difference_names_the_lines_that_moved() -> None:
    old = [
        PlanItem("topic.create", {"topic": "a.b"}, {"absent": True}, {"partitions": 3}).document()
    ]
    new = [
        PlanItem("topic.create", {"topic": "a.b"}, {"absent": True}, {"partitions": 4}).document(),
        PlanItem("port.create", {"port": "changes"}, {}, {}).document(),
    ]
    said = difference(old, new)
    assert said == [
        "port.create changes is new in the plan",
        "topic.create a.b starts from another live state or ends in another one",
    ]
    assert difference(new, old)[0] == "port.create changes is no longer in the plan"
    assert difference(old, old) == []
