"""Policies about who answers for a product and what it says of itself."""

from __future__ import annotations

from collections.abc import Iterator

from governance.policy.facts import Facts, ProductFacts, without
from governance.policy.rule import Parameters, Rule, bad, good, number, unknown
from governance.policy.words import Fault, Number, Outcome, Severity

PRODUCT_TARGETS = frozenset(
    {"product.create", "product.edit", "lifecycle.activate", "state:product"}
)
LONG = "Every change of an order from placed to delivered, one record each."


def _owned(members: int = 2, contacts: int = 1, team: str = "orders-team") -> Facts:
    product = ProductFacts("orders", team=team, members=members, contacts=contacts)
    return Facts("product.create", product=product)


def _described(
    purpose: str = LONG, usage: str = LONG, limitations: str = LONG, tier: str = "gold"
) -> Facts:
    product = ProductFacts(
        "orders", tier=tier, purpose=purpose, usage=usage, limitations=limitations
    )
    return Facts("product.create", product=product)


class OwnerPresent(Rule):
    number, code, theme = 5, "product.owner-present", "ownership"
    title = "Somebody answers for every product"
    wants = "One accountable team with enough members and a way to reach it."
    severity = Severity.BLOCK
    looks_at = PRODUCT_TARGETS
    needs = ("product.members",)
    params = {"members": Number(2, "higher", 1, 100), "contacts": Number(1, "higher", 0, 10)}
    message = "{product}: {problem}."
    remedy = "Add people and a contact channel to the team, or choose another team."
    examples = (
        good(_owned()),
        good(_owned(members=9, contacts=3)),
        bad(_owned(members=1), "1 member"),
        bad(_owned(contacts=0), "no contact"),
        bad(_owned(team=""), "no team"),
        unknown(without(_owned(), "product.members")),
    )

    def judge(self, facts: Facts, parameters: Parameters) -> Iterator[Fault]:
        product = facts.product
        assert product is not None
        for problem in self._problems(product, parameters):
            yield Fault({"product": product.slug, "problem": problem}, "/desired/team")

    def _problems(self, product: ProductFacts, parameters: Parameters) -> Iterator[str]:
        if not product.team:
            yield "no team answers for it"
            return
        least = number(parameters, "members")
        if product.members < least:
            noun = "member" if product.members == 1 else "members"
            yield f"{product.team} has {product.members} {noun}, at least {least} are needed"
        if product.contacts < number(parameters, "contacts"):
            yield f"{product.team} has no contact channel"


class Description(Rule):
    number, code, theme = 7, "product.description", "ownership"
    title = "A product says what it is for, how to use it and what it cannot do"
    wants = "Purpose, usage and limitations in a sentence or two each; a must for gold."
    severity = Severity.BLOCK
    looks_at = PRODUCT_TARGETS
    needs = ("product.purpose",)
    params = {"characters": Number(40, "higher", 0, 2000)}
    message = "{product}: {member} has {length} characters, at least {characters} are wanted."
    remedy = "Write it for somebody who has never met your team."
    examples = (
        good(_described()),
        good(_described(tier="silver")),
        bad(_described(usage="Read it."), "usage has 8"),
        bad(_described(purpose="", tier="bronze"), "purpose has 0", Outcome.WARN),
        unknown(without(_described(), "product.purpose")),
    )

    def judge(self, facts: Facts, parameters: Parameters) -> Iterator[Fault]:
        product = facts.product
        assert product is not None
        severity = Severity.BLOCK if product.tier == "gold" else Severity.WARN
        for member in ("purpose", "usage", "limitations"):
            length = len(getattr(product, member).strip())
            if length < number(parameters, "characters"):
                values = {"product": product.slug, "member": member, "length": length}
                yield Fault(values, f"/desired/{member}", severity)
