"""The plan: order of items, what belongs to their precondition, and the hash that approvals name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PLAN_FORMAT = 1
APPLY_ORDER = (
    "topic.create",
    "topic.adopt",
    "topic.configure",
    "topic.repartition",
    "schema.compatibility",
    "schema.register",
    "product.create",
    "product.edit",
    "port.create",
    "promise.set",
    "lifecycle.activate",
)
BROKER_KINDS = frozenset({"topic.create", "topic.adopt", "topic.configure", "topic.repartition"})
SCHEMA_KINDS = frozenset({"schema.compatibility", "schema.register"})
CATALOGUE_KINDS = frozenset(APPLY_ORDER) - BROKER_KINDS - SCHEMA_KINDS
UNSET = None
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One line of a plan; only kind, object, precondition and after go into the hash."""

    kind: str
    object: Document
    precondition: Document
    after: Document
    before: Document = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[int, str]:
        return order_of(self.kind), canonical(self.object)

    def document(self) -> dict[str, Any]:
        """The line as it is stored and shown."""
        return {
            "kind": self.kind,
            "object": dict(self.object),
            "precondition": dict(self.precondition),
            "before": dict(self.before),
            "after": dict(self.after),
            "steps": list(self.steps),
            "flags": list(self.flags),
        }


def order_of(kind: str) -> int:
    """The place of a kind in the apply order; the author's order does not matter."""
    return APPLY_ORDER.index(kind)


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces; numbers that are not whole are written as text."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    if isinstance(value, float):
        return repr(value)
    return value


def digest(items: Sequence[PlanItem]) -> str:
    """SHA-256 over the items in apply order; equal plans have equal digests."""
    lines = [
        [item.kind, dict(item.object), dict(item.precondition), dict(item.after)]
        for item in sorted(items, key=lambda item: item.key)
    ]
    text = canonical({"plan_format": PLAN_FORMAT, "items": lines})
    return hashlib.sha256(text.encode()).hexdigest()


def touched(desired: Mapping[str, object], live: Mapping[str, str | None]) -> dict[str, str | None]:
    """The live values of the keys that a topic.configure names; None = not set on the topic."""
    return {key: live.get(key, UNSET) for key in touched_keys(desired)}


def touched_keys(desired: Mapping[str, object]) -> list[str]:
    """The keys that a topic.configure sets or unsets."""
    chosen, dropped = desired.get("set"), desired.get("unset")
    keys = set(chosen) if isinstance(chosen, Mapping) else set()
    if isinstance(dropped, list | tuple):
        keys |= {str(key) for key in dropped}
    return sorted(keys)


def difference(
    old: Sequence[Mapping[str, object]], new: Sequence[Mapping[str, object]]
) -> list[str]:
    """In words, which lines of two stored plans differ; what a voided approver is told."""
    before = {_line_name(line): line for line in old}
    after = {_line_name(line): line for line in new}
    said = [f"{name} is new in the plan" for name in after if name not in before]
    said += [f"{name} is no longer in the plan" for name in before if name not in after]
    for name, line in after.items():
        earlier = before.get(name)
        if earlier is not None and any(
            line.get(part) != earlier.get(part) for part in ("precondition", "after")
        ):
            said.append(f"{name} starts from another live state or ends in another one")
    return said


def _line_name(line: Mapping[str, object]) -> str:
    named = line.get("object")
    words = " ".join(str(value) for value in named.values()) if isinstance(named, Mapping) else ""
    return f"{line.get('kind')} {words}".strip()
