"""The inputs of a product are declared in the form: real, seen, once; those that stand stay."""

# ruff: noqa: F811  (fixtures are taken by their name)
from __future__ import annotations

from typing import Any

import pytest

from catalog.actions.ports import add_port
from catalog.actions.products import edit_product
from catalog.actions.pushes import push_down
from catalog.models import DataProduct, ProductDraft
from catalog.registering.document import request_body
from mesh.audit.principal import SYSTEM
from tests.faces.test_catalog_register import client_of, revision_in, started  # noqa: F401
from tests.factories import catalog

pytestmark = pytest.mark.django_db


def posted(client: Any, draft: ProductDraft, *rows: tuple[str, str], **more: str) -> Any:
    """The inputs step with these rows, as the form that is open now would send it."""
    base = f"/products/drafts/{draft.public_id}/inputs"
    typed = {"revision": revision_in(client.get(base).content.decode()), **more}
    for index, (product, group) in enumerate(rows):
        typed |= {f"input_product_{index}": product, f"input_group_{index}": group}
    return client.post(base, typed)


def asked(draft: ProductDraft) -> list[dict[str, Any]]:
    draft.refresh_from_db()
    items = request_body(draft)["items"]
    return [item for item in items if item["object"].get("direction") == "input"]


@pytest.fixture
def payments(client_of: Any, teams: dict[str, Any]) -> DataProduct:
    return catalog.active("payments", team=teams["risk"])


def test_an_input_becomes_an_item_of_the_request(client_of: Any, payments: DataProduct) -> None:
    client = client_of("owner")
    draft = started(client)
    answer = posted(client, draft, ("payments", "order-enricher"), ("", ""))
    assert answer["Location"].endswith("/promises")
    (item,) = asked(draft)
    assert item["desired"] == {"upstream": "payments", "group": "order-enricher"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("nothing", "")], "There is no product"),
        ([("orders", "")], "no input of itself"),
        ([("payments", ""), ("payments", "other")], "is an input already"),
        ([("", "order-enricher")], "Name the product"),
        ([("\x00", "")], "There is no product"),
    ],
)
def test_what_cannot_be_an_input_is_said_and_kept(
    client_of: Any, payments: DataProduct, rows: list[tuple[str, str]], said: str
) -> None:
    client = client_of("owner")
    draft = started(client)
    answer = posted(client, draft, *rows)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert said in text
    assert f'value="{rows[-1][0]}"' in text or rows[-1][0] in ("", "\x00")


def test_a_restricted_product_is_no_choice_for_others(
    client_of: Any, payments: DataProduct
) -> None:
    edit_product(payments.pk, {"visibility": "restricted"}, by=SYSTEM, approval=1)
    push_down(payments.pk, by=SYSTEM)
    client = client_of("owner")
    draft = started(client)
    text = posted(client, draft, ("payments", "")).content.decode()
    assert "There is no product" in text
    assert '<option value="payments">' not in text


def changed(client: Any, teams: Any, payments: DataProduct) -> ProductDraft:
    """The owner's change of a product that reads payments."""
    orders = catalog.active("orders", team=teams["orders"])
    add_port(
        orders.pk, direction="input", name="payments", upstream=payments,
        group_name="order-enricher", by=SYSTEM, approval=1,
    )  # fmt: skip
    client.get("/products/orders/edit?step=inputs")
    return ProductDraft.objects.get(product=orders)


def test_what_stands_is_shown_and_not_asked_again(
    client_of: Any, payments: DataProduct, teams: Any
) -> None:
    catalog.active("returns", team=teams["risk"])
    client = client_of("owner")
    draft = changed(client, teams, payments)
    text = client.get(f"/products/drafts/{draft.public_id}/inputs").content.decode()
    assert "stands already" in text and "order-enricher" in text
    again = posted(client, draft, ("payments", "other"))
    assert "payments is an input already" in again.content.decode()
    assert posted(client, draft, ("returns", "refunds")).status_code == 302
    (item,) = asked(draft)
    assert item["desired"] == {"upstream": "returns", "group": "refunds"}


def test_a_hidden_input_has_no_name_and_stops_nobody(
    client_of: Any, payments: DataProduct, teams: Any
) -> None:
    client = client_of("owner")
    draft = changed(client, teams, payments)
    edit_product(payments.pk, {"visibility": "restricted"}, by=SYSTEM, approval=1)
    push_down(payments.pk, by=SYSTEM)
    for step in ("inputs", "review"):
        text = client.get(f"/products/drafts/{draft.public_id}/{step}").content.decode()
        assert "payments" not in text.lower()
    assert posted(client, draft).status_code == 302
    assert asked(draft) == []
