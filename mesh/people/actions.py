"""Writes of the people floor: teams, members, service accounts, keys, a person's own settings."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import available_timezones

from django.db import IntegrityError, transaction

from mesh.audit.actions import audited, outbox, record
from mesh.audit.principal import Principal
from mesh.kernel.database import database_now
from mesh.kernel.errors import InvalidInput, NameTaken, NotAllowed, NotFound
from mesh.kernel.ids import SLUG
from mesh.kernel.names import name_fault
from mesh.kernel.revisions import unmoved
from mesh.people.authz.doors import require
from mesh.people.authz.table import SCOPES
from mesh.people.errors import LastHolder
from mesh.people.keys import KeyText, generate
from mesh.people.models import ApiKey, Grant, Membership, ServiceAccount, Team, User

KEY_DAYS_MAX = 365
# Without one of each nobody could let anybody in.
NEVER_NOBODY = (Grant.Role.GOVERNOR, Grant.Role.PLATFORM_ADMIN)
TEAM_MEMBERS = ("name", "purpose", "contact", "on_call")


@audited
def create_team(
    slug: str, *, name: str, by: Principal, purpose: str = "", contact: str = "", on_call: str = ""
) -> Team:
    """A new team. Raises NameTaken, InvalidInput."""
    require(by, "team.manage")
    _check_name(name)
    if not SLUG.fullmatch(slug):
        raise InvalidInput(
            "A slug has small letters, digits and hyphens, and begins with a letter.",
            pointer="/slug",
        )
    try:
        with transaction.atomic():
            team = Team.objects.create(
                slug=slug, name=name, purpose=purpose, contact=contact, on_call=on_call
            )
    except IntegrityError as error:
        raise NameTaken(f"A team {slug} exists already.", pointer="/slug") from error
    record("team_created", team, by=by, after={"slug": slug, "name": name})
    outbox("team_created", team, teams=(team.pk,))
    return team


def _check_name(name: str) -> None:
    if said := name_fault(name):
        raise InvalidInput(said, pointer="/name")


@audited
def edit_team(
    team_id: int, changes: dict[str, str], *, by: Principal, revision: int | None = None
) -> Team:
    """Change name, purpose or contacts. Raises StaleRevision."""
    team = Team.objects.select_for_update(no_key=True).get(pk=team_id)
    require(by, "team.members", team)
    unmoved(team.revision, revision)
    _check_name(changes.get("name", ""))
    changes = {key: value for key, value in changes.items() if key in TEAM_MEMBERS}
    before = {key: getattr(team, key) for key in changes}
    for key, value in changes.items():
        setattr(team, key, value)
    team.revision += 1
    team.save(update_fields=[*changes, "revision", "updated_at"])
    record("team_changed", team, by=by, before=before, after=dict(changes))
    return team


@audited
def add_member(team_id: int, login: str, role: str, *, by: Principal) -> Membership:
    """Make a person engineer or owner of a team; the role of a member is changed. Raises NotFound."""
    team = Team.objects.select_for_update(no_key=True).get(pk=team_id)
    require(by, "team.members", team)
    user = User.objects.filter(login__iexact=login, is_active=True).first()
    if user is None:
        raise NotFound(f"Nobody signs in as {login[:80]}.", pointer="/login")
    if role not in Membership.Role.values:
        raise InvalidInput("A role is engineer or owner.", pointer="/role")
    membership, _ = Membership.objects.update_or_create(
        team=team, user=user, defaults={"role": role}
    )
    record("member_added", team, by=by, after={"login": user.login, "role": role})
    return membership


@audited
def create_service_account(
    name: str, team_id: int, *, by: Principal, purpose: str = ""
) -> ServiceAccount:
    """A program's account in a team. Raises NameTaken."""
    team = Team.objects.select_for_update(no_key=True).get(pk=team_id)
    require(by, "service_account.manage", team)
    try:
        with transaction.atomic():
            account = ServiceAccount.objects.create(name=name, team=team, purpose=purpose)
    except IntegrityError as error:
        raise NameTaken(
            f"A service account {name[:80]} exists already.", pointer="/name"
        ) from error
    record("service_account_created", account, by=by, after={"name": name, "team": team.slug})
    return account


@audited
def create_key(
    *, by: Principal, label: str, scopes: list[str], days: int = 90, service_account: ServiceAccount | None = None,
) -> tuple[ApiKey, KeyText]:  # fmt: skip
    """A new key, shown once. For oneself, or for a service account of a team one owns."""
    if service_account is None:
        require(by, "key.manage")
        if by.user_pk is None:
            raise NotAllowed("Keys of a person are made in that person's own session.")
    else:
        require(by, "service_account.manage", service_account.team)
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        raise InvalidInput(
            f"Unknown scope {unknown[0][:40]}; known: {', '.join(SCOPES)}.", pointer="/scopes"
        )
    if not 1 <= days <= KEY_DAYS_MAX:
        raise InvalidInput(f"A key lives 1 to {KEY_DAYS_MAX} days.", pointer="/days")
    text = generate()
    key = ApiKey.objects.create(
        key_id=text.key_id,
        secret_sha256=text.digest,
        label=label,
        user_id=by.user_pk if service_account is None else None,
        service_account=service_account,
        scopes=sorted(set(scopes)),
        expires_at=database_now() + timedelta(days=days),
    )
    record("api_key_created", key, by=by, after={"label": label, "scopes": key.scopes})
    return key, text


@audited
def revoke_key(key_id: str, *, by: Principal) -> None:
    """End a key of one's own."""
    require(by, "key.manage")
    key = (
        ApiKey.objects.select_for_update(no_key=True)
        .filter(key_id=key_id, user_id=by.user_pk or 0)
        .first()
    )
    if key is None:
        raise NotFound("You have no such key.")
    key.revoked_at = database_now()
    key.save(update_fields=["revoked_at"])
    record("api_key_revoked", key, by=by)


@audited
def end_key(key_id: str, *, by: Principal) -> None:
    """End anybody's key, for whoever grants roles; a second time changes nothing. Raises NotFound."""
    require(by, "role.grant")
    key = ApiKey.objects.select_for_update(no_key=True).filter(key_id=key_id).first()
    if key is None:
        raise NotFound("There is no such key.")
    if key.revoked_at is None:
        key.revoked_at = database_now()
        key.save(update_fields=["revoked_at"])
        record("api_key_revoked", key, by=by, after={"label": key.label})


@audited
def grant_role(login: str, role: str, *, by: Principal) -> Grant:
    """A role on the whole platform for another person; repeating it changes nothing.

    Raises NotFound, InvalidInput, NotAllowed when somebody would raise themselves.
    """
    require(by, "role.grant")
    if role not in Grant.Role.values:
        raise InvalidInput(f"A role is one of {', '.join(Grant.Role.values)}.", pointer="/role")
    users = User.objects.select_for_update(no_key=True)
    user = users.filter(login__iexact=login, is_active=True).first()
    if user is None:
        raise NotFound(f"Nobody signs in as {login[:80]}.", pointer="/login")
    if user.pk == by.user_pk:
        raise NotAllowed(
            "Nobody grants a role to themselves; ask another governor or administrator."
        )
    grant, created = Grant.objects.get_or_create(
        role=role, scope_kind=Grant.ScopeKind.PLATFORM, scope_id=None, user=user
    )
    if created:
        record("role_granted", user, by=by, after={"role": role, "scope": "platform"})
        outbox("role_granted", user, role=role)
    return grant


@audited
def revoke_role(grant_id: int, *, by: Principal) -> None:
    """Take a role away, of a person or a program. Raises NotFound, LastHolder."""
    require(by, "role.grant")
    role = Grant.objects.filter(pk=grant_id).values_list("role", flat=True).first()
    others = _lock_holders(role or "") - {grant_id}
    locked = Grant.objects.select_for_update(no_key=True, of=("self",))
    grant = locked.select_related("user", "service_account").filter(pk=grant_id).first()
    if grant is None:
        raise NotFound("This role was taken away already.")
    if grant.role in NEVER_NOBODY and not others:
        raise LastHolder(
            f"Nobody else holds the role {grant.get_role_display()}; grant it to another first."
        )
    holder = grant.user or grant.service_account
    assert holder is not None  # the row's constraint
    before = {"role": grant.role, "scope": grant.scope_kind}
    grant.delete()
    record("role_revoked", holder, by=by, before=before, after={"role": "", "scope": ""})
    outbox("role_revoked", holder, role=before["role"])


def _lock_holders(role: str) -> set[int]:
    """Grants of the role to active people, locked in one order: two who go at once wait for each other."""
    rows = Grant.objects.select_for_update(no_key=True, of=("self",)).filter(
        role=role, scope_kind=Grant.ScopeKind.PLATFORM, user__is_active=True
    )
    return {grant.pk for grant in rows.order_by("pk")}


@audited
def set_look(
    *, by: Principal, theme: str | None = None, density: str | None = None, zone: str | None = None,
    shortcuts: bool | None = None,
) -> None:  # fmt: skip
    """A person's theme ("" = the system's), density, time zone ("" = UTC) and whether keys are listened to.

    None leaves a setting as it is. Raises InvalidInput.
    """
    require(by, "me.edit")
    user = User.objects.select_for_update(no_key=True).get(pk=by.user_pk or 0)
    if theme is not None and theme not in ("", "light", "dark"):
        raise InvalidInput("A theme is light, dark or empty.", pointer="/theme")
    if density is not None and density not in ("comfortable", "compact"):
        raise InvalidInput("A density is comfortable or compact.", pointer="/density")
    if zone and zone not in available_timezones():
        raise InvalidInput(
            "A time zone is one of the list, such as Europe/Berlin.", pointer="/zone"
        )
    wanted = {"theme": theme, "density": density, "zone": zone, "shortcuts": shortcuts}
    for name, value in wanted.items():
        if value is not None:
            setattr(user, name, value)
    user.save(update_fields=[*wanted, "updated_at"])


@audited
def note_log_in(login: str, address: str, *, by: Principal, succeeded: bool) -> None:
    """Keep log-ins and failures in the audit trail."""
    user = User.objects.filter(login__iexact=login).first()
    if user is not None:
        record("logged_in" if succeeded else "log_in_failed", user, by=by, after={"address": address},
               outcome="done" if succeeded else "refused")  # fmt: skip
