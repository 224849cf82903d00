"""Promises: literal words are kept, unclear ones refused at their place, identity survives."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.actions.promises import set_promises
from catalog.errors import PromiseValue
from catalog.models import Promise
from mesh.audit.principal import SYSTEM
from mesh.kernel.errors import InvalidInput
from tests.factories import catalog, streams

pytestmark = pytest.mark.django_db


@pytest.fixture
def port(db: None) -> Any:
    product = catalog.draft()
    return catalog.output(product, streams.topic("commerce.orders"))


def test_a_promise_keeps_its_words_beside_its_reading(port: Any) -> None:
    row = {"property": "dataFreshness", "value": "30", "unit": "s"}
    (promise,) = set_promises(port.pk, [row], by=SYSTEM)
    assert promise.literal == row
    assert (promise.property, promise.comparator, promise.magnitude, promise.base_unit) == (
        "freshness", "<=", 30.0, "s",
    )  # fmt: skip
    assert promise.words == "Fresh within 30 s"


@pytest.mark.parametrize(
    ("row", "pointer"),
    [
        ({"property": "freshness", "value": 30}, "/promises/0/value"),
        ({"property": "freshness", "value": 30, "unit": "parsecs"}, "/promises/0/unit"),
        ({"property": "freshness", "value": 30, "unit": "records/s"}, "/promises/0/unit"),
        ({"property": "throughput", "value": "5", "unit": "s"}, "/promises/0/unit"),
        ({"property": "freshness", "value": "soon", "unit": "s"}, "/promises/0/value"),
        ({"property": "freshness", "value": "30 parsecs"}, "/promises/0/value"),
        (
            {"property": "consumerLag", "value": 5, "unit": "ages", "consumer": "g"},
            "/promises/0/unit",
        ),
        ({"property": "retention", "value": "7m"}, "/promises/0/value"),
        ({"property": "availability", "value": "120 %"}, "/promises/0/value"),
        ({"property": "freshness", "value": "-5 min"}, "/promises/0/value"),
        ({"property": "latency", "value": "5 s"}, "/promises/0/value"),
        ({"property": "freshnes", "value": "5 s"}, "/promises/0/property"),
        ({"property": "freshness", "value": "5 s", "colour": "red"}, "/promises/0/colour"),
        ({"property": "consumerLag", "value": "5 s"}, "/promises/0/consumer"),
        ({"property": None, "value": None}, "/promises/0/property"),
        ({"property": "freshness", "value": {"a": 1}}, "/promises/0/value"),
    ],
)
def test_an_unclear_promise_is_refused_at_its_place(
    port: Any, row: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(PromiseValue) as refused:
        set_promises(port.pk, [row], by=SYSTEM)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]
    assert not Promise.objects.exists()


def test_a_changed_promise_keeps_its_identity(port: Any) -> None:
    (first,) = set_promises(port.pk, [{"property": "freshness", "value": "30 s"}], by=SYSTEM)
    (second,) = set_promises(port.pk, [{"property": "freshness", "value": "1 min"}], by=SYSTEM)
    assert first.public_id == second.public_id
    assert second.magnitude == 60


def test_what_is_not_mentioned_stays_and_what_is_ended_ends(port: Any) -> None:
    set_promises(
        port.pk,
        [
            {"property": "freshness", "value": "30 s"},
            {"property": "consumerLag", "value": "30 s", "consumer": "fulfilment"},
        ],
        by=SYSTEM,
    )
    set_promises(port.pk, [{"property": "availability", "value": "99 %"}], by=SYSTEM)
    assert Promise.objects.filter(ended_at__isnull=True).count() == 3
    set_promises(
        port.pk, [{"property": "consumerLag", "consumer": "fulfilment", "ended": True}], by=SYSTEM
    )
    assert Promise.objects.filter(ended_at__isnull=True).count() == 2


def test_the_same_thing_is_promised_once(port: Any) -> None:
    rows = [{"property": "freshness", "value": "1 s"}, {"property": "maxAge", "value": "2 s"}]
    with pytest.raises(PromiseValue) as refused:
        set_promises(port.pk, rows, by=SYSTEM)
    assert refused.value.faults[0].pointer == "/promises/1/property"


def test_a_port_makes_a_bounded_number_of_promises(port: Any) -> None:
    with pytest.raises(InvalidInput):
        set_promises(port.pk, [{"property": "freshness", "value": "1 s"}] * 41, by=SYSTEM)
