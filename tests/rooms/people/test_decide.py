"""decide(), scope() and the doors: rights follow ownership through one table."""

from __future__ import annotations

from typing import Any

import pytest

from mesh.audit.principal import ANONYMOUS, Principal
from mesh.kernel.errors import NotAllowed, NotFound, NotSignedIn
from mesh.people.authz.decide import Resource, decide
from mesh.people.authz.doors import require
from mesh.people.authz.table import ACTIONS, ROLES

pytestmark = pytest.mark.django_db


def _resource(team: Any, visibility: str = "organisation") -> Resource:
    return Resource("product", "1", team.pk, "p", ("d1",), visibility)


def test_owner_edits_own_product_only(people: dict[str, Principal], teams: dict[str, Any]) -> None:
    assert decide(people["owner"], "product.edit", _resource(teams["orders"])).allow
    refused = decide(people["owner"], "product.edit", _resource(teams["risk"]))
    assert not refused.allow and "an owner of the accountable team" in refused.reason


def test_restricted_product_does_not_exist_for_outsiders(
    people: dict[str, Principal], teams: dict[str, Any]
) -> None:
    hidden = decide(people["consumer"], "catalog.read", _resource(teams["orders"], "restricted"))
    assert hidden.hide and not hidden.allow
    with pytest.raises(NotFound):
        require(people["consumer"], "catalog.read", _resource(teams["orders"], "restricted"))
    for role in ("owner", "engineer", "steward", "governor", "auditor"):
        assert decide(people[role], "catalog.read", _resource(teams["orders"], "restricted")).allow


def test_key_without_scope_is_refused_whatever_its_owner_may(
    people: dict[str, Principal], teams: dict[str, Any]
) -> None:
    owner = people["owner"]
    key = Principal(
        "user", owner.id, owner.label, owner.grants, owner.team_roles, frozenset({"catalog:read"})
    )
    refused = decide(key, "product.edit", _resource(teams["orders"]))
    assert not refused.allow and "catalog:write" in refused.reason


def test_key_never_approves(people: dict[str, Principal]) -> None:
    owner = people["owner"]
    every = frozenset(rule.scope for rule in ACTIONS.values())
    key = Principal("user", owner.id, owner.label, owner.grants, owner.team_roles, every - {""})
    assert not decide(key, "change.approve").allow
    assert decide(owner, "change.approve").allow


def test_sudo_action_asks_for_a_fresh_password(people: dict[str, Principal]) -> None:
    admin = people["admin"]
    stale = Principal("user", admin.id, admin.label, admin.grants, admin.team_roles, sudo=False)
    assert decide(admin, "cluster.manage").allow
    refused = decide(stale, "cluster.manage")
    assert refused.rule == "sudo"


def test_nobody_signed_in_is_told_to_sign_in() -> None:
    with pytest.raises(NotSignedIn):
        require(ANONYMOUS, "streams.read")


def test_unknown_action_is_an_error(people: dict[str, Principal]) -> None:
    with pytest.raises(KeyError):
        decide(people["owner"], "no.such.action")


def test_every_cell_of_the_matrix_is_a_known_word() -> None:
    for action, rule in ACTIONS.items():
        for role, cell in rule.cells:
            assert role in ROLES and cell in ("y", "own", "dom", "ask", "opt"), action


def test_reader_may_change_nothing(people: dict[str, Principal], teams: dict[str, Any]) -> None:
    reading = ("read", "search", "check", "edit", "manage", "subscribe")
    for action in ACTIONS:
        if not action.endswith(reading) and action not in ("login",):
            assert not decide(people["reader"], action, _resource(teams["orders"])).allow, action
    with pytest.raises(NotAllowed):
        require(people["reader"], "team.manage")
