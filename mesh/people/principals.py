"""From a session or an API key to a Principal."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import timedelta

from mesh.audit.principal import Principal, RoleGrant
from mesh.kernel.database import prepared
from mesh.people.keys import KeyText, parse
from mesh.people.models import User

UNKNOWN_DIGEST = "0" * 64
LAST_USED_GRAIN = timedelta(minutes=1)
# Asked about once a second for every busy key: one round trip with everything a principal needs.
HOLDER = """
select k.secret_sha256, k.scopes, coalesce(nullif(k.purpose, ''), a.purpose, ''),
    k.expires_at is null or k.expires_at > clock_timestamp(),
    k.last_used_at is null or k.last_used_at < clock_timestamp() - %s,
    array(select g.role || ' ' || g.scope_kind || ' ' || coalesce(g.scope_id::text, '')
          from people_grant g where g.user_id = k.user_id
          or g.service_account_id = k.service_account_id order by g.id),
    u.id, u.public_id::text, u.label, u.login, u.is_active,
    array(select m.team_id || ' ' || m.role from people_membership m
          where m.user_id = k.user_id order by m.id),
    a.public_id::text, a.name, a.team_id, a.is_active
from people_apikey k
left join people_user u on u.id = k.user_id
left join people_serviceaccount a on a.id = k.service_account_id
where k.key_id = %s and k.revoked_at is null
"""
# A person's grants and team roles, asked for on every page: one round trip instead of two.
RIGHTS = """
select array(select g.role || ' ' || g.scope_kind || ' ' || coalesce(g.scope_id::text, '')
             from people_grant g where g.user_id = %(user)s order by g.id),
       array(select m.team_id || ' ' || m.role from people_membership m
             where m.user_id = %(user)s order by m.id)
"""
USED = """
update people_apikey set last_used_at = clock_timestamp()
where key_id = %s and (last_used_at is null or last_used_at < clock_timestamp() - %s)
returning id
"""


def principal_of_user(user: User, *, auth_method: str = "session", sudo: bool = False) -> Principal:
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
        auth_method=auth_method,
        sudo=sudo,
    )


def principal_of_session(user: User, *, sudo: bool) -> Principal:
    """The principal of a signed-in person. One query."""
    ((grants, memberships),) = prepared(RIGHTS, {"user": user.pk})
    person = _person(user.pk, str(user.public_id), user.label, user.login, True, memberships)
    assert person is not None  # Django's session asked whether they are active
    return replace(person, grants=_grants(grants), auth_method="session", sudo=sudo)


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
    """One query, and a second one once a minute that notes the use."""
    rows = prepared(HOLDER, (LAST_USED_GRAIN, parts.key_id))
    digest = rows[0][0] if rows else UNKNOWN_DIGEST
    if not hmac.compare_digest(digest, parts.digest) or not rows:
        return None
    _, scopes, purpose, is_live, is_use_due, grants, *holder = rows[0]
    if not is_live:
        return None
    if is_use_due:
        prepared(USED, (parts.key_id, LAST_USED_GRAIN))
    bare = _person(*holder[:6]) if holder[0] is not None else _program(*holder[6:])
    return bare and replace(
        bare,
        grants=_grants(grants),
        scopes=frozenset(scopes),
        key_id=parts.key_id,
        purpose=purpose,
        auth_method="api_key",
    )


def _grants(rows: list[str]) -> tuple[RoleGrant, ...]:
    return tuple(RoleGrant(*words.split(" ")) for words in rows)


def _person(
    pk: int, public_id: str, label: str, login: str, is_active: bool, memberships: list[str]
) -> Principal | None:
    if not is_active:
        return None
    pairs = (words.split(" ") for words in memberships)
    team_roles = tuple((int(team), role) for team, role in pairs)
    return Principal("user", public_id, label, login=login, user_pk=pk, team_roles=team_roles)


def _program(public_id: str, name: str, team_id: int, is_active: bool) -> Principal | None:
    """A program is an engineer of its team."""
    if not is_active:
        return None
    return Principal("service", public_id, name, team_roles=((team_id, "engineer"),))
