"""Who may not see a product learns that somebody is hit, never who."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from governance.actions.decisions import approve, decline
from governance.models import ApprovalRequirement, ChangeRequest
from governance.queries.hiding import NAMELESS, READERS_OWNER, veil_of
from governance.queries.requests import request_page
from mesh.audit.principal import Principal
from mesh.people.models import ObjectScope
from tests.factories import streams
from tests.rooms.governance.conftest import product_items

pytestmark = pytest.mark.django_db


def _rows(product: str) -> list[dict[str, Any]]:
    reader = {
        "name": "secret-reader",
        "product": "secret",
        "product_id": product,
        "team": "Orders team",
    }
    return [
        {**reader, "verdict": "BREAK"},
        {"name": "open-reader", "product_id": "", "verdict": "OK"},
    ]


def group_on(request: ChangeRequest) -> UUID:
    """A consumer group that reads the topic of the request."""
    name = next(item.object["topic"] for item in request.items.all() if "topic" in item.object)
    group = streams.group("reader-of-it")
    streams.lag(group, streams.topic(name))
    return UUID(str(group.public_id))


def test_reader_of_a_restricted_product_is_nameless_for_outsiders(
    people: dict[str, Principal], teams: dict[str, Any]
) -> None:
    product = uuid4()
    ObjectScope.objects.create(
        kind="product",
        object_id=product,
        product_id=product,
        team=teams["orders"],
        visibility="restricted",
    )
    veil = veil_of(people["consumer"], _rows(str(product)))
    outsider = veil.rows(_rows(str(product)))
    assert "secret" not in str(outsider) and outsider[0]["verdict"] == "BREAK"
    assert outsider[1]["name"] == "open-reader"
    for role in ("owner", "governor", "auditor", "steward"):
        seen = veil_of(people[role], _rows(str(product)))
        assert seen.rows(_rows(str(product)))[0]["name"] == "secret-reader"
        assert seen.text("It hurts secret-reader.") == "It hurts secret-reader."
    said = {
        "reason": "secret-reader stops.",
        "problems": [{"detail": "It hurts secret-reader, too"}],
    }
    assert veil.document(said) == {
        "reason": f"{NAMELESS} stops.", "problems": [{"detail": f"It hurts {NAMELESS}, too"}],
    }  # fmt: skip
    assert veil.text("secret-reader-2 and open-reader") == "secret-reader-2 and open-reader"


def test_reader_of_a_visible_product_keeps_its_name(people: dict[str, Principal]) -> None:
    rows = _rows(str(uuid4()))
    assert veil_of(people["consumer"], rows).rows(rows)[0]["name"] == "secret-reader"


@pytest.mark.parametrize(
    ("code", "mode"), [("hurt-reader", "approve"), ("reader-agrees", "acknowledge")]
)
def test_a_slot_does_not_tell_which_team_reads_in_secret(
    submitted: Any, people: dict[str, Principal], teams: dict[str, Any], code: str, mode: str
) -> None:
    """The team of the slot, its voter and the refusal would each tell whose the hidden reader is."""
    product, risk = uuid4(), teams["risk"]
    request = submitted(*product_items())
    for kind, object_id in (("product", product), ("consumergroup", group_on(request))):
        ObjectScope.objects.create(
            kind=kind, object_id=object_id, product_id=product, team=risk, visibility="restricted"
        )
    ObjectScope.objects.create(
        kind="consumergroup", object_id=uuid4(), team=risk
    )  # of other topics
    reader = {**_rows(str(product))[0], "team": risk.name, "verdict": "BREAK"}
    request.impact = {"readers": [reader] if code == "hurt-reader" else []}
    request.save(update_fields=["impact"])
    why = "It hurts secret-reader." if code == "hurt-reader" else "Its readers may lose data."
    slot = ApprovalRequirement.objects.create(
        request=request, plan_hash=request.plan_hash, code=code, role="owner", mode=mode,
        scope_kind="team", scope_id=str(risk.pk), scope_label=risk.name, why=why,
    )  # fmt: skip
    approve(
        request.pk, by=people["consumer"], plan_hash=request.plan_hash, revision=request.revision
    )
    voter = people["consumer"].label
    told = request_page(people["reader"], request.pk)
    seen = str(
        [told.slots, [vote.person_label for vote in told.votes], told.timeline, told.buttons]
    )
    for secret in (risk.name, "secret-reader", voter):
        assert secret not in seen, secret
    assert (told.slots[-1].who, told.slots[-1].is_filled) == (READERS_OWNER, True)
    for role in ("consumer", "governor"):
        page = request_page(people[role], request.pk)
        assert (page.slots[-1].scope_label, page.slots[-1].filled_by) == (risk.name, (voter,))
    assert slot.votes.get().person_label == voter  # only the page was veiled


def test_who_declines_for_a_secret_reader_is_not_named(
    submitted: Any, people: dict[str, Principal], teams: dict[str, Any]
) -> None:
    product, risk = uuid4(), teams["risk"]
    request = submitted(*product_items())
    ObjectScope.objects.create(
        kind="product", object_id=product, product_id=product, team=risk, visibility="restricted"
    )
    request.impact = {
        "readers": [{**_rows(str(product))[0], "team": risk.name, "verdict": "BREAK"}]
    }
    request.save(update_fields=["impact"])
    ApprovalRequirement.objects.create(
        request=request, plan_hash=request.plan_hash, code="hurt-reader", role="owner",
        mode="approve", scope_kind="team", scope_id=str(risk.pk), scope_label=risk.name, why="-",
    )  # fmt: skip
    decline(
        request.pk, by=people["consumer"], plan_hash=request.plan_hash, revision=request.revision,
        reason="We would stop at the first record.",
    )  # fmt: skip
    voter = people["consumer"].label
    for role, is_named in (("reader", False), ("governor", True)):
        told = request_page(people[role], request.pk)
        seen = [vote.person_label for vote in told.votes] + [
            each["actor"] for each in told.timeline
        ]
        assert (voter in seen) is is_named


def test_a_slot_of_a_reader_that_all_may_see_names_its_team(
    submitted: Any, people: dict[str, Principal], teams: dict[str, Any]
) -> None:
    request = submitted(*product_items())
    ObjectScope.objects.create(
        kind="consumergroup", object_id=group_on(request), team=teams["risk"]
    )
    ApprovalRequirement.objects.create(
        request=request, plan_hash=request.plan_hash, code="reader-agrees", role="owner",
        mode="acknowledge", scope_kind="team", scope_id=str(teams["risk"].pk),
        scope_label=teams["risk"].name, why="Its readers may lose data they count on.",
    )  # fmt: skip
    slot = request_page(people["reader"], request.pk).slots[-1]
    assert slot.who.endswith(teams["risk"].name)
