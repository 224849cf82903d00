"""decide(): may this principal do this action on this resource? Pure, no query, one rule set."""

from __future__ import annotations

from dataclasses import dataclass

from mesh.audit.principal import Principal
from mesh.people.authz.table import ACTIONS, Rule

ROLE_WORDS = {
    "RD": "somebody who is signed in", "EN": "an engineer", "PO": "an owner", "DS": "a steward",
    "GA": "a governor", "PA": "an administrator", "AU": "an auditor",
}  # fmt: skip
CELL_WORDS = {"y": "", "own": " of the accountable team", "dom": " of its domain"}


@dataclass(frozen=True, slots=True)
class Resource:
    """What decide() needs to know of an object; team 0 and empty ids mean 'nobody's'."""

    kind: str
    id: str = ""
    team_id: int | None = None
    product_id: str = ""
    domain_ids: tuple[str, ...] = ()
    visibility: str = "organisation"
    label: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer with the rule that gave it; `hide` means: answer as if the object did not exist."""

    allow: bool
    rule: str
    reason: str
    hide: bool = False


def decide(
    principal: Principal,
    action: str,
    resource: Resource | None = None,
    *,
    anonymous_read: bool = False,
) -> Decision:
    """Judge one action. Raises KeyError for an action that is not in the table."""
    rule = ACTIONS[action]
    if principal.kind == "system":
        return Decision(True, "system", "the system itself")
    if resource is not None and not can_see(principal, resource):
        return Decision(False, "visibility", "Nothing with this name is here.", hide=True)
    if principal.scopes is not None and rule.scope != "*" and rule.scope not in principal.scopes:
        needed = f"scope {rule.scope}" if rule.scope else "a browser session; keys never do this"
        return Decision(False, "scope", f"This key may not: it needs {needed}.")
    for role in roles_of(principal):
        if _holds(principal, role, rule.cell(role), resource, anonymous_read):
            if rule.sudo and principal.scopes is None and not principal.sudo:
                return Decision(
                    False, "sudo", "Type your password again: this needs a fresh log-in."
                )
            return Decision(True, f"{action}:{role}={rule.cell(role)}", "")
    return Decision(False, "matrix", _refusal(principal, action, rule))


def can_see(principal: Principal, resource: Resource) -> bool:
    """Restricted objects exist only for their team, domain, governance and auditors."""
    if resource.visibility != "restricted" or principal.kind == "system":
        return True
    if principal.has_role("governor", "auditor"):
        return True
    if resource.team_id is not None and resource.team_id in principal.team_ids():
        return True
    if principal.domain_ids("steward") & set(resource.domain_ids) or principal.has_platform_role(
        "steward"
    ):
        return True
    return any(
        g.scope_kind == "product" and g.scope_id == resource.product_id for g in principal.grants
    )


def roles_of(principal: Principal) -> list[str]:
    """The matrix columns this principal stands in."""
    if principal.kind == "anonymous":
        return ["AN"]
    roles = ["RD"]
    team_words = {word for _, word in principal.team_roles}
    roles += [
        column for column, word in (("EN", "engineer"), ("PO", "owner")) if word in team_words
    ]
    names = (("DS", "steward"), ("GA", "governor"), ("PA", "platform_admin"), ("AU", "auditor"))
    roles += [column for column, word in names if principal.has_role(word)]
    return roles


def _holds(
    principal: Principal, role: str, cell: str, resource: Resource | None, anonymous: bool
) -> bool:
    match cell:
        case "y":
            return True
        case "opt":
            return anonymous
        case "own":
            team_role = "owner" if role == "PO" else "engineer"
            if resource is None:
                return bool(principal.team_ids(team_role))
            return resource.team_id is not None and resource.team_id in principal.team_ids(
                team_role
            )
        case "dom":
            if principal.has_platform_role("steward"):
                return True
            mine = principal.domain_ids("steward")
            return bool(mine) if resource is None else bool(mine & set(resource.domain_ids))
        case _:
            return False


def _refusal(principal: Principal, action: str, rule: Rule) -> str:
    if not principal.is_signed_in:
        return "Sign in or send an API key."
    able: dict[str, list[str]] = {}
    for role, cell in rule.cells:
        if role in ROLE_WORDS and cell in CELL_WORDS:
            able.setdefault(CELL_WORDS[cell], []).append(ROLE_WORDS[role])
    if not able:
        return f"Nobody may do this directly ({action}); open a change request."
    words = ", or ".join(f"{' or '.join(roles)}{whose}" for whose, roles in able.items())
    return f"Your roles do not allow this ({action}). It takes {words}."
