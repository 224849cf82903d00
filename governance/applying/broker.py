"""The broker as the apply worker sees it: read, act; one small door that tests can stand in for."""

from __future__ import annotations

from typing import Protocol

from governance.models import ChangeItem
from governance.planning.live import LiveTopic, read_topic
from streams.connections import connection_of
from streams.kafka import provision
from streams.kafka.results import Outcome, Refused
from streams.models import Cluster


class Broker(Protocol):
    """What the worker asks of a broker."""

    def read(self, cluster: Cluster, name: str) -> LiveTopic | None:
        """The topic, None when it is proved absent. Raises BrokerSilent."""

    def act(self, cluster: Cluster, item: ChangeItem) -> Outcome:
        """Make the one call of an item."""


class KafkaBroker:
    """The real one, through streams.kafka."""

    def read(self, cluster: Cluster, name: str) -> LiveTopic | None:
        return read_topic(cluster, name)

    def act(self, cluster: Cluster, item: ChangeItem) -> Outcome:
        connection, name, wanted = connection_of(cluster), item.object["topic"], item.desired
        match item.kind:
            case "topic.create":
                return provision.create_topic(
                    connection, name, partitions=wanted["partitions"],
                    replication_factor=wanted["replication_factor"], configs=wanted.get("configs", {}),
                )  # fmt: skip
            case "topic.configure":
                return provision.alter_topic_configs(
                    connection,
                    name,
                    set_values=wanted.get("set", {}),
                    unset=wanted.get("unset", []),
                )
            case "topic.repartition":
                return provision.create_partitions(
                    connection, name, partitions=wanted["partitions"]
                )
            case _:
                return Refused("no_act", f"{item.kind} needs no act on a broker.")
