"""The permission matrix as data: action -> who may. Read by decide() and scope(), walked by tests.

Words of a cell: `y` any object; `own` the accountable team is mine; `dom` in a domain granted to me;
`ask` only through a change request (the action itself is refused); absent = never.
Columns: AN anonymous, RD reader (every signed-in person), EN engineer of the team, PO owner of the
team, DS steward of the domain, GA governor, PA platform admin, AU auditor. `scope` is what an API
key must carry; '' means that keys never open this door.
"""

from __future__ import annotations

from dataclasses import dataclass

ROLES = ("AN", "RD", "EN", "PO", "DS", "GA", "PA", "AU")


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: cells by role, the API scope, and whether a password must have been typed lately."""

    cells: tuple[tuple[str, str], ...]
    scope: str
    sudo: bool = False

    def cell(self, role: str) -> str:
        return dict(self.cells).get(role, "")


def _rule(cells: str, scope: str = "", *, sudo: bool = False) -> Rule:
    pairs = tuple((pair.split("=")[0], pair.split("=")[1]) for pair in cells.split())
    return Rule(pairs, scope, sudo)


_READ = "AN=opt RD=y EN=y PO=y DS=y GA=y PA=y AU=y"
_SIGNED = "RD=y EN=y PO=y DS=y GA=y PA=y AU=y"
_TEAM = "EN=own PO=own DS=dom"

ACTIONS: dict[str, Rule] = {
    "health.read": _rule("AN=y RD=y EN=y PO=y DS=y GA=y PA=y AU=y", "*"),
    "login": _rule("AN=y RD=y EN=y PO=y DS=y GA=y PA=y AU=y", "*"),
    "me.read": _rule(_SIGNED, "*"),
    "me.edit": _rule(_SIGNED),
    "notice.read": _rule(_SIGNED, "*"),
    "catalog.read": _rule(_READ, "catalog:read"),
    "search": _rule(_READ, "catalog:read"),
    "team.read": _rule(_READ, "catalog:read"),
    "promise.read": _rule(_READ, "catalog:read"),
    "incident.read": _rule(_READ, "catalog:read"),
    "schema.read": _rule(_READ, "schemas:read"),
    "registry.read": _rule(_READ, "schemas:read"),
    "streams.read": _rule(_SIGNED, "streams:read"),
    "lineage.read": _rule(_SIGNED, "lineage:read"),
    "metrics.read": _rule("RD=y EN=y PO=y DS=y GA=y PA=y AU=y", "metrics:read"),
    "schema.check": _rule(_SIGNED, "schemas:read"),
    "schema.register": _rule(_TEAM, "schemas:write"),
    "schema.register_unowned": _rule("EN=y PO=y", "schemas:write"),
    "subject.set_level": _rule("PO=own DS=dom", "schemas:write"),
    "schema.soft_delete": _rule("PO=own DS=dom", "schemas:write"),
    "schema.delete_unowned": _rule("EN=y PO=y", "schemas:write"),
    "schema.hard_delete": _rule("", "schemas:write"),
    "registry.configure": _rule("GA=y PA=y", "schemas:write"),
    "product.create": _rule("EN=own PO=own DS=dom", "catalog:write"),
    "product.edit": _rule("EN=own PO=own DS=dom", "catalog:write"),
    "product.retire": _rule("PO=ask DS=ask"),
    "change.draft": _rule("EN=own PO=own DS=dom GA=y", "governance:request"),
    "change.submit": _rule("EN=own PO=own DS=dom GA=y", "governance:request"),
    "change.read": _rule(_SIGNED, "governance:read"),
    "change.approve": _rule("PO=y DS=y GA=y PA=y"),
    "change.retry": _rule("EN=own PO=own DS=dom GA=y PA=y", "governance:request"),
    "policy.read": _rule(_SIGNED, "governance:read"),
    "policy.manage": _rule("GA=ask"),
    "lineage.write": _rule("EN=y PO=y DS=y", "lineage:write"),
    "lineage.declare": _rule(_TEAM, "lineage:write"),
    "incident.acknowledge": _rule("EN=own PO=own DS=dom GA=y", "catalog:write"),
    "subscribe": _rule(_SIGNED, "catalog:write"),
    "domain.manage": _rule("GA=y", "governance:request"),
    "team.manage": _rule("GA=y PA=y", "governance:request"),
    "team.members": _rule("PO=own GA=y PA=y", "governance:request"),
    "role.grant": _rule("PA=y GA=y", sudo=True),
    "cluster.read": _rule(_SIGNED, "streams:read"),
    "cluster.sweep": _rule("EN=y PO=y DS=y GA=y PA=y", "streams:read"),
    "cluster.manage": _rule("PA=y", sudo=True),
    "key.manage": _rule(_SIGNED),
    "service_account.manage": _rule("PO=own PA=y", "governance:request"),
    "job.read": _rule(_SIGNED, "*"),
    "job.retry": _rule("GA=y PA=y"),
    "audit.read_object": _rule("EN=own PO=own DS=dom GA=y AU=y PA=y", "audit:read"),
    "audit.read": _rule("GA=y AU=y", "audit:read"),
    "admin.use": _rule("GA=y PA=y AU=y"),
}

SCOPES = sorted({rule.scope for rule in ACTIONS.values() if rule.scope not in ("", "*")})
