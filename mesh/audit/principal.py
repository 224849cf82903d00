"""Who acts: the frozen description every action, query and decision receives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

PrincipalKind = Literal["anonymous", "user", "service", "system"]


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """A role on a scope: ('steward', 'domain', uuid text), or platform with an empty id."""

    role: str
    scope_kind: str
    scope_id: str = ""


@dataclass(frozen=True, slots=True)
class Principal:
    """A person, program, the system or nobody, with everything needed to decide without a query.

    `team_roles` maps Team primary keys to 'engineer' or 'owner'; `scopes` is None for a browser
    session and the key's scopes for an API key. `sudo` says a password was typed within 10 minutes.
    """

    kind: PrincipalKind
    id: str
    label: str
    grants: tuple[RoleGrant, ...] = ()
    team_roles: tuple[tuple[int, str], ...] = ()
    scopes: frozenset[str] | None = None
    auth_method: str = ""
    sudo: bool = False
    key_id: str = ""
    user_pk: int | None = None
    login: str = field(default="")
    purpose: str = ""

    @property
    def is_signed_in(self) -> bool:
        return self.kind in ("user", "service")

    @property
    def key(self) -> str:
        """One text that identifies the principal in rows."""
        return f"{self.kind}:{self.id}"

    def team_ids(self, *roles: str) -> frozenset[int]:
        """Teams in which the principal has one of the roles (any role when none is named)."""
        return frozenset(team for team, role in self.team_roles if not roles or role in roles)

    def has_role(self, *roles: str) -> bool:
        """Does any grant, whatever its scope, give one of these roles?"""
        return any(grant.role in roles for grant in self.grants)

    def domain_ids(self, role: str) -> frozenset[str]:
        """Domains (uuid text) on which the role was granted."""
        return frozenset(
            g.scope_id for g in self.grants if g.role == role and g.scope_kind == "domain"
        )

    def has_platform_role(self, *roles: str) -> bool:
        """Is one of the roles held on the whole platform?"""
        return any(g.role in roles and g.scope_kind == "platform" for g in self.grants)


SYSTEM = Principal("system", "system", "Tributary")
ANONYMOUS = Principal("anonymous", "", "anonymous")
