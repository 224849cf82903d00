"""The quick start's bootstrap is complete, idempotent and refused elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.core.management.base import CommandError

from governance.models import Policy
from mesh.audit.models import AuditEvent
from mesh.people.keys import generate
from mesh.people.models import ApiKey, Grant, User
from mesh.people.principals import principal_of_key
from streams.models import Cluster, ClusterAlias, Environment

pytestmark = pytest.mark.django_db
ROLES = ("owner", "engineer", "consumer", "steward", "governor", "admin", "auditor", "reader")


@pytest.fixture
def people(tmp_path: Path) -> dict[str, Any]:
    users = [
        {"role": role, "login": role, "password": f"pass-word-{role}", "api_key": generate().whole}
        for role in ROLES
    ]
    return {"path": tmp_path / "people.json", "users": users, "services": []}


def run(people: dict[str, Any]) -> None:
    people["path"].write_text(json.dumps({"users": people["users"], "services": []}))
    call_command("bootstrap", "--quickstart", "--people", str(people["path"]))


@pytest.fixture(autouse=True)
def quickstart(settings: Any) -> None:
    settings.QUICKSTART = True
    settings.KAFKA_BOOTSTRAP = "127.0.0.1:9092"
    settings.SWEEP_INTERVAL_S = 5


def test_everybody_can_sign_in_and_use_the_key(people: dict[str, Any]) -> None:
    run(people)
    for user in people["users"]:
        assert authenticate(None, username=user["login"], password=user["password"]) is not None
        principal = principal_of_key(user["api_key"])
        assert principal is not None and principal.login == user["login"]


def test_keys_carry_the_scopes_of_their_role(people: dict[str, Any]) -> None:
    run(people)
    scopes = {
        key.user.login: set(key.scopes) for key in ApiKey.objects.select_related("user") if key.user
    }
    assert {"governance:request", "schemas:write", "lineage:write", "catalog:write"} <= scopes[
        "owner"
    ]
    assert "schemas:write" not in scopes["reader"]
    assert "audit:read" in scopes["auditor"]


def test_platform_roles_are_granted(people: dict[str, Any]) -> None:
    run(people)
    held = set(Grant.objects.values_list("user__login", "role", "scope_kind"))
    assert ("steward", "steward", "platform") in held
    assert ("admin", "platform_admin", "platform") in held
    assert not Grant.objects.filter(user__login__in=["owner", "engineer", "consumer"]).exists()


def test_cluster_answers_to_its_own_addresses(people: dict[str, Any]) -> None:
    run(people)
    cluster = Cluster.objects.get(name="demo")
    assert cluster.settings == {"bootstrap.servers": "127.0.0.1:9092"}
    assert (cluster.sweep_interval_s, cluster.record_probe) == (5, True)
    assert cluster.environment.kind == Environment.Kind.PROD
    assert set(ClusterAlias.objects.values_list("address", flat=True)) == {
        "127.0.0.1:9092",
        "localhost:9092",
    }


def test_second_run_changes_nothing(people: dict[str, Any]) -> None:
    run(people)
    before = AuditEvent.objects.count()
    passwords = dict(User.objects.values_list("login", "password"))
    run(people)
    assert AuditEvent.objects.count() == before
    assert dict(User.objects.values_list("login", "password")) == passwords


def test_changed_password_and_key_are_taken_over(people: dict[str, Any]) -> None:
    run(people)
    people["users"][0]["password"] = "another-pass-word"
    people["users"][0]["api_key"] = generate().whole
    run(people)
    assert authenticate(None, username="owner", password="another-pass-word") is not None
    assert principal_of_key(people["users"][0]["api_key"]) is not None


def test_policies_are_active_with_one_broker_parameters(people: dict[str, Any]) -> None:
    run(people)
    assert set(Policy.objects.values_list("state", flat=True)) == {"active"}
    replication = Policy.objects.get(code="topic.replication-and-isr")
    assert replication.parameters == {"minimum_replication": 1, "minimum_isr": 1}
    assert Policy.objects.get(code="product.owner-present").parameters["members"] == 1


def test_no_secret_is_written_to_the_audit_trail(people: dict[str, Any]) -> None:
    run(people)
    trail = json.dumps(list(AuditEvent.objects.values_list("change", flat=True)))
    assert not any(
        user["password"] in trail or user["api_key"] in trail for user in people["users"]
    )


def test_refused_outside_a_quick_start(people: dict[str, Any], settings: Any) -> None:
    settings.QUICKSTART = settings.DEBUG = False
    with pytest.raises(CommandError, match="MESH_QUICKSTART"):
        run(people)
    with pytest.raises(CommandError):
        call_command("bootstrap")
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("member", "value"),
    [("role", "king"), ("api_key", "trb_short"), ("password", ""), ("login", None)],
)
def test_bad_people_file_names_the_place_and_writes_nothing(
    people: dict[str, Any], member: str, value: object
) -> None:
    people["users"][2][member] = value
    with pytest.raises(CommandError, match="/users/2"):
        run(people)
    assert not User.objects.exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"users": 3}', "nonsense"])
def test_unreadable_people_file_is_a_clear_refusal(tmp_path: Path, text: str) -> None:
    path = tmp_path / "people.json"
    path.write_text(text)
    with pytest.raises(CommandError, match="people file"):
        call_command("bootstrap", "--quickstart", "--people", str(path))


def test_without_a_broker_address_no_cluster_is_made_up(
    people: dict[str, Any], settings: Any
) -> None:
    settings.KAFKA_BOOTSTRAP = ""
    run(people)
    assert not Cluster.objects.exists()
    assert User.objects.count() == len(ROLES)


def test_first_admin_is_made_once(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("bootstrap_admin", "root")
    printed = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())
    assert authenticate(None, username=printed["login"], password=printed["password"]) is not None
    with pytest.raises(CommandError, match="exists already"):
        call_command("bootstrap_admin", "second")
