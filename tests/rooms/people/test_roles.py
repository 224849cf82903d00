"""Roles and keys of others: who may give and take them, and that somebody always can."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mesh.audit.models import AuditEvent
from mesh.audit.principal import Principal
from mesh.kernel.errors import InvalidInput, NotAllowed, NotFound
from mesh.people.actions import end_key, grant_role, revoke_role
from mesh.people.errors import LastHolder
from mesh.people.models import Grant, User

pytestmark = pytest.mark.django_db


def _grant_of(person: Principal, role: str) -> Grant:
    return Grant.objects.get(user_id=person.user_pk or 0, role=role)


@pytest.mark.parametrize("who", ["owner", "engineer", "steward", "auditor", "reader"])
def test_only_governance_and_platform_give_roles(people: dict[str, Principal], who: str) -> None:
    with pytest.raises(NotAllowed):
        grant_role("consumer", "governor", by=people[who])
    with pytest.raises(NotAllowed):
        revoke_role(_grant_of(people["auditor"], "auditor").pk, by=people[who])
    with pytest.raises(NotAllowed):
        end_key("abcdefghij", by=people[who])


def test_a_password_typed_long_ago_is_not_enough(people: dict[str, Principal]) -> None:
    with pytest.raises(NotAllowed, match="password"):
        grant_role("reader", "auditor", by=replace(people["governor"], sudo=False))


def test_nobody_raises_themselves(people: dict[str, Principal]) -> None:
    with pytest.raises(NotAllowed, match="themselves"):
        grant_role("governor", "platform_admin", by=people["governor"])


def test_granting_twice_is_granting_once(people: dict[str, Principal]) -> None:
    first = grant_role("READER", "auditor", by=people["governor"])
    assert grant_role("reader", "auditor", by=people["governor"]) == first
    assert AuditEvent.objects.filter(action="role_granted").count() == 1


@pytest.mark.parametrize(
    ("login", "role", "error"),
    [
        ("nobody", "auditor", NotFound),
        ("reader", "king", InvalidInput),
        ("reader", "", InvalidInput),
    ],
)
def test_unknown_people_and_roles_are_refused(
    people: dict[str, Principal], login: str, role: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        grant_role(login, role, by=people["governor"])


def test_who_left_gets_no_role(people: dict[str, Principal]) -> None:
    User.objects.filter(login="reader").update(is_active=False)
    with pytest.raises(NotFound):
        grant_role("reader", "auditor", by=people["governor"])


@pytest.mark.parametrize(
    ("holder", "role"), [("governor", "governor"), ("admin", "platform_admin")]
)
def test_last_governor_and_administrator_stay(
    people: dict[str, Principal], holder: str, role: str
) -> None:
    other = people["admin" if holder == "governor" else "governor"]
    with pytest.raises(LastHolder):
        revoke_role(_grant_of(people[holder], role).pk, by=other)
    grant_role("reader", role, by=other)
    revoke_role(_grant_of(people[holder], role).pk, by=other)
    with pytest.raises(LastHolder):
        revoke_role(_grant_of(people["reader"], role).pk, by=other)


def test_who_left_does_not_count_as_the_other_holder(people: dict[str, Principal]) -> None:
    grant_role("reader", "governor", by=people["admin"])
    User.objects.filter(login="reader").update(is_active=False)
    with pytest.raises(LastHolder):
        revoke_role(_grant_of(people["governor"], "governor").pk, by=people["admin"])


def test_taking_away_twice_is_not_found(people: dict[str, Principal]) -> None:
    grant = _grant_of(people["auditor"], "auditor").pk
    revoke_role(grant, by=people["governor"])
    with pytest.raises(NotFound):
        revoke_role(grant, by=people["governor"])
    with pytest.raises(NotFound):
        end_key("abcdefghij", by=people["governor"])
