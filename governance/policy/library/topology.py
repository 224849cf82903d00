"""Policies about partitions, replicas and configuration of topics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from governance.policy.facts import (
    DAY_MS,
    ClusterFacts,
    EnvironmentFacts,
    Facts,
    TopicFacts,
    without,
)
from governance.policy.rule import Parameters, Rule, bad, good, number, unknown
from governance.policy.words import Fault, Number, Severity
from mesh.kernel.numbers import whole_number

TOPIC_TARGETS = frozenset({"topic.create", "topic.configure", "state:topic"})
WHOLE = (-1, 2**63 - 1)
CONFIG_RANGES: Mapping[str, tuple[int, int]] = {
    "retention.ms": WHOLE,
    "retention.bytes": WHOLE,
    "segment.bytes": (1_048_576, 2**31 - 1),
    "segment.ms": (1, WHOLE[1]),
    "segment.jitter.ms": (0, WHOLE[1]),
    "segment.index.bytes": (4, 2**31 - 1),
    "min.insync.replicas": (1, 100),
    "max.message.bytes": (0, 2**31 - 1),
    "message.timestamp.before.max.ms": (0, WHOLE[1]),
    "message.timestamp.after.max.ms": (0, WHOLE[1]),
    "delete.retention.ms": (0, WHOLE[1]),
    "min.compaction.lag.ms": (0, WHOLE[1]),
    "max.compaction.lag.ms": (1, WHOLE[1]),
}
CONFIG_WORDS: Mapping[str, frozenset[str]] = {
    "cleanup.policy": frozenset({"delete", "compact", "compact,delete", "delete,compact"}),
    "compression.type": frozenset({"uncompressed", "producer", "gzip", "snappy", "lz4", "zstd"}),
    "message.timestamp.type": frozenset({"CreateTime", "LogAppendTime"}),
}


def _topic(
    partitions: int = 3, replicas: int = 3, configs: Mapping[str, str] | None = None
) -> Facts:
    chosen = {"min.insync.replicas": "2"} if configs is None else configs
    topic = TopicFacts("commerce.orders", partitions, replicas, chosen)
    return Facts("topic.create", topic=topic)


def _kept(retention: str, classification: str = "internal", cleanup: str = "delete") -> Facts:
    configs = {"cleanup.policy": cleanup, **({"retention.ms": retention} if retention else {})}
    return Facts(
        "topic.create",
        topic=TopicFacts("commerce.orders", configs=configs, classification=classification),
    )


def _compacted(cleanup: str, *keys: str) -> Facts:
    topic = TopicFacts("commerce.orders", configs={"cleanup.policy": cleanup}, key_subjects=keys)
    return Facts("topic.create", topic=topic)


class RetentionCeiling(Rule):
    number, code, theme = 12, "topic.retention-ceiling", "topology"
    title = "Data is not kept longer than its class allows"
    wants = (
        "Retention stays under the ceiling of the data's class; for ever only on compacted topics."
    )
    severity = Severity.BLOCK
    looks_at = TOPIC_TARGETS
    needs = ("topic.configs",)
    params = {
        "personal_days": Number(30, "lower", 1, 36_500),
        "internal_days": Number(365, "lower", 1, 36_500),
    }
    message = "{topic} would keep {classification} data {asked}; the ceiling is {ceiling} days."
    remedy = "Lower retention.ms, or compact the topic if it holds the latest state per key."
    examples = (
        good(_kept(str(7 * DAY_MS))),
        good(_kept("-1", cleanup="compact")),
        good(_kept("")),
        bad(_kept(str(400 * DAY_MS)), "400 days"),
        bad(_kept(str(60 * DAY_MS), "personal"), "ceiling is 30 days"),
        bad(_kept("-1"), "for ever"),
        unknown(without(_kept("1"), "topic.configs")),
    )

    def judge(self, facts: Facts, parameters: Parameters) -> Iterator[Fault]:
        topic = facts.topic
        assert topic is not None
        if topic.retention_ms is None or "delete" not in topic.cleanup:
            return
        personal = topic.classification == "personal"
        ceiling = number(parameters, "personal_days" if personal else "internal_days")
        if topic.retention_ms < 0 or topic.retention_ms > ceiling * DAY_MS:
            asked = (
                "for ever" if topic.retention_ms < 0 else f"{topic.retention_ms / DAY_MS:g} days"
            )
            values = {
                "topic": topic.name,
                "asked": asked,
                "ceiling": ceiling,
                "classification": topic.classification,
            }
            yield Fault(values, "/desired/configs/retention.ms")


class PartitionBounds(Rule):
    number, code, theme = 15, "topic.partition-bounds", "topology"
    title = "Partitions stay within bounds"
    wants = "Every topic has a sensible number of partitions; it can only grow later."
    severity = Severity.BLOCK
    looks_at = frozenset({"topic.create", "topic.repartition", "state:topic"})
    needs = ("topic.partitions",)
    params = {"minimum": Number(1, "higher", 1, 10_000), "maximum": Number(48, "lower", 1, 10_000)}
    message = (
        "{topic} asks for {partitions} partitions; {environment} allows {minimum} to {maximum}."
    )
    remedy = "Choose a number in the range."
    examples = (
        good(_topic(partitions=12)),
        good(_topic(partitions=1)),
        bad(_topic(partitions=400), "asks for 400"),
        bad(_topic(partitions=0), "1 to 48"),
        unknown(without(_topic(), "topic.partitions")),
    )

    def judge(self, facts: Facts, parameters: Parameters) -> Iterator[Fault]:
        topic = facts.topic
        assert topic is not None
        if not number(parameters, "minimum") <= topic.partitions <= number(parameters, "maximum"):
            values = {
                "topic": topic.name,
                "partitions": topic.partitions,
                "environment": facts.environment.name,
            }
            yield Fault(values, "/desired/partitions")


class ReplicationAndInSync(Rule):
    number, code, theme = 17, "topic.replication-and-isr", "topology"
    title = "Production topics survive the loss of a broker"
    wants = "Enough replicas, enough of them in sync before a write counts, no unclean election."
    severity = Severity.BLOCK
    looks_at = TOPIC_TARGETS
    needs = ("topic.replication_factor", "cluster.brokers")
    params = {
        "minimum_replication": Number(3, "higher", 1, 100),
        "minimum_isr": Number(2, "higher", 1, 100),
    }
    message = "{topic} {problem}."
    remedy = "Set the replication factor and min.insync.replicas as the platform asks."
    examples = (
        good(_topic()),
        good(
            Facts(
                "topic.create", EnvironmentFacts("test", "non_prod"), topic=TopicFacts("a.b", 1, 1)
            )
        ),
        bad(_topic(replicas=1), "at least 3"),
        bad(_topic(configs={"min.insync.replicas": "3"}), "one replica fewer"),
        bad(_topic(configs={}), "is not set"),
        bad(_topic(replicas=5), "has 3 brokers"),
        bad(
            _topic(configs={"min.insync.replicas": "2", "unclean.leader.election.enable": "true"}),
            "unclean",
        ),
        unknown(without(_topic(), "cluster.brokers")),
    )

    def applies(self, facts: Facts) -> bool:
        return facts.environment.kind == "prod"

    def judge(self, facts: Facts, parameters: Parameters) -> Iterator[Fault]:
        topic = facts.topic
        assert topic is not None
        for pointer, problem in self._problems(topic, facts.cluster, parameters):
            yield Fault({"topic": topic.name, "problem": problem}, pointer)

    def _problems(
        self, topic: TopicFacts, cluster: ClusterFacts, parameters: Parameters
    ) -> Iterator[tuple[str, str]]:
        factor, least = topic.replication_factor, number(parameters, "minimum_replication")
        if factor < least:
            yield (
                "/desired/replication_factor",
                f"has {factor} replicas; production needs at least {least}",
            )
        if factor > cluster.brokers:
            said = f"asks for {factor} replicas; {cluster.name} has {cluster.brokers} brokers"
            yield "/desired/replication_factor", said
        problem = _in_sync_problem(topic, number(parameters, "minimum_isr"))
        if problem:
            yield "/desired/configs/min.insync.replicas", problem
        if topic.configs.get("unclean.leader.election.enable") == "true":
            yield (
                "/desired/configs/unclean.leader.election.enable",
                "allows unclean leader election",
            )


def _in_sync_problem(topic: TopicFacts, least: int) -> str:
    text = topic.configs.get("min.insync.replicas")
    if text is None:
        return (
            "" if least <= 1 else f"needs min.insync.replicas of at least {least}, which is not set"
        )
    number = whole_number(text)
    if number is None:
        return "has a min.insync.replicas that is no number"
    most = max(1, topic.replication_factor - 1)
    if number < least:
        return f"asks for min.insync.replicas {text}; at least {least} is needed"
    if number > most:
        return f"asks for min.insync.replicas {text}; keep one replica fewer than the factor, at most {most}"
    return ""


class ConfigAllowed(Rule):
    number, code, theme = 18, "topic.config-allowed", "topology"
    title = "Only known configuration keys with sane values"
    wants = "Keys from the platform's list, each with a value of the right kind and range."
    severity = Severity.BLOCK
    looks_at = frozenset({"topic.create", "topic.configure"})
    needs = ("topic.configs",)
    message = "{key}: {problem}."
    remedy = "Use one of the allowed keys with a value in its range."
    examples = (
        good(_topic(configs={"retention.ms": "604800000", "cleanup.policy": "compact"})),
        good(_topic(configs={"compression.type": "zstd"})),
        bad(_topic(configs={"flush.messages": "1"}), "not in the platform's list"),
        bad(_topic(configs={"retention.ms": "a week"}), "whole number"),
        bad(_topic(configs={"cleanup.policy": "shred"}), "say one of"),
        bad(_topic(configs={"segment.bytes": "1000"}), "from 1048576"),
        unknown(without(_topic(), "topic.configs")),
    )

    def judge(self, facts: Facts, parameters: Parameters) -> Iterator[Fault]:
        assert facts.topic is not None
        for key, value in sorted(facts.topic.configs.items()):
            problem = config_problem(key, value)
            if problem:
                yield Fault({"key": key, "problem": problem}, f"/desired/configs/{key}")


def config_problem(key: str, value: str) -> str:
    """What is wrong with one configuration entry; empty when it is fine."""
    if key in CONFIG_WORDS:
        allowed = CONFIG_WORDS[key]
        return (
            "" if value.replace(" ", "") in allowed else f"say one of {', '.join(sorted(allowed))}"
        )
    if key not in CONFIG_RANGES:
        return "this key is not in the platform's list"
    low, high = CONFIG_RANGES[key]
    number = whole_number(value)
    if number is None:
        return "say a whole number"
    return "" if low <= number <= high else f"say a number from {low} to {high}"


class CompactionHasKey(Rule):
    number, code, theme = 19, "topic.compaction-has-key", "topology"
    title = "Compacted topics have a key schema"
    wants = "Compaction keeps the latest record per key, so what the key is must be known."
    severity = Severity.BLOCK
    looks_at = TOPIC_TARGETS
    needs = ("topic.key_subjects",)
    message = "{topic} is compacted but has no key subject."
    remedy = "Add a key schema to the port, or use cleanup.policy=delete."
    examples = (
        good(_compacted("compact", "commerce.orders-key")),
        good(_compacted("delete")),
        bad(_compacted("compact"), "no key subject"),
        bad(_compacted("compact,delete"), "no key subject"),
        unknown(without(_compacted("compact"), "topic.key_subjects")),
    )

    def judge(self, facts: Facts, parameters: Parameters) -> Iterator[Fault]:
        assert facts.topic is not None
        if "compact" in facts.topic.cleanup and not facts.topic.key_subjects:
            yield Fault({"topic": facts.topic.name}, "/desired/configs/cleanup.policy")
