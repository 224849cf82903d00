"""The registration gate: what new content must pass; answers from PostgreSQL alone."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from governance.claims import Situation, situation_of
from governance.models import ChangeRequest
from governance.policy.facts import Facts, FieldFacts, SchemaFacts
from governance.policy.fields import fields_of
from governance.policy.library.catalogue import BY_CODE
from governance.policy.rule import evaluate
from governance.policy.words import Result
from mesh.audit.principal import Principal
from schemas.models import Field
from schemas.ports import Allow, Candidate, Refuse

INCOMPATIBLE, NOT_PERMITTED = 40901, 42205
SCHEMA_POLICIES = ("schema.doc-coverage", "schema.pii-classified", "subject.compatibility-by-tier")


def decide_registration(
    candidate: Candidate, principal: Principal, approval: Any = None
) -> Allow | Refuse:
    """Allow, or refuse with the registry's code.

    Incompatible content is refused whoever asks. An approved request skips reservation and
    policies: both were judged in its plan.
    """
    if not candidate.is_compatible:
        return Refuse(INCOMPATIBLE, "")
    if isinstance(approval, ChangeRequest):
        return Allow(f"request #{approval.pk}")
    situation = situation_of(candidate.subject, candidate.subject_id, SCHEMA_POLICIES)
    reserved = _reservation(candidate, situation, principal)
    if reserved is not None:
        return reserved
    blocking = [result for result in _judged(candidate, situation) if result.blocks]
    if blocking:
        said = " ".join(f"{result.message} {result.remedy}" for result in blocking[:3])
        return Refuse(NOT_PERMITTED, f"{blocking[0].code}: {said}")
    return Allow()


def _reservation(candidate: Candidate, situation: Situation, principal: Principal) -> Refuse | None:
    number = situation.request_id
    if number is None or principal.kind == "system" or situation.team_id in principal.team_ids():
        return None
    said = f"The subject {candidate.subject} is claimed by change request #{number}."
    return Refuse(NOT_PERMITTED, said, f"{settings.BASE_URL}/governance/requests/{number}")


def _judged(candidate: Candidate, situation: Situation) -> list[Result]:
    """Schema policies of the owning product; a subject that no product owns has none to follow."""
    if situation.product is None:
        return []
    fields, unknown = _fields(candidate)
    facts = Facts(
        "schema.register",
        product=situation.product,
        schema=SchemaFacts(candidate.subject, candidate.level, fields=fields),
        unknown=unknown,
    )
    active = situation.policies
    return evaluate([BY_CODE[code] for code in active], facts, active)


def _fields(candidate: Candidate) -> tuple[tuple[FieldFacts, ...], frozenset[str]]:
    """Fields of the candidate; one that needs its references is judged at planning only."""
    if candidate.references:
        return (), frozenset({"schema.fields"})
    return fields_of(candidate.schema, known_paths(candidate.subject_id)), frozenset()


def known_paths(subject_id: str) -> set[str]:
    """Field paths of any live version of a subject: what is not here is new."""
    contents = Field.objects.filter(
        content__ids__versions__subject__public_id=subject_id,
        content__ids__versions__deleted_at__isnull=True,
    )
    return set(contents.values_list("path", flat=True))
