"""What a broker told, or why it could not: plain frozen records that cross the pipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T", covariant=True)
Position: TypeAlias = tuple[str, int]  # topic and partition


class Reason(StrEnum):
    """Why something is not known."""

    TIMEOUT = "TIMEOUT"
    UNREACHABLE = "UNREACHABLE"
    AUTH = "AUTH"
    DENIED = "DENIED"
    NOT_FOUND = "NOT_FOUND"
    RETRIABLE = "RETRIABLE"
    UNSUPPORTED = "UNSUPPORTED"
    PROTOCOL = "PROTOCOL"
    CANCELLED = "CANCELLED"
    CRASHED = "CRASHED"
    NO_COORDINATOR = "NO_COORDINATOR"


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    """A value with the moments (ms since the epoch) between which the broker told it."""

    value: T
    asked_ms: int
    answered_ms: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """The broker did not tell; `detail` is in our own words and safe to show."""

    reason: Reason
    detail: str = ""


Answer: TypeAlias = Known[T] | Unknown


@dataclass(frozen=True, slots=True)
class BrokerView:
    """A broker as the cluster's metadata names it."""

    broker_id: int
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class ClusterProbe:
    """Who answered: the cluster's own id and its brokers."""

    kafka_cluster_id: str
    controller_id: int
    brokers: tuple[BrokerView, ...]


@dataclass(frozen=True, slots=True)
class Rights:
    """What our principal may do on the cluster; None = the cluster did not say."""

    cluster_operations: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class TopicView:
    """A topic in the metadata; `in_sync` is the size of the in-sync set per partition."""

    name: str
    partitions: int
    replication: int
    leaderless: tuple[int, ...]
    in_sync: tuple[int, ...]
    internal: bool
    problem: Reason | None = None

    def under_min_isr(self, min_in_sync: int) -> tuple[int, ...]:
        """Partitions with fewer in-sync replicas than `min.insync.replicas` asks."""
        return tuple(number for number, count in enumerate(self.in_sync) if count < min_in_sync)

    @property
    def under_replicated(self) -> tuple[int, ...]:
        """Partitions with fewer in-sync replicas than replicas."""
        return self.under_min_isr(self.replication)


@dataclass(frozen=True, slots=True)
class PartitionView:
    """Where one partition lives; leader None = no leader."""

    partition: int
    leader: int | None
    replicas: tuple[int, ...]
    in_sync: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TopicDetail:
    """A topic asked by name; `topic_id` None = the broker gives none."""

    name: str
    topic_id: str | None
    internal: bool
    partitions: tuple[PartitionView, ...]


@dataclass(frozen=True, slots=True)
class ConfigView:
    """One configuration entry; source DYNAMIC_TOPIC_CONFIG = set on the topic itself."""

    name: str
    value: str | None
    source: str
    is_default: bool
    sensitive: bool
    read_only: bool


@dataclass(frozen=True, slots=True)
class TopicConfigs:
    """Every configuration entry of a topic, defaults included."""

    name: str
    entries: tuple[ConfigView, ...]

    @property
    def dynamic(self) -> dict[str, str | None]:
        """The entries set on the topic itself; a sensitive one has no value."""
        return {
            entry.name: entry.value
            for entry in self.entries
            if entry.source == "DYNAMIC_TOPIC_CONFIG"
        }

    def effective(self, name: str) -> str | None:
        """The value in force, wherever it was set."""
        return next((entry.value for entry in self.entries if entry.name == name), None)


@dataclass(frozen=True, slots=True)
class GroupView:
    """A consumer group in the list."""

    group_id: str
    state: str
    type: str
    simple: bool


@dataclass(frozen=True, slots=True)
class GroupListing:
    """The groups that brokers listed; `problems` = brokers that did not answer."""

    groups: tuple[GroupView, ...]
    problems: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberView:
    """A live member; the client id is what the member claims, never a proven identity."""

    member_id: str
    client_id: str
    host: str
    instance_id: str | None
    assignments: tuple[Position, ...]
    target: tuple[Position, ...] | None = None


@dataclass(frozen=True, slots=True)
class GroupDetail:
    """A group asked by name; DEAD without members proves nothing alone."""

    group_id: str
    state: str
    type: str
    simple: bool
    assignor: str
    members: tuple[MemberView, ...]
    coordinator: int | None

    @property
    def rebalancing(self) -> bool:
        """Some member does not yet own what it is meant to own."""
        return any(
            member.target is not None and set(member.target) != set(member.assignments)
            for member in self.members
        )


@dataclass(frozen=True, slots=True)
class Committed:
    """The commits of one group; None = the group has no offset there."""

    group_id: str
    offsets: Mapping[Position, int | None]
    unknown: Mapping[Position, Unknown]


class Found(StrEnum):
    """What stands at or after a position."""

    RECORD = "RECORD"
    END = "END"
    OUT_OF_RANGE = "OUT_OF_RANGE"


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """The first fetchable record at or after a position; END gives the end of the log."""

    found: Found
    offset: int | None
    timestamp_ms: int | None = None
    timestamp_type: str | None = None


@dataclass(frozen=True, slots=True)
class TailLimits:
    """Bounds of one sample; whatever is reached first ends it."""

    records: int = 500
    size_bytes: int = 5 * 1024 * 1024
    seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record as bytes; header values may be null."""

    partition: int
    offset: int
    timestamp_ms: int | None
    timestamp_type: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class Tail:
    """The newest records of a topic; `ended_by` is the limit that ended the sample, or END."""

    topic: str
    records: tuple[RawRecord, ...]
    ended_by: str
    unread_partitions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Acted:
    """The broker accepted the act (or, on a dry run, would accept it)."""

    asked_ms: int
    answered_ms: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The broker refused definitely; `broker_message` is its own clipped text for the record."""

    code: str
    message: str
    broker_message: str = ""


Outcome: TypeAlias = Acted | Refused | Unknown


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of the expected things were answered."""

    answered: int
    expected: int
    reasons: Mapping[str, int]

    @property
    def ratio(self) -> float:
        """1.0 = everything expected was answered; nothing expected counts as complete."""
        return self.answered / self.expected if self.expected else 1.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One look at a cluster: commits asked before log ends; every part Known or Unknown."""

    probe: Answer[ClusterProbe]
    topics: Answer[tuple[TopicView, ...]]
    groups: Answer[GroupListing]
    committed: Mapping[str, Answer[Committed]]
    members: Mapping[str, Answer[GroupDetail]]
    latest: Mapping[Position, Answer[int]]
    earliest: Mapping[Position, Answer[int]]
    stable: Mapping[Position, Answer[int]]
    details: Mapping[str, Answer[TopicDetail]]
    configs: Mapping[str, Answer[TopicConfigs]]
    coverage: Mapping[str, Coverage]
    asked_ms: int
    answered_ms: int
    cpu_ms: int


WIRE_RECORDS: tuple[type, ...] = (
    Known,
    Unknown,
    BrokerView,
    ClusterProbe,
    Rights,
    TopicView,
    PartitionView,
    TopicDetail,
    ConfigView,
    TopicConfigs,
    GroupView,
    GroupListing,
    MemberView,
    GroupDetail,
    Committed,
    ProbeAnswer,
    TailLimits,
    RawRecord,
    Tail,
    Acted,
    Refused,
)
WIRE_WORDS: tuple[type[StrEnum], ...] = (Reason, Found)
