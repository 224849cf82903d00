"""Who decides on new content: a function that an upper room hands in at start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import structlog

from mesh.audit.principal import Principal
from mesh.kernel import clock
from mesh.kernel.errors import MeshError
from schemas.avro.model import Schema
from schemas.errors import GateUnavailable
from schemas.registering.comparing import Comparison

log = structlog.get_logger(__name__)
SLOWEST_GATE_S: Final = 1.0
INCOMPATIBLE: Final = 40901


@dataclass(frozen=True, slots=True)
class Candidate:
    """Content that nobody registered under this subject yet, and what is known of it.

    `subject_id` is the public id text, empty while the subject has no row. `comparison` holds
    level, versions and incompatibilities. `references` are (name, subject, version).
    """

    context: str
    subject: str
    subject_id: str
    schema: Schema
    text: str
    guid: str
    references: tuple[tuple[str, str, int], ...]
    latest_version: int
    comparison: Comparison
    forced: bool = False

    @property
    def level(self) -> str:
        return self.comparison.level

    @property
    def is_compatible(self) -> bool:
        return self.comparison.is_compatible


@dataclass(frozen=True, slots=True)
class Allow:
    """Register it."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Do not register it: 40901 (incompatible) or 42205 (not permitted), with a sentence."""

    code: int
    message: str
    request_url: str = ""


Verdict = Allow | Refuse
Gate = Callable[[Candidate, Principal, Any], Verdict]
_gates: list[Gate] = []


def set_gate(gate: Gate | None) -> None:
    """Hand in the function that decides; None takes it away."""
    _gates[:] = [] if gate is None else [gate]


def current_gate() -> Gate | None:
    """The function that decides now."""
    return _gates[0] if _gates else None


def registration_gate(candidate: Candidate, principal: Principal, approval: Any = None) -> Verdict:
    """Ask the gate. Raises GateUnavailable when there is none, it fails or takes too long."""
    gate = current_gate()
    if gate is None:
        raise GateUnavailable
    began = clock.monotonic()
    try:
        verdict = gate(candidate, principal, approval)
    except MeshError:
        raise
    except Exception as error:
        log.exception("gate_failed", subject=candidate.subject)
        raise GateUnavailable from error
    if clock.monotonic() - began > SLOWEST_GATE_S:
        log.warning("gate_slow", subject=candidate.subject)
        raise GateUnavailable
    return verdict


def allow_compatible(candidate: Candidate, principal: Principal, approval: Any = None) -> Verdict:
    """Plain registry behaviour: incompatible content is refused, the rest is allowed."""
    if candidate.is_compatible:
        return Allow()
    return Refuse(INCOMPATIBLE, "")
