"""The rows of the registration form: inputs and promises, as typed and with what to know of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog.actions.promises import read_row
from catalog.models import ProductDraft
from catalog.registering.document import part
from catalog.registering.groups import known_groups, unseen
from catalog.registering.inputs import choices, seen_products, standing
from catalog.registering.looking_back import measured_lately
from catalog.registering.promises import CONSUMER, LABELS, STANDARD, TITLES, UNITS, literal
from catalog.sla.words import words
from mesh.audit.principal import Principal
from mesh.kernel import clock


def input_rows(
    viewer: Principal, draft: ProductDraft | None, shown: dict[str, Any]
) -> dict[str, Any]:
    """What stands, by name where the viewer may know it; then the typed rows and one more."""
    stand = standing(shown)
    named = seen_products(viewer, [row["product"] for row in stand])
    names = dict(named.values_list("slug", "name"))
    asked = [row for row in shown.get("rows", ()) if not row.get("stands")]
    groups = known_groups(viewer)
    return {
        "standing": [
            {"name": names.get(row["product"], ""), "group": row["group"]} for row in stand
        ],
        "rows": [
            {
                **row,
                "product_name": f"input_product_{index}",
                "group_name": f"input_group_{index}",
                "unseen": unseen(row.get("group", ""), groups),
            }
            for index, row in enumerate([*asked, {"product": "", "group": ""}])
        ],
        "products": choices(
            viewer, draft.product.slug if draft is not None and draft.product is not None else ""
        ),
        "groups": groups,
    }


def promise_form_rows(
    viewer: Principal, draft: ProductDraft | None, shown: dict[str, Any]
) -> dict[str, Any]:
    """The order of typed rows is kept, so that a fault stands beside the row it is about."""
    typed = list(shown.get("rows", ()))
    rows = [*typed]
    known = {row["property"] for row in typed}
    rows += [_blank(name) for name in STANDARD if name not in known]
    rows.append(_blank(CONSUMER))
    groups = known_groups(viewer)
    topic = part(draft.document, "topic") if draft is not None else {}
    lately = measured_lately(viewer, topic, rows, clock.now())
    return {
        "rows": [
            {
                **_promise(index, row),
                "unseen": unseen(row.get("consumer", ""), groups),
                "measured": lately[index],
            }
            for index, row in enumerate(rows)
        ],
        "groups": groups,
    }


def _blank(name: str) -> dict[str, str]:
    return {"property": name, "value": "", "unit": UNITS[name][0], "consumer": ""}


def _promise(index: int, row: Mapping[str, str]) -> dict[str, Any]:
    name = str(row.get("property", ""))
    units = [(unit, unit) for unit in UNITS.get(name, ())]
    unit = str(row.get("unit") or "")
    if unit and unit not in UNITS.get(name, ()):
        units.append((unit, unit))
    reading = read_row(literal(row)) if str(row.get("value", "")).strip() else None
    return {
        "property": name,
        "title": TITLES.get(name, name),
        "label": LABELS.get(name, name),
        "value": row.get("value", ""),
        "unit": unit,
        "units": units,
        "consumer": row.get("consumer", ""),
        "takes_consumer": name == CONSUMER,
        "property_name": f"promise_property_{index}",
        "value_name": f"promise_value_{index}",
        "unit_name": f"promise_unit_{index}",
        "consumer_name": f"promise_consumer_{index}",
        "reads": words(reading.form) if reading is not None and reading.state == "parsed" else "",
    }
