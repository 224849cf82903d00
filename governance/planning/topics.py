"""Plan lines of topics: what the broker has now against what is wanted."""

from __future__ import annotations

from catalog.models import PortTopic
from governance.errors import PartitionDecrease
from governance.models import ChangeItem
from governance.planning.lines import Grounds, Line, line, problem
from governance.planning.live import BrokerSilent, LiveTopic
from governance.policy.plan import touched
from mesh.kernel.errors import Fault
from mesh.kernel.numbers import whole_number
from mesh.people.models import ObjectScope
from streams.connections import connection_of
from streams.kafka import provision
from streams.kafka.results import Outcome, Refused, Unknown
from streams.models import Topic


def create(item: ChangeItem, grounds: Grounds) -> Line:
    """A topic that is absent is made; one that equals the wish is adopted; another one is refused."""
    wanted = wanted_topic(item)
    live = grounds.live(item)
    faults = claims(item, grounds)
    steps = (f"create {item.object['topic']}", "read it back from the broker")
    if live is None:
        faults += _dry(item, grounds, _try_create(item, grounds))
        return line(
            item, precondition={"topic": "absent"}, after=wanted, steps=steps, problems=faults
        )
    before = shown(live, wanted)
    if not equals(live, wanted):
        faults.append(problem(item, "object/topic", "topic_exists", _differs(item, live, wanted)))
    flags = ("exists",)
    return line(item, precondition={"topic_id": live.topic_id}, after=wanted, before=before, flags=flags,
                steps=("adopt it as it is",), problems=faults)  # fmt: skip


def adopt(item: ChangeItem, grounds: Grounds) -> Line:
    """An existing topic comes under governance as it is."""
    live = grounds.live(item)
    if live is None:
        return _missing(item)
    after = live.document()
    return line(item, precondition=after, after=after, before=after, steps=("record it as it is",),
                problems=claims(item, grounds))  # fmt: skip


def configure(item: ChangeItem, grounds: Grounds) -> Line:
    """Only the named keys are looked at and changed."""
    live = grounds.live(item)
    if live is None:
        return _missing(item)
    before = touched(item.desired, live.configs)
    after: dict[str, str | None] = dict(item.desired.get("set", {}))
    after |= dict.fromkeys(item.desired.get("unset", []))
    faults = claims(item, grounds)
    if before != after:
        cluster = grounds.clusters[item.object["cluster"]].cluster
        outcome = provision.alter_topic_configs(
            connection_of(cluster), item.object["topic"], set_values=item.desired.get("set", {}),
            unset=item.desired.get("unset", []), validate_only=True,
        )  # fmt: skip
        faults += _dry(item, grounds, outcome)
    flags = ("data_loss",) if shortens(before, after) else ()
    return line(item, precondition={"topic_id": live.topic_id, "values": before}, after=after, before=before,
                flags=flags, steps=("set the named keys", "read them back"), problems=faults)  # fmt: skip


def repartition(item: ChangeItem, grounds: Grounds) -> Line:
    """Partitions only grow, and never shrink again."""
    live = grounds.live(item)
    if live is None:
        return _missing(item)
    count = item.desired["partitions"]
    faults = claims(item, grounds)
    if count < live.partitions:
        said = (
            f"{item.object['topic']} has {live.partitions} partitions; Kafka never takes any away."
        )
        faults.append(problem(item, "desired/partitions", PartitionDecrease.code, said))
    elif count > live.partitions:
        cluster = grounds.clusters[item.object["cluster"]].cluster
        outcome = provision.create_partitions(
            connection_of(cluster), item.object["topic"], partitions=count, validate_only=True
        )
        faults += _dry(item, grounds, outcome)
    return line(item, precondition={"topic_id": live.topic_id, "partitions": live.partitions},
                after={"partitions": count}, before={"partitions": live.partitions}, flags=("irreversible",),
                steps=("add partitions", "read the count back"), problems=faults)  # fmt: skip


def wanted_topic(item: ChangeItem) -> dict[str, object]:
    """The wish as the broker would describe it."""
    return {
        "partitions": item.desired["partitions"],
        "replication_factor": item.desired["replication_factor"],
        "configs": dict(item.desired.get("configs", {})),
    }


def shown(live: LiveTopic, wanted: dict[str, object]) -> dict[str, object]:
    """What stands, cut to the keys that the wish names."""
    named = wanted["configs"]
    assert isinstance(named, dict)
    return {
        "partitions": live.partitions,
        "replication_factor": live.replication_factor,
        "configs": {key: live.configs[key] for key in named if key in live.configs},
    }


def equals(live: LiveTopic, wanted: dict[str, object]) -> bool:
    """Is everything that the wish names as it wants it?"""
    return shown(live, wanted) == wanted


def shortens(before: dict[str, str | None], after: dict[str, str | None]) -> bool:
    """Could records be lost: is retention lowered or the cleanup policy another one?"""
    if before.get("cleanup.policy") != after.get("cleanup.policy"):
        return True
    return any(
        _lowered(before.get(key), after.get(key)) for key in ("retention.ms", "retention.bytes")
    )


def _lowered(old: str | None, new: str | None) -> bool:
    if old == new or new is None or new.startswith("-"):
        return False
    if old is None or old.startswith("-"):
        return True
    was, becomes = whole_number(old), whole_number(new)
    return was is not None and becomes is not None and becomes < was


def claims(item: ChangeItem, grounds: Grounds) -> list[Fault]:
    """Faults when another team answers for the topic or another product publishes it."""
    cluster = grounds.clusters[item.object["cluster"]].cluster
    topic = Topic.objects.filter(
        cluster=cluster, name=item.object["topic"], ended_at__isnull=True
    ).first()
    if topic is None:
        return []
    owner = (
        ObjectScope.objects.filter(kind="topic", object_id=topic.public_id)
        .select_related("team")
        .first()
    )
    mine = grounds.request.team_id
    if owner is not None and owner.team_id not in (None, mine):
        who = (
            owner.team.name
            if owner.team is not None and owner.visibility != "restricted"
            else "another team"
        )
        said = f"{topic.name} belongs to {who}."
        return [problem(item, "object/topic", "topic_owned", said)]
    published = PortTopic.objects.filter(topic=topic, live=True, direction="output")
    if mine is not None:
        published = published.exclude(port__product__team_id=mine)
    if item.kind in ("topic.create", "topic.adopt") and published.exists():
        return [
            problem(
                item,
                "object/topic",
                "topic_owned",
                f"{topic.name} is published by another product.",
            )
        ]
    return []


def _missing(item: ChangeItem) -> Line:
    said = f"The broker knows no topic {item.object['topic']}."
    return line(item, precondition={"topic": "absent"}, after={},
                problems=[problem(item, "object/topic", "topic_missing", said)])  # fmt: skip


def _differs(item: ChangeItem, live: LiveTopic, wanted: dict[str, object]) -> str:
    have = shown(live, wanted)
    names = [
        f"{key} {have[key]} instead of {wanted[key]}" for key in wanted if have[key] != wanted[key]
    ]
    return f"{item.object['topic']} exists with other settings: {'; '.join(names)}. It is never overwritten."


def _try_create(item: ChangeItem, grounds: Grounds) -> Outcome:
    cluster = grounds.clusters[item.object["cluster"]].cluster
    return provision.create_topic(
        connection_of(cluster), item.object["topic"], partitions=item.desired["partitions"],
        replication_factor=item.desired["replication_factor"], configs=item.desired.get("configs", {}),
        validate_only=True,
    )  # fmt: skip


FIELD_OF_REFUSAL = {
    "replication_factor": "desired/replication_factor",
    "partitions": "desired/partitions",
    "config": "desired/configs",
    "topic_name": "object/topic",
}


def _dry(item: ChangeItem, grounds: Grounds, outcome: Outcome) -> list[Fault]:
    """What the broker says to a dry run. Raises BrokerSilent when it says nothing."""
    if isinstance(outcome, Unknown):
        raise BrokerSilent(item.object["cluster"], outcome.detail or outcome.reason.value.lower())
    if isinstance(outcome, Refused):
        member = FIELD_OF_REFUSAL.get(outcome.code, "desired")
        said = f"{outcome.message} {outcome.broker_message}".strip()
        return [problem(item, member, f"broker_{outcome.code}", said)]
    return []
