"""One line of a plan per item: precondition, before, after, flags, and what makes it impossible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from governance.models import ChangeItem, ChangeRequest
from governance.planning.live import LiveCluster, LiveTopic
from governance.policy.plan import PlanItem
from mesh.kernel.errors import Fault


@dataclass(frozen=True, slots=True)
class Grounds:
    """Everything that a plan is made from, read once."""

    request: ChangeRequest
    items: Sequence[ChangeItem]
    clusters: Mapping[str, LiveCluster] = field(default_factory=dict)

    def live(self, item: ChangeItem) -> LiveTopic | None:
        return self.clusters[item.object["cluster"]].topics[item.object["topic"]]

    def wanted(self, kind: str) -> list[ChangeItem]:
        return [item for item in self.items if item.kind == kind]


@dataclass(frozen=True, slots=True)
class Line:
    """A planned item with what keeps it from being applied."""

    item: ChangeItem
    plan: PlanItem
    problems: tuple[Fault, ...] = ()

    @property
    def is_noop(self) -> bool:
        return "noop" in self.plan.flags


def line(
    item: ChangeItem,
    *,
    precondition: Mapping[str, Any],
    after: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
    steps: Sequence[str] = (),
    flags: Sequence[str] = (),
    problems: Sequence[Fault] = (),
) -> Line:
    """A line; it is a noop when nothing of `after` differs from `before`."""
    start = dict(before or {})
    same = bool(start) and all(start.get(key) == value for key, value in after.items())
    marks = (*flags, "noop") if same and "noop" not in flags else tuple(flags)
    plan = PlanItem(
        item.kind, dict(item.object), dict(precondition), dict(after), start, tuple(steps), marks
    )
    return Line(item, plan, tuple(problems))


def problem(item: ChangeItem, member: str, code: str, detail: str) -> Fault:
    """A fault at a member of an item."""
    return Fault(f"/items/{item.position - 1}/{member}", code, detail)
