"""Proofs add up, age, and never exceed what their class can carry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.graph.confidence import Confidence, Proof, combine, confidence_word
from lineage.graph.sources import SOURCES, EvidenceClass, derivation_strength

SHARES = st.floats(0, 1)
PROOFS = st.builds(Proof, SHARES, st.floats(0, 1.5), st.sampled_from([0.4, 0.8, 0.97, 0.99]))


def proof(name: str, age_share: float = 0.0) -> Proof:
    return Proof(SOURCES[name].strength, age_share, SOURCES[name].cap)


@pytest.mark.parametrize(
    ("proofs", "confidence"),
    [
        ([], 0.0),
        ([proof("offsets_moved")], 0.95),
        ([proof("registry_register"), proof("registry_lookup")], 0.9),
        ([proof("offsets_moved"), proof("registry_fetch")], 0.97),  # 0.98, capped by class B
        ([proof("offsets_moved", 0.5)], 0.95),  # in full up to half its life
        ([proof("offsets_moved", 0.75)], 0.95 * 0.75),
        ([proof("offsets_moved", 1.0)], 0.475),
        ([proof("offsets_moved", 1.01)], 0.0),
        ([proof("acl")] * 50, 0.4),  # a heap of permissions never looks like traffic
        ([proof("declaration")], 0.0),  # intent is no observation
    ],
)
def test_combined(proofs: list[Proof], confidence: float) -> None:
    assert combine(proofs) == pytest.approx(confidence)


@given(st.lists(PROOFS, max_size=8), PROOFS)
def test_more_proof_never_means_less(proofs: list[Proof], another: Proof) -> None:
    assert combine([*proofs, another]) >= combine(proofs) - 1e-12


@given(st.lists(PROOFS, min_size=1, max_size=8))
def test_never_above_the_best_cap_alive(proofs: list[Proof]) -> None:
    assert 0 <= combine(proofs) <= max((one.cap for one in proofs if one.is_alive), default=0.0)


@given(SHARES, st.floats(0, 1), st.floats(0, 1))
def test_age_never_strengthens(strength: float, age: float, older: float) -> None:
    assert Proof(strength, max(age, older), 1).weight <= Proof(strength, min(age, older), 1).weight


@pytest.mark.parametrize("wrong", [(-0.1, 0, 1), (1.1, 0, 1), (0.5, -1, 1), (0.5, 0, 2)])
def test_values_outside_their_range_are_refused(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="outside"):
        Proof(*wrong)


@pytest.mark.parametrize(
    ("confidence", "word"),
    [
        (0.95, Confidence.STRONG),
        (0.9, Confidence.STRONG),
        (0.6, Confidence.LIKELY),
        (0.59, Confidence.WEAK),
        (0.0, Confidence.NONE),
    ],
)
def test_words(confidence: float, word: Confidence) -> None:
    assert confidence_word(confidence) is word


def test_rights_alone_are_only_permission() -> None:
    permitted = [EvidenceClass.PERMITTED] * 2

    assert confidence_word(0.4, permitted) is Confidence.PERMITTED
    assert confidence_word(0.4, [*permitted, EvidenceClass.HINTED]) is Confidence.WEAK


@pytest.mark.parametrize(
    ("inputs", "outputs", "strength"), [(1, 5, 0.95), (5, 1, 0.95), (2, 3, 0.5), (9, 9, 0.3)]
)
def test_a_run_of_many_to_many_proves_little(inputs: int, outputs: int, strength: float) -> None:
    assert derivation_strength(inputs, outputs) == strength


def test_a_run_without_inputs_derives_nothing() -> None:
    with pytest.raises(ValueError, match="an input and an output"):
        derivation_strength(0, 3)


def test_every_source_is_consistent() -> None:
    for name, weight in SOURCES.items():
        assert weight.name == name
        assert weight.strength <= max(weight.cap, 0)
        assert weight.proves
        assert weight.ttl_s is None or weight.ttl_s > 0
