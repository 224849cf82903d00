"""The matrix of a review marks the change that hits a reader by its place, never by a word in a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from governance.queries.changes import Part
from governance.queries.review import _cells


def line(path: str, kind: str = "removed", before: str = "") -> dict[str, Any]:
    return {
        "path": path,
        "kind": kind,
        "before": before,
        "effect": "breaks-old-readers-of-new-data",
    }


def marks(reason: dict[str, str], *lines: dict[str, Any]) -> list[bool]:
    part = Part("Register schema", "orders-value", "plain", "", list(lines))
    cells = _cells({"verdict": "BREAK", "reasons": [reason]}, [part])
    return [bool(cell["state"]) for cell in cells]


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("coupon", [True, False, False]),
        ("address.street", [False, True, False]),
        ("amount", [False, False, False]),
        ("lines[].amount", [False, False, True]),
    ],
)
def test_a_change_is_marked_at_or_above_the_place_of_the_reason(
    place: str, expected: list[bool]
) -> None:
    reason = {"kind": "x", "path": place, "message": "the amount, the coupon and the address"}
    assert marks(reason, line("coupon"), line("address"), line("lines[].amount")) == expected


def test_a_renamed_field_is_met_under_the_name_it_had() -> None:
    renamed = line("buyer.voucher", kind="renamed", before="coupon")
    reason = {"kind": "reader_field_missing_default_value", "path": "buyer.coupon"}
    assert marks(reason, renamed, line("coupon")) == [True, False]


def test_a_changed_key_is_met_by_every_change() -> None:
    assert marks({"kind": "key_changed", "path": ""}, line("id"), line("")) == [True, True]
    assert marks({"kind": "type_mismatch", "path": ""}, line("id"), line("")) == [False, True]
