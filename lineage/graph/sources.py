"""What each kind of observation is worth as proof of a flow: one table, starting values."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

DAY_S = 86_400


class EvidenceClass(enum.StrEnum):
    """How far a kind of proof can carry at most, however much of it there is."""

    REPORTED = "A"  # the program itself said what it read and wrote
    OBSERVED = "B"  # something moved that only a real use moves
    HINTED = "C"
    PERMITTED = "D"  # it may, which does not say that it does
    DECLARED = "declared"  # an axis of its own, never mixed with observation

    @property
    def cap(self) -> float:
        return _CAPS[self]


_CAPS: Final = {
    EvidenceClass.REPORTED: 0.99,
    EvidenceClass.OBSERVED: 0.97,
    EvidenceClass.HINTED: 0.8,
    EvidenceClass.PERMITTED: 0.4,
    EvidenceClass.DECLARED: 0.0,
}


@dataclass(frozen=True, slots=True)
class SourceWeight:
    """Strength of one sighting and for how much covered time it counts; `None` = no expiry."""

    name: str
    evidence_class: EvidenceClass
    strength: float
    ttl_s: int | None
    proves: tuple[str, ...]

    @property
    def cap(self) -> float:
        return self.evidence_class.cap


_A, _B, _C, _D = (
    EvidenceClass.REPORTED,
    EvidenceClass.OBSERVED,
    EvidenceClass.HINTED,
    EvidenceClass.PERMITTED,
)

SOURCES: Final[dict[str, SourceWeight]] = {
    weight.name: weight
    for weight in (
        # a job that runs daily and misses one day is still alive: one day is the floor
        SourceWeight("openlineage_facet", _A, 0.98, DAY_S, ("derives",)),
        SourceWeight("openlineage_run", _A, 0.95, DAY_S, ("reads", "writes", "derives")),
        SourceWeight("openlineage_many", _C, 0.3, DAY_S, ("derives",)),
        SourceWeight("offsets_moved", _B, 0.95, 7 * DAY_S, ("reads",)),
        SourceWeight("group_assignment", _C, 0.6, DAY_S, ("reads",)),
        SourceWeight("connect_active", _B, 0.9, DAY_S, ("reads", "writes")),
        SourceWeight("connect_configured", _B, 0.7, DAY_S, ("reads", "writes")),
        SourceWeight("streams_topics", _B, 0.8, 7 * DAY_S, ("reads", "writes")),
        SourceWeight("registry_register", _B, 0.8, 7 * DAY_S, ("writes",)),
        SourceWeight("registry_lookup", _B, 0.5, 7 * DAY_S, ("writes",)),
        SourceWeight("registry_fetch", _B, 0.6, 7 * DAY_S, ("reads",)),
        SourceWeight("producer_state", _B, 0.8, DAY_S, ("writes",)),
        SourceWeight("acl", _D, 0.3, None, ("may_read", "may_write")),
        SourceWeight("field_match", _C, 0.6, None, ("derives",)),
        SourceWeight(
            "declaration", EvidenceClass.DECLARED, 0.0, None, ("reads", "writes", "derives")
        ),
    )
}


def derivation_strength(inputs: int, outputs: int) -> float:
    """Strength of "output derives from input" for a run of many to many without a facet.

    Raises ValueError for a run without inputs or outputs: it derives nothing.
    """
    if inputs < 1 or outputs < 1:
        raise ValueError("a derivation needs an input and an output")
    fewer = min(inputs, outputs)
    if fewer == 1:
        return SOURCES["openlineage_run"].strength
    return max(SOURCES["openlineage_many"].strength, 1 / fewer)
