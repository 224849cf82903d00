"""How sure an observed edge is, from the proofs that are alive."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from lineage.graph.sources import EvidenceClass

STRONG, LIKELY = 0.9, 0.6
FRESH_SHARE = 0.5  # up to half its life a proof counts in full
LAST_WEIGHT = 0.5  # what it counts at the end of it


class Confidence(enum.StrEnum):
    """The word for a confidence; `PERMITTED`: rights alone, no part of a flow."""

    STRONG = "strong"
    LIKELY = "likely"
    WEAK = "weak"
    PERMITTED = "permitted only"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Proof:
    """One sighting: strength in 0..1, share of its time to live that is used up, cap of its class.

    The share counts covered time only: while nobody looks, nothing ages.
    """

    strength: float
    age_share: float
    cap: float

    def __post_init__(self) -> None:
        if not (0 <= self.strength <= 1 and 0 <= self.cap <= 1 and self.age_share >= 0):
            raise ValueError(f"{self} is outside its ranges")

    @property
    def is_alive(self) -> bool:
        return self.age_share <= 1

    @property
    def weight(self) -> float:
        """The strength that is left at this age."""
        if self.age_share <= FRESH_SHARE:
            return self.strength
        spent = (self.age_share - FRESH_SHARE) / (1 - FRESH_SHARE)
        return self.strength * (1 - spent * (1 - LAST_WEIGHT))


def combine(proofs: Sequence[Proof]) -> float:
    """Independent proofs add up, never above the cap of the best class alive; 0 without any.

    min(cap, 1 - product of (1 - weight)): a heap of permissions never looks like traffic.
    """
    alive = [proof for proof in proofs if proof.is_alive]
    if not alive:
        return 0.0
    return min(max(proof.cap for proof in alive), 1 - prod(1 - proof.weight for proof in alive))


def confidence_word(confidence: float, classes: Sequence[EvidenceClass] = ()) -> Confidence:
    """The word shown; `classes` are those of the live observations, where known."""
    if confidence <= 0:
        return Confidence.NONE
    if classes and all(evidence is EvidenceClass.PERMITTED for evidence in classes):
        return Confidence.PERMITTED
    if confidence >= STRONG:
        return Confidence.STRONG
    return Confidence.LIKELY if confidence >= LIKELY else Confidence.WEAK
