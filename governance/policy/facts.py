"""What policies may know of an item, product or topic: frozen, plain, complete; holes are named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class EnvironmentFacts:
    name: str = "prod"
    kind: str = "prod"


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """Brokers known, and the names of the other live topics."""

    name: str = "demo"
    brokers: int = 3
    topic_names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """A topic as it would be after the change; configs are those set on the topic itself."""

    name: str
    partitions: int = 3
    replication_factor: int = 3
    configs: Mapping[str, str] = field(default_factory=dict)
    key_subjects: tuple[str, ...] = ()
    classification: str = "internal"

    @property
    def cleanup(self) -> frozenset[str]:
        """The words of cleanup.policy; Kafka's own default is delete."""
        text = self.configs.get("cleanup.policy", "delete")
        return frozenset(word.strip() for word in text.split(",") if word.strip())

    @property
    def retention_ms(self) -> int | None:
        """Milliseconds kept, -1 = for ever; None = not set here, the broker's default decides."""
        text = self.configs.get("retention.ms", "")
        try:
            return int(text) if text else None
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """A product with the team that answers for it."""

    slug: str
    team: str = "team"
    members: int = 2
    contacts: int = 1
    tier: str = ""
    lifecycle: str = "draft"
    visibility: str = "organisation"
    purpose: str = ""
    usage: str = ""
    limitations: str = ""


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """One field of a schema; `classification` is what the schema itself declares."""

    path: str
    doc: str = ""
    classification: str = ""
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class ReaderVerdict:
    """What a schema does to one reader: BREAK SILENT LOSSY OK UNKNOWN."""

    reader: str
    team: str
    verdict: str


@dataclass(frozen=True, slots=True)
class SchemaFacts:
    """A schema as it would be registered."""

    subject: str
    level: str = "BACKWARD"
    side: str = "value"
    fields: tuple[FieldFacts, ...] = ()
    verdicts: tuple[ReaderVerdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a policy may look at; `unknown` lists paths that could not be measured."""

    target: str  # an item kind, or state:product | state:topic | state:subject
    environment: EnvironmentFacts = field(default_factory=EnvironmentFacts)
    cluster: ClusterFacts = field(default_factory=ClusterFacts)
    product: ProductFacts | None = None
    topic: TopicFacts | None = None
    schema: SchemaFacts | None = None
    unknown: frozenset[str] = frozenset()


def without(facts: Facts, *paths: str) -> Facts:
    """The same facts with some of them declared as not measured."""
    return replace(facts, unknown=facts.unknown | set(paths))
