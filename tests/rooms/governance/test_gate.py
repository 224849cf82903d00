"""The registration gate: what new content must pass, and what an approved request skips."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from governance.actions import requests
from governance.models import ChangeRequest
from mesh.audit.principal import Principal
from schemas.actions import register_version
from schemas.errors import RegistrationRefused
from tests.rooms.governance.conftest import SCHEMA, body, product_items, schema_item

pytestmark = pytest.mark.django_db
NAME = "commerce.orders.changes-value"


def record(*fields: dict[str, Any]) -> str:
    return json.dumps(
        {"type": "record", "name": "OrderChanged", "fields": [*SCHEMA["fields"], *fields]}
    )


@pytest.fixture
def owned(submitted: Callable[..., ChangeRequest], vote: Any, work: Any, settings: Any) -> None:
    """A live product owns the subject."""
    settings.OPEN_REGISTRATION = True
    vote(submitted(*product_items()), "owner")
    work()


def refused(text: str, by: Principal) -> RegistrationRefused:
    with pytest.raises(RegistrationRefused) as error:
        register_version(NAME, text, by=by)
    return error.value


def test_compatible_documented_content_of_the_team_is_registered(
    owned: None, people: dict[str, Principal]
) -> None:
    added = {"name": "channel", "type": "string", "default": "SHOP", "doc": "Where it was placed."}
    assert register_version(NAME, record(added), by=people["engineer"]).version == 2


def test_incompatible_content_is_refused_whoever_asks(
    owned: None, people: dict[str, Principal]
) -> None:
    added = {"name": "channel", "type": "string", "doc": "Where it was placed."}
    assert refused(record(added), people["engineer"]).answer_code == 40901


@pytest.mark.parametrize(
    ("added", "says"),
    [
        ({"name": "channel", "type": "string", "default": ""}, "the new field channel has no doc"),
        (
            {"name": "email", "type": "string", "default": "", "doc": "Of the buyer."},
            "looks personal (email)",
        ),
    ],
)
def test_policies_hold_for_subjects_of_products(
    owned: None, people: dict[str, Principal], added: dict[str, Any], says: str
) -> None:
    error = refused(record(added), people["engineer"])
    assert error.answer_code == 42205
    assert says in error.detail


def test_subjects_that_nobody_owns_follow_plain_registry_rules(
    mesh: Any, people: dict[str, Principal], settings: Any
) -> None:
    settings.OPEN_REGISTRATION = True
    plain = json.dumps(
        {"type": "record", "name": "R", "fields": [{"name": "email", "type": "string"}]}
    )
    assert register_version("free-value", plain, by=people["engineer"]).version == 1


def test_reserved_subject_is_closed_to_other_teams(
    mesh: Any, people: dict[str, Principal], settings: Any
) -> None:
    settings.OPEN_REGISTRATION = True
    request = requests.create_request(
        body(schema_item(NAME), team="orders-team"), by=people["engineer"]
    )
    requests.submit(request.pk, by=people["engineer"])
    error = refused(json.dumps(SCHEMA), people["consumer"])
    assert error.answer_code == 42205
    assert error.request_url.endswith(f"/governance/requests/{request.pk}")
    assert register_version(NAME, json.dumps(SCHEMA), by=people["engineer"]).version == 1


def test_withdrawn_request_reserves_nothing(
    mesh: Any, people: dict[str, Principal], settings: Any
) -> None:
    settings.OPEN_REGISTRATION = True
    request = requests.create_request(
        body(schema_item(NAME), team="orders-team"), by=people["engineer"]
    )
    requests.submit(request.pk, by=people["engineer"])
    requests.withdraw(request.pk, by=people["engineer"])
    assert register_version(NAME, json.dumps(SCHEMA), by=people["consumer"]).version == 1


def test_level_that_does_not_fit_the_tier_is_refused(
    owned: None, people: dict[str, Principal]
) -> None:
    from catalog.models import DataProduct

    DataProduct.objects.update(tier="gold")
    added = {"name": "channel", "type": "string", "default": "SHOP", "doc": "Where it was placed."}
    error = refused(record(added), people["engineer"])
    assert "subject.compatibility-by-tier" in error.detail
