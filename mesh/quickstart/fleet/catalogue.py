"""The demo's products as files: topics and schemas that programs were built with."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parent.parent / "demo"


@cache
def _document(slug: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / "products" / f"{slug}.yaml").read_text())
    return loaded


def document(slug: str) -> dict[str, Any]:
    """The manifest of a product; a copy."""
    return copy.deepcopy(_document(slug))


def layout() -> dict[str, Any]:
    """Domains, teams and the order of registration."""
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / "mesh.yaml").read_text())
    return loaded


def topic(slug: str) -> str:
    """The output topic of a product."""
    return str(_document(slug)["spec"]["outputs"][0]["topic"]["name"])


def schema(slug: str, *, version: int = 1, place: int = 0) -> str:
    """The value schema that a program of this product was built with."""
    text = document(slug)["spec"]["outputs"][0]["values"][place]["schema"]
    if slug == "orders":
        text = orders_schema(version)
    return json.dumps(text)


def orders_schema(version: int) -> dict[str, Any]:
    """Three generations of the order: as first registered; ready for a new name; renamed.

    Version 2 gives `coupon` the alias `voucher`, so its readers will understand version 3, which
    carries the new name. A reader that still holds version 1 will not find its field.
    """
    record: dict[str, Any] = document("orders")["spec"]["outputs"][0]["values"][0]["schema"]
    fields: list[dict[str, Any]] = record["fields"]
    coupon = next(field for field in fields if field["name"] == "coupon")
    if version >= 2:
        coupon["aliases"] = ["voucher"]
        fields.append(
            {
                "name": "channel",
                "type": "string",
                "default": "SHOP",
                "doc": "Where it was ordered: SHOP, APP or MARKETPLACE.",
            }
        )
    if version >= 3:
        coupon.update(name="voucher", aliases=["coupon"])
    return record
