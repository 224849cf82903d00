"""The registration gate: what new content must pass; answers from PostgreSQL alone."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from catalog.models import DataProduct
from governance.models import ChangeRequest, Policy, Reservation
from governance.policy.facts import Facts, FieldFacts, ProductFacts, SchemaFacts
from governance.policy.fields import fields_of
from governance.policy.library.catalogue import BY_CODE
from governance.policy.rule import evaluate
from governance.policy.words import Result
from mesh.audit.principal import Principal
from mesh.people.models import ObjectScope
from schemas.avro.errors import InvalidSchema
from schemas.avro.parse import parse
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
    reserved = _reservation(candidate, principal)
    if reserved is not None:
        return reserved
    blocking = [result for result in _judged(candidate) if result.blocks]
    if blocking:
        said = " ".join(f"{result.message} {result.remedy}" for result in blocking[:3])
        return Refuse(NOT_PERMITTED, f"{blocking[0].code}: {said}")
    return Allow()


def _reservation(candidate: Candidate, principal: Principal) -> Refuse | None:
    row = (
        Reservation.objects.select_related("request")
        .filter(object_key=f"subject:{candidate.subject}")
        .first()
    )
    if row is None or principal.kind == "system" or row.request.team_id in principal.team_ids():
        return None
    said = f"The subject {candidate.subject} is claimed by change request #{row.request_id}."
    return Refuse(NOT_PERMITTED, said, f"{settings.BASE_URL}/governance/requests/{row.request_id}")


def _judged(candidate: Candidate) -> list[Result]:
    """Schema policies of the owning product; a subject that no product owns has none to follow."""
    if not candidate.subject_id:
        return []
    owner = ObjectScope.objects.filter(kind="subject", object_id=candidate.subject_id).first()
    if owner is None or owner.product_id is None:
        return []
    product = DataProduct.objects.filter(public_id=owner.product_id).first()
    if product is None:
        return []
    active = dict(
        Policy.objects.filter(code__in=SCHEMA_POLICIES, state="active").values_list(
            "code", "parameters"
        )
    )
    fields, unknown = _fields(candidate)
    facts = Facts(
        "schema.register",
        product=ProductFacts(product.slug, tier=product.tier),
        schema=SchemaFacts(candidate.subject, candidate.level, fields=fields),
        unknown=unknown,
    )
    return evaluate([BY_CODE[code] for code in active], facts, active)


def _fields(candidate: Candidate) -> tuple[tuple[FieldFacts, ...], frozenset[str]]:
    """Fields of the candidate; one that needs its references is judged at planning only."""
    try:
        schema = parse(candidate.text, strict=False)
    except InvalidSchema:
        return (), frozenset({"schema.fields"})
    return fields_of(schema, known_paths(candidate.subject_id)), frozenset()


def known_paths(subject_id: str) -> set[str]:
    """Field paths of any live version of a subject: what is not here is new."""
    contents = Field.objects.filter(
        content__ids__versions__subject__public_id=subject_id,
        content__ids__versions__deleted_at__isnull=True,
    )
    return set(contents.values_list("path", flat=True))
