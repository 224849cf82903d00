"""From a session or an API key to a Principal."""

from __future__ import annotations

import hmac
from datetime import timedelta

from django.db.models import Q

from mesh.audit.principal import Principal, RoleGrant
from mesh.kernel.database import database_now
from mesh.people.keys import KeyText, parse
from mesh.people.models import ApiKey, ServiceAccount, User

UNKNOWN_DIGEST = "0" * 64
LAST_USED_GRAIN = timedelta(minutes=1)


def principal_of_user(
    user: User, *, auth_method: str = "session", sudo: bool = False, key: ApiKey | None = None
) -> Principal:
    """The person's principal with grants and team roles. Costs two queries."""
    return Principal(
        kind="user",
        id=str(user.public_id),
        label=user.label,
        login=user.login,
        user_pk=user.pk,
        grants=tuple(
            RoleGrant(g.role, g.scope_kind, str(g.scope_id or "")) for g in user.grants.all()
        ),
        team_roles=tuple((m.team_id, m.role) for m in user.memberships.all()),
        scopes=None if key is None else frozenset(key.scopes),
        key_id="" if key is None else key.key_id,
        purpose="" if key is None else key.purpose,
        auth_method=auth_method,
        sudo=sudo,
    )


def principal_of_service(account: ServiceAccount, key: ApiKey) -> Principal:
    """A program's principal: engineer of its team, within the key's scopes."""
    return Principal(
        kind="service",
        id=str(account.public_id),
        label=account.name,
        grants=tuple(
            RoleGrant(g.role, g.scope_kind, str(g.scope_id or "")) for g in account.grants.all()
        ),
        team_roles=((account.team_id, "engineer"),),
        scopes=frozenset(key.scopes),
        key_id=key.key_id,
        purpose=key.purpose or account.purpose,
        auth_method="api_key",
    )


def principal_of_key(text: str) -> Principal | None:
    """The principal behind a whole key text, or None when it is not valid now."""
    parts = parse(text)
    return None if parts is None else _look_up(parts)


def principal_of_basic(login: str, password: str) -> Principal | None:
    """Basic credentials: `trb_<id>` with the secret, or any user name with the whole key."""
    if login.startswith("trb_") and len(login) == 14:
        whole = parse(f"{login}_{password}")
        return None if whole is None else _look_up(whole)
    return principal_of_key(password)


def _look_up(parts: KeyText) -> Principal | None:
    key = (
        ApiKey.objects.select_related("user", "service_account")
        .filter(key_id=parts.key_id, revoked_at__isnull=True)
        .first()
    )
    stored = key.secret_sha256 if key else UNKNOWN_DIGEST
    if not hmac.compare_digest(stored, parts.digest) or key is None:
        return None
    now = database_now()
    if key.expires_at is not None and key.expires_at <= now:
        return None
    ApiKey.objects.filter(
        Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - LAST_USED_GRAIN), pk=key.pk
    ).update(last_used_at=now)
    if key.user is not None:
        return (
            principal_of_user(key.user, auth_method="api_key", key=key)
            if key.user.is_active
            else None
        )
    account = key.service_account
    return principal_of_service(account, key) if account is not None and account.is_active else None
