"""Who stands behind an API key: one look-up answers the holder, the teams and the grants."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from mesh.kernel import clock
from mesh.people.keys import KeyText, generate
from mesh.people.models import ApiKey, Grant, Membership, ServiceAccount, User
from mesh.people.principals import principal_of_basic, principal_of_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    """Somebody without teams or grants."""
    return User.objects.create(login="dev", label="Dev")


@pytest.fixture
def account(teams: dict[str, Any]) -> ServiceAccount:
    """A program of the orders team."""
    return ServiceAccount.objects.create(name="loader", team=teams["orders"], purpose="tooling")


def key(**columns: Any) -> KeyText:
    """A stored key."""
    text = generate()
    ApiKey.objects.create(
        key_id=text.key_id, secret_sha256=text.digest, scopes=["schemas:read"], **columns
    )
    return text


def test_a_person_comes_with_teams_grants_and_the_scopes_of_the_key(
    person: User, teams: dict[str, Any]
) -> None:
    domain = uuid.uuid4()
    Membership.objects.create(user=person, team=teams["orders"], role="owner")
    Membership.objects.create(user=person, team=teams["risk"], role="engineer")
    Grant.objects.create(user=person, role="steward", scope_kind="domain", scope_id=domain)
    Grant.objects.create(user=person, role="auditor", scope_kind="platform")
    text = key(user=person)
    found = principal_of_key(text.whole)
    assert found is not None
    assert (found.kind, found.id, found.label) == ("user", str(person.public_id), "Dev")
    assert (found.login, found.user_pk, found.key_id) == ("dev", person.pk, text.key_id)
    assert found.team_roles == ((teams["orders"].pk, "owner"), (teams["risk"].pk, "engineer"))
    assert found.domain_ids("steward") == {str(domain)}
    assert found.has_platform_role("auditor")
    assert (found.scopes, found.auth_method) == (frozenset({"schemas:read"}), "api_key")


def test_a_program_is_an_engineer_of_its_team(account: ServiceAccount) -> None:
    found = principal_of_key(key(service_account=account).whole)
    assert found is not None
    assert (found.kind, found.id, found.label) == ("service", str(account.public_id), "loader")
    assert found.team_roles == ((account.team_id, "engineer"),)
    assert (found.purpose, found.user_pk, found.login) == ("tooling", None, "")


def test_the_purpose_of_a_key_goes_before_its_program(account: ServiceAccount) -> None:
    found = principal_of_key(key(service_account=account, purpose="agent").whole)
    assert found is not None and found.purpose == "agent"


def test_a_key_that_ended_is_nobodys(person: User) -> None:
    hour = timedelta(hours=1)
    assert principal_of_key(key(user=person, expires_at=clock.now() - hour).whole) is None
    assert principal_of_key(key(user=person, revoked_at=clock.now()).whole) is None
    assert principal_of_key(key(user=person, expires_at=clock.now() + hour).whole) is not None


def test_who_was_locked_out_has_no_key(person: User, account: ServiceAccount) -> None:
    texts = key(user=person), key(service_account=account)
    User.objects.update(is_active=False)
    ServiceAccount.objects.update(is_active=False)
    assert [principal_of_key(text.whole) for text in texts] == [None, None]


def test_the_id_of_a_key_with_another_secret_is_nobodys(person: User) -> None:
    text = key(user=person)
    assert principal_of_key(KeyText(text.key_id, generate().secret).whole) is None
    assert principal_of_basic(f"trb_{text.key_id}", generate().whole[15:]) is None
    assert principal_of_basic(f"trb_{text.key_id}", text.whole[15:]) is not None


def test_use_is_noted_once_a_minute(person: User) -> None:
    text = key(user=person)
    principal_of_key(text.whole)
    first = ApiKey.objects.get().last_used_at
    assert first is not None
    principal_of_key(text.whole)
    assert ApiKey.objects.get().last_used_at == first
    ApiKey.objects.update(last_used_at=first - timedelta(minutes=2))
    principal_of_key(text.whole)
    noted = ApiKey.objects.get().last_used_at
    assert noted is not None and noted >= first


def test_a_busy_key_costs_one_statement(person: User, django_assert_num_queries: Any) -> None:
    text = key(user=person)
    principal_of_key(text.whole)
    with django_assert_num_queries(1):
        principal_of_key(text.whole)
