"""First contents of an installation: people with roles and keys, environment, cluster, policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings

from governance.models import Policy
from governance.policy.library.catalogue import RULES
from mesh.audit.actions import audited, outbox, record
from mesh.audit.principal import Principal
from mesh.kernel.errors import InvalidInput
from mesh.people.authz.doors import require
from mesh.people.authz.table import ACTIONS
from mesh.people.keys import KeyText, parse
from mesh.people.models import ApiKey, Grant, User
from streams.models import Cluster, ClusterAlias, Environment

COLUMN = {
    "owner": "PO", "engineer": "EN", "consumer": "PO", "steward": "DS", "governor": "GA",
    "admin": "PA", "auditor": "AU", "reader": "RD",
}  # fmt: skip
PLATFORM_ROLE = {
    "steward": "steward", "governor": "governor", "admin": "platform_admin", "auditor": "auditor",
    "reader": "reader",
}  # fmt: skip
LOOPBACK_NAMES = ("127.0.0.1", "localhost")


@dataclass(frozen=True, slots=True)
class Person:
    """One person of the people file: a role, a login, a password and a whole API key."""

    role: str
    login: str
    password: str
    api_key: str

    @classmethod
    def read(cls, document: Mapping[str, object], place: str) -> Person:
        """A person from JSON. Raises InvalidInput with the place of what is wrong."""
        words = {name: document.get(name) for name in ("role", "login", "password", "api_key")}
        for name, value in words.items():
            if not isinstance(value, str) or not value:
                raise InvalidInput(f"{place}: {name} is missing.", pointer=f"{place}/{name}")
        person = cls(**{name: str(value) for name, value in words.items()})
        if person.role not in COLUMN:
            known = ", ".join(COLUMN)
            raise InvalidInput(f"{place}: say one of {known}.", pointer=f"{place}/role")
        if parse(person.api_key) is None:
            raise InvalidInput(f"{place}: the key is not well formed.", pointer=f"{place}/api_key")
        return person


def scopes_of_role(role: str) -> list[str]:
    """Every API scope that some action of the role needs."""
    columns = {"RD", COLUMN[role]}
    return sorted(
        {
            rule.scope
            for rule in ACTIONS.values()
            if rule.scope not in ("", "*") and any(column in columns for column, _ in rule.cells)
        }
    )


@audited
def set_up_person(person: Person, *, by: Principal) -> User:
    """Create or update one person; the password is set only when another one is stored."""
    require(by, "role.grant")
    user = User.objects.filter(login__iexact=person.login).first()
    if user is None:
        user = User(login=person.login, label=person.login)
        user.set_password(person.password)
        user.save(force_insert=True)
        record("person_created", user, by=by, after={"login": user.login})
        outbox("person_created", user)
    elif not user.check_password(person.password):
        user.set_password(person.password)
        user.save(update_fields=["password", "updated_at"])
        record("person_password_set", user, by=by)
    role = PLATFORM_ROLE.get(person.role)
    if role is not None:
        _grant(user, role, by=by)
    _keep_key(user, person, by=by)
    return user


def _grant(user: User, role: str, *, by: Principal) -> None:
    _, created = Grant.objects.get_or_create(
        user=user, role=role, scope_kind="platform", scope_id=None
    )
    if created:
        record("role_granted", user, by=by, after={"role": role, "scope": "platform"})


def _keep_key(user: User, person: Person, *, by: Principal) -> None:
    parts = parse(person.api_key)
    assert isinstance(parts, KeyText)
    wanted = {"secret_sha256": parts.digest, "user": user, "scopes": scopes_of_role(person.role)}
    key = ApiKey.objects.filter(key_id=parts.key_id).first()
    if key is None:
        key = ApiKey.objects.create(key_id=parts.key_id, label=f"{person.role} key", **wanted)
        record("key_created", key, by=by, after={"login": user.login, "scopes": key.scopes})
        return
    if (
        key.user_id != user.pk
        or key.secret_sha256 != parts.digest
        or key.scopes != wanted["scopes"]
    ):
        key.user, key.secret_sha256, key.scopes = user, parts.digest, scopes_of_role(person.role)
        key.save(update_fields=["user", "secret_sha256", "scopes"])
        record("key_changed", key, by=by, after={"login": user.login, "scopes": key.scopes})


@audited
def set_up_environment(slug: str, name: str, kind: str, *, by: Principal) -> Environment:
    """The environment of this slug, created when missing."""
    require(by, "cluster.manage")
    environment, created = Environment.objects.get_or_create(
        slug=slug, defaults={"name": name, "kind": kind}
    )
    if created:
        record("environment_created", environment, by=by, after={"slug": slug, "kind": kind})
    return environment


@audited
def set_up_cluster(
    name: str, environment: Environment, bootstrap: str, *, by: Principal
) -> Cluster:
    """The cluster of this name at this address; its own addresses become aliases."""
    require(by, "cluster.manage")
    wanted = {"bootstrap.servers": bootstrap}
    cluster, created = Cluster.objects.get_or_create(
        name=name,
        defaults={
            "environment": environment,
            "settings": wanted,
            "sweep_interval_s": settings.SWEEP_INTERVAL_S,
            "record_probe": True,
        },
    )
    if created:
        record("cluster_defined", cluster, by=by, after={"name": name, **wanted})
        outbox("cluster_defined", cluster)
    elif (cluster.settings, cluster.sweep_interval_s) != (wanted, settings.SWEEP_INTERVAL_S):
        before = dict(cluster.settings)
        cluster.settings, cluster.sweep_interval_s = wanted, settings.SWEEP_INTERVAL_S
        cluster.revision += 1
        cluster.save(update_fields=["settings", "sweep_interval_s", "revision", "updated_at"])
        record("cluster_changed", cluster, by=by, before=before, after=dict(wanted))
    for address in aliases_of(bootstrap):
        ClusterAlias.objects.get_or_create(
            cluster=cluster, address=address, defaults={"origin": "bootstrap"}
        )
    return cluster


def aliases_of(bootstrap: str) -> list[str]:
    """Addresses by which programs may call a cluster: each server, and this machine's other name."""
    found: list[str] = []
    for server in (part.strip() for part in bootstrap.split(",")):
        host, _, port = server.rpartition(":")
        names = LOOPBACK_NAMES if host in LOOPBACK_NAMES else (host,)
        found += [f"{known}:{port}" for known in names if known]
    return found


@audited
def set_up_policies(
    overrides: Mapping[str, Mapping[str, object]], *, by: Principal
) -> Sequence[Policy]:
    """A row for each policy of the library, active, with the given parameters."""
    require(by, "policy.manage")
    rows = []
    for rule in RULES:
        parameters = rule.checked_parameters(overrides.get(rule.code, {}))
        row, created = Policy.objects.get_or_create(
            code=rule.code, defaults={"parameters": parameters}
        )
        if created:
            record(
                "policy_activated", row, by=by, after={"code": rule.code, "parameters": parameters}
            )
        elif row.parameters != parameters:
            before = {"parameters": row.parameters}
            row.parameters, row.revision = parameters, row.revision + 1
            row.save(update_fields=["parameters", "revision", "updated_at"])
            record("policy_changed", row, by=by, before=before, after={"parameters": parameters})
        rows.append(row)
    return rows


@audited
def create_first_admin(login: str, password: str, *, by: Principal) -> User:
    """A platform admin who is also governor of roles. Refused once an admin exists."""
    require(by, "role.grant")
    if Grant.objects.filter(role=Grant.Role.PLATFORM_ADMIN, user__is_active=True).exists():
        raise InvalidInput("A platform admin exists already; let them grant roles.")
    if User.objects.filter(login__iexact=login).exists():
        raise InvalidInput(f"The login {login} is taken.", pointer="/login")
    user = User(login=login, label=login)
    user.set_password(password)
    user.save(force_insert=True)
    record("person_created", user, by=by, after={"login": login})
    _grant(user, "platform_admin", by=by)
    return user
