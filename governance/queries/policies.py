"""Policies with what they want, and who does not follow them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from governance.models import Policy, PolicyResult
from governance.policy.library.catalogue import BY_CODE
from governance.policy.rule import Rule
from mesh.audit.principal import Principal
from mesh.kernel.errors import NotFound
from mesh.people.authz.doors import scope, seen

BAD = ("fail", "error", "warn", "unknown")


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One policy of the platform with the number of products by outcome."""

    policy: Policy
    rule: Rule
    failing: int
    warned: int
    unknown: int
    passing: int

    @property
    def judged(self) -> int:
        """On how many products it was judged between changes."""
        return self.failing + self.warned + self.unknown + self.passing

    @property
    def code(self) -> str:
        return self.policy.code


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """A policy with everything that does not follow it."""

    row: PolicyRow
    results: Sequence[PolicyResult]


def continuous(viewer: Principal) -> QuerySet[PolicyResult]:
    """Results of the continuous run about products that the viewer sees."""
    rows = scope(viewer, "policy.read", PolicyResult.objects.filter(phase="continuous"))
    return seen(viewer, rows, "product", "product__public_id")


def policies(viewer: Principal) -> list[PolicyRow]:
    """Every policy by number. Two queries."""
    rows = scope(viewer, "policy.read", Policy.objects.all())
    grouped = (
        continuous(viewer)
        .values("policy_id", "outcome")
        .annotate(products=Count("product", distinct=True))
    )
    counts: dict[int, dict[str, int]] = {}
    for entry in grouped:
        counts.setdefault(entry["policy_id"], {})[entry["outcome"]] = entry["products"]
    found = [_row(policy, counts.get(policy.pk, {})) for policy in rows if policy.code in BY_CODE]
    return sorted(found, key=lambda row: row.rule.number)


def policy_page(viewer: Principal, code: str) -> PolicyPage:
    """One policy. Raises NotFound."""
    row = next((row for row in policies(viewer) if row.code == code), None)
    if row is None:
        raise NotFound
    results = continuous(viewer).filter(policy=row.policy, outcome__in=BAD)
    return PolicyPage(
        row, list(results.select_related("product__team").order_by("product__slug", "pk")[:500])
    )


def _row(policy: Policy, counts: dict[str, int]) -> PolicyRow:
    return PolicyRow(
        policy,
        BY_CODE[policy.code],
        counts.get("fail", 0) + counts.get("error", 0),
        counts.get("warn", 0),
        counts.get("unknown", 0),
        counts.get("pass", 0),
    )
