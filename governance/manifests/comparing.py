"""Wishes against what the rows say: create, change or same. No broker is asked: planning does that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from governance.manifests.documents import Origin, Wanted
from governance.models import ChangeItem, ChangeRequest
from governance.planning.draft import PLANNERS
from governance.planning.lines import Grounds
from governance.policy.plan import PlanItem, order_of
from governance.wishes.reading import Wish, read_item
from mesh.audit.principal import Principal
from mesh.kernel.errors import Fault
from streams.models import Topic


@dataclass(frozen=True, slots=True)
class Compared:
    """A wish with what stands; `action` is create, change or same."""

    wish: Wish
    origin: Origin
    action: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def label(self) -> str:
        named = self.wish.object
        parts = [
            str(named[name])
            for name in ("cluster", "topic", "subject", "product", "port")
            if name in named
        ]
        return "/".join(parts)


def compare(
    by: Principal, wanted: Sequence[Wanted], teams: Mapping[str, int | None]
) -> tuple[list[Compared], list[Fault]]:
    """Every wish in apply order with its action, and the faults of those that cannot be.

    `teams` says by document for whom it speaks.
    """
    read, faults = _read(by, wanted)
    topics = [_topic(wish, origin) for wish, origin in read if wish.kind == "topic.create"]
    compared = [entry for entry, _ in topics if entry is not None]
    faults += [fault for _, found in topics for fault in found]
    others = [(wish, origin) for wish, origin in read if wish.kind != "topic.create"]
    rows, more = _rows(others, [wish for wish, _ in read if wish.kind == "topic.create"], teams)
    both = sorted(compared + rows, key=lambda entry: order_of(entry.wish.kind))
    return both, faults + more


def _read(by: Principal, wanted: Sequence[Wanted]) -> tuple[list[tuple[Wish, Origin]], list[Fault]]:
    read: dict[tuple[str, str], tuple[Wish, Origin]] = {}
    faults: list[Fault] = []
    for one in wanted:
        wish, found = read_item(by, _filled(one.body), "")
        faults += [_moved(fault, one.origin) for fault in found]
        if wish is None:
            continue
        key = (wish.kind, wish.object_key)
        if key in read and read[key][0] != wish:
            said = f"{wish.object_key} is described twice in different words."
            faults.append(Fault(one.origin.pointer, "repeated", said))
        read.setdefault(key, (wish, one.origin))
    return list(read.values()), faults


def _filled(body: dict[str, Any]) -> dict[str, Any]:
    """A topic that names only some settings takes the others from what stands; checked later."""
    if body["kind"] != "topic.create":
        return body
    return {**body, "desired": {"partitions": 0, "replication_factor": 0, **body["desired"]}}


def _moved(fault: Fault, origin: Origin) -> Fault:
    return replace(fault, pointer=origin.place(fault.pointer))


def _topic(wish: Wish, origin: Origin) -> tuple[Compared | None, list[Fault]]:
    """A topic that is seen is compared by its row; partitions and configs may change, replicas not."""
    live = Topic.objects.filter(
        cluster__name=wish.object["cluster"], name=wish.object["topic"], ended_at__isnull=True
    ).first()
    wanted = {name: value for name, value in wish.desired.items() if value not in (0, {})}
    if live is None:
        missing = [name for name in ("partitions", "replication_factor") if name not in wanted]
        faults = [
            Fault(
                origin.place(f"/desired/{name}"),
                "required",
                f"{name} is missing: the topic is new.",
            )
            for name in missing
        ]
        entry = Compared(wish, origin, "create", {}, wish.desired)
        return (None if faults else entry), faults
    return _existing(wish, origin, live, wanted)


def _existing(
    wish: Wish, origin: Origin, live: Topic, wanted: Mapping[str, Any]
) -> tuple[Compared | None, list[Fault]]:
    factor = wanted.get("replication_factor", live.replication_factor)
    if factor != live.replication_factor:
        said = f"{live.name} has {live.replication_factor} replicas; that is not changed here."
        return None, [Fault(origin.place("/desired/replication_factor"), "fixed", said)]
    own = own_configs(live)
    changed = {
        key: value for key, value in wanted.get("configs", {}).items() if own.get(key) != value
    }
    before = {
        "partitions": live.partitions,
        "configs": {key: own.get(key) for key in wanted.get("configs", {})},
    }
    after = {
        "partitions": wanted.get("partitions", live.partitions),
        "configs": wanted.get("configs", {}),
    }
    if after["partitions"] != live.partitions and changed:
        said = "Change the number of partitions and the configuration in two steps."
        return None, [Fault(origin.place("/desired/partitions"), "two_changes", said)]
    if changed:
        wish = replace(wish, kind="topic.configure", desired={"set": changed, "unset": []})
        return Compared(wish, origin, "change", before, after), []
    if after["partitions"] != live.partitions:
        wish = replace(wish, kind="topic.repartition", desired={"partitions": after["partitions"]})
        return Compared(wish, origin, "change", before, after), []
    return Compared(wish, origin, "same", before, after), []


def own_configs(topic: Topic) -> dict[str, str]:
    """Values that are set on the topic itself, as the newest look at the broker saw them."""
    return {
        key: str(entry["value"])
        for key, entry in topic.configs.items()
        if isinstance(entry, dict) and entry.get("source") == "DYNAMIC_TOPIC_CONFIG"
    }


def _rows(
    wishes: Sequence[tuple[Wish, Origin]], topics: Sequence[Wish], teams: Mapping[str, int | None]
) -> tuple[list[Compared], list[Fault]]:
    """Schemas and catalogue: the planner's own lines, made of rows that are not stored."""
    items = [
        ChangeItem(position=place, kind=wish.kind, object=dict(wish.object), object_key=wish.object_key,
                   desired=dict(wish.desired))
        for place, wish in enumerate([*(wish for wish, _ in wishes), *topics], start=1)
    ]  # fmt: skip
    speaking = {
        team_id: Grounds(ChangeRequest(team_id=team_id), items)
        for team_id in {None, *teams.values()}
    }
    compared, faults = [], []
    for (wish, origin), item in zip(wishes, items, strict=False):
        line = PLANNERS[wish.kind](item, speaking[teams.get(origin.document)])
        prefix = f"/items/{item.position - 1}"
        faults += [
            replace(fault, pointer=origin.place(fault.pointer.removeprefix(prefix)))
            for fault in line.problems
        ]
        action = "same" if line.is_noop else "create" if _is_new(line.plan) else "change"
        compared.append(Compared(wish, origin, action, line.plan.before, line.plan.after))
    return compared, faults


def _is_new(plan: PlanItem) -> bool:
    """Does nothing of it stand yet? Promises are new while none of those named is made."""
    if plan.kind == "promise.set":
        return not plan.before
    return "absent" in plan.precondition.values() or plan.precondition.get("version") == 0
