"""Does a topic stand as its item wants it, and is it still as the approved plan saw it?"""

from __future__ import annotations

from governance.models import ChangeItem
from governance.planning.live import LiveTopic
from governance.planning.topics import equals, shown, wanted_topic
from governance.policy.plan import touched


def expected(item: ChangeItem) -> dict[str, object]:
    """What must be read back."""
    match item.kind:
        case "topic.create":
            return wanted_topic(item)
        case "topic.configure":
            return {**item.desired.get("set", {}), **dict.fromkeys(item.desired.get("unset", []))}
        case "topic.repartition":
            return {"partitions": item.desired["partitions"]}
        case _:
            return {}


def observed(item: ChangeItem, live: LiveTopic | None) -> dict[str, object]:
    """What was read back, cut to what the item names; {} when the topic is absent."""
    if live is None:
        return {}
    match item.kind:
        case "topic.create":
            return shown(live, wanted_topic(item))
        case "topic.configure":
            return dict(touched(item.desired, live.configs))
        case "topic.repartition":
            return {"partitions": live.partitions}
        case _:
            return live.document()


def stands(item: ChangeItem, live: LiveTopic | None) -> bool:
    """Is the wish true on the broker?"""
    if live is None:
        return False
    if item.kind == "topic.create":
        return equals(live, wanted_topic(item))
    if item.kind == "topic.adopt":
        return True
    return same_incarnation(item, live) and observed(item, live) == expected(item)


def same_incarnation(item: ChangeItem, live: LiveTopic) -> bool:
    """Is it the very topic that the plan saw? A topic made anew under the name is another one."""
    seen = item.precondition.get("topic_id", "")
    return not seen or not live.topic_id or bool(seen == live.topic_id)


def precondition_holds(item: ChangeItem, live: LiveTopic | None) -> bool:
    """Is the broker still as the approved plan saw it?"""
    if item.kind == "topic.create":
        return (live is None) == bool(item.precondition.get("topic") == "absent")
    if live is None or not same_incarnation(item, live):
        return False
    if item.kind == "topic.configure":
        return bool(touched(item.desired, live.configs) == item.precondition.get("values"))
    if item.kind == "topic.repartition":
        return bool(live.partitions == item.precondition.get("partitions"))
    return True
