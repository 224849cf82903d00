"""A run is a function of the set of its events; what runs prove depends on nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.graph.sources import DAY_S
from lineage.openlineage.events import Event
from lineage.openlineage.facets import Stated
from lineage.openlineage.naming import DatasetName
from lineage.openlineage.runs import RunFacts, facts_of, merged, proven_by, ttl_s_of

START = datetime(2026, 1, 15, 10, tzinfo=UTC)


def name(text: str) -> DatasetName:
    return DatasetName("db", text)


def event(
    kind: str = "RUNNING", minute: int = 0, inputs: str = "", outputs: str = "",
    stated: tuple[Stated, ...] = (), has_facet: bool = False, run: str = "r1",
) -> Event:  # fmt: skip
    return Event(
        "run", kind, START + timedelta(minutes=minute), ("n", "j"), run,
        tuple(name(one) for one in inputs), tuple(name(one) for one in outputs), stated, has_facet, (),
    )  # fmt: skip


def folded(*events: Event) -> RunFacts:
    return reduce(merged, map(facts_of, events))


def pairs(*events: Event) -> dict[tuple[str, str], tuple[str, float]]:
    """Derivations as (input, output) -> (source, strength)."""
    return {
        (flow.src.name, flow.dst.name): (flow.source, round(flow.strength, 3))
        for flow in proven_by([folded(*events)])
        if flow.kind == "derives" and flow.src and flow.dst
    }


EVENTS = st.builds(
    event,
    kind=st.sampled_from(["START", "RUNNING", "COMPLETE", "FAIL", "ABORT", "OTHER"]),
    minute=st.integers(0, 5),
    inputs=st.text("abc", max_size=2),
    outputs=st.text("xyz", max_size=2),
    stated=st.lists(
        st.builds(Stated, st.sampled_from([name("x"), name("y")]), st.sampled_from([name("a"), name("b")]),
                  st.sampled_from(["facet", "column"])), max_size=2,
    ).map(tuple),
    has_facet=st.booleans(),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(EVENTS, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(events: list[Event], random: object) -> None:
    shuffled = [*events, *events[: len(events) // 2]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis hands in a Random
    one, other = folded(*events), folded(*shuffled)
    assert one == other
    assert one.state == other.state
    key = lambda flow: repr(flow.key)  # noqa: E731
    assert sorted(proven_by([one]), key=key) == sorted(proven_by([other]), key=key)


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([("START", 0), ("COMPLETE", 1)], "COMPLETE"),
        ([("FAIL", 1), ("COMPLETE", 2)], "FAIL"),
        ([("COMPLETE", 1), ("ABORT", 2)], "ABORT"),
        ([("ABORT", 2), ("FAIL", 1), ("COMPLETE", 3)], "ABORT"),
        ([("COMPLETE", 1), ("RUNNING", 9)], "COMPLETE"),
        ([("START", 0), ("RUNNING", 0)], "RUNNING"),
        ([("OTHER", 0)], "OTHER"),
    ],
)
def test_the_last_terminal_state_wins_and_a_failure_beats_completion(
    events: list[tuple[str, int]], state: str
) -> None:
    assert folded(*(event(kind, minute) for kind, minute in events)).state == state


def test_a_later_event_without_datasets_removes_nothing() -> None:
    run = folded(event("START", 0, "a", "x"), event("RUNNING", 9))
    assert (run.inputs, run.last_at) == (frozenset({name("a")}), START + timedelta(minutes=9))


def test_one_output_derives_from_every_input() -> None:
    assert pairs(event(inputs="ab", outputs="x")) == {
        ("a", "x"): ("openlineage_run", 0.95),
        ("b", "x"): ("openlineage_run", 0.95),
    }


def test_many_to_many_is_only_possible() -> None:
    assert set(pairs(event(inputs="ab", outputs="xy")).values()) == {("openlineage_many", 0.5)}
    assert set(pairs(event(inputs="abcd", outputs="wxyz")).values()) == {("openlineage_many", 0.3)}


def test_inputs_and_outputs_of_separate_events_of_a_run_belong_together() -> None:
    assert pairs(event(inputs="a"), event(outputs="x")) == {("a", "x"): ("openlineage_run", 0.95)}


def test_columns_replace_the_guess_for_their_output_only() -> None:
    found = pairs(
        event(inputs="ab", outputs="xy", stated=(Stated(name("x"), name("a"), "column"),))
    )
    assert found[("a", "x")] == ("openlineage_facet", 0.98)
    assert ("b", "x") not in found
    assert found[("b", "y")] == ("openlineage_many", 0.5)


def test_an_explicit_facet_ends_all_guessing_and_outranks_columns() -> None:
    stated = (Stated(name("x"), name("a"), "facet"), Stated(name("x"), name("b"), "column"))
    assert pairs(event(inputs="ab", outputs="xy", stated=stated, has_facet=True)) == {
        ("a", "x"): ("openlineage_facet", 0.98)
    }


def test_what_a_failed_run_wrote_counts_half_unless_another_run_proved_it() -> None:
    failed, fine = (
        event("FAIL", inputs="a", outputs="x"),
        event("COMPLETE", inputs="a", outputs="x", run="r2"),
    )
    strengths = {flow.kind: flow.strength for flow in proven_by([folded(failed)])}
    assert strengths == {"reads": 0.95, "writes": 0.475, "derives": 0.475}
    both = {flow.kind: flow.strength for flow in proven_by([folded(failed), folded(fine)])}
    assert both["writes"] == 0.95


def test_a_flood_of_pairs_proves_no_pair() -> None:
    wide = Event("run", "START", START, ("n", "j"), "r", tuple(name(f"i{n}") for n in range(60)),
                 tuple(name(f"o{n}") for n in range(60)), (), False, ())  # fmt: skip
    assert {flow.kind for flow in proven_by([facts_of(wide)])} == {"reads", "writes"}


def test_evidence_lives_three_times_as_long_as_a_job_usually_pauses() -> None:
    weekly = [folded(event("START", day * 7 * 1440, run=f"r{day}")) for day in range(4)]
    often = [folded(event("START", minute, run=f"r{minute}")) for minute in range(4)]
    assert ttl_s_of(weekly) == 21 * DAY_S
    assert ttl_s_of(often) == DAY_S
    assert ttl_s_of(weekly[:2]) == 3 * DAY_S
