"""A change that is being written while its product moves on: what others changed is taken over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.registering.document import part
from catalog.registering.moved import Difference, differences
from catalog.registering.promises import key

BASE = "base"  # the member of a draft's document that holds the product it was started from
SIDES = ("value", "key")
Parts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Merged:
    """The document on top of the product as it stands; `both` were changed by both, and stay yours."""

    document: dict[str, Any]
    both: tuple[Difference, ...]


def on_top_of(document: Mapping[str, Any], now: Mapping[str, Any]) -> Merged | None:
    """The draft's own changes on top of `now`; None when the product is what it was started from.

    Without it a draft that lay for a week would ask to take back what others did in that week.
    """
    base = document.get(BASE)
    if not isinstance(base, Mapping) or base == now:
        return None
    found, both = {**document, BASE: dict(now)}, list[Difference]()
    for step in now:
        mine, before, after = (parts_of(step, part(of, step)) for of in (document, base, now))
        merged, clashing = merge(before, after, mine)
        found[step] = whole_of(step, merged)
        if clashing:
            theirs = whole_of(step, {name: after[name] for name in clashing if name in after})
            yours = whole_of(step, {name: mine[name] for name in clashing if name in mine})
            both += differences(step, theirs, yours)
    return Merged(found, tuple(both))


def merge(before: Parts, after: Parts, mine: Parts) -> tuple[Parts, tuple[str, ...]]:
    """Three ways: theirs where I changed nothing, else mine; the names that both changed apart."""
    merged: Parts = {}
    clashing = []
    for name in dict.fromkeys([*mine, *after]):
        was, is_now, wanted = before.get(name), after.get(name), mine.get(name)
        chosen = is_now if wanted == was else wanted
        if chosen is not None:
            merged[name] = chosen
        if wanted not in (was, is_now) and is_now != was:
            clashing.append(name)
    return merged, tuple(clashing)


def parts_of(step: str, values: Mapping[str, Any]) -> Parts:
    """What can change apart in a step: members, promises by what they promise, schemas by subject."""
    if step == "promises":
        return {str(key(row)): row for row in values.get("rows", ())}
    if step == "inputs":
        return {str(row["product"]): row for row in values.get("rows", ())}
    if step == "schema":
        return {f"{side} {row['subject']}": row for side in SIDES for row in values.get(side, ())}
    return dict(values)


def whole_of(step: str, parts: Parts) -> dict[str, Any]:
    """The step of these parts."""
    if step in ("promises", "inputs"):
        return {"rows": list(parts.values())}
    if step == "schema":
        return {
            side: [row for name, row in parts.items() if name.startswith(f"{side} ")]
            for side in SIDES
        }
    return parts
