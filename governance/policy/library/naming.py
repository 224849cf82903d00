"""Policies about the names of topics."""

from __future__ import annotations

import re
from collections.abc import Iterator

from governance.policy.facts import ClusterFacts, Facts, TopicFacts, without
from governance.policy.rule import Parameters, Rule, bad, good, unknown, words_of
from governance.policy.words import Fault, Severity, Words

HOUSE_PATTERN = re.compile(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*){1,4}")
KAFKA_PATTERN = re.compile(r"[a-zA-Z0-9._-]{1,249}")


def _named(name: str, *others: str) -> Facts:
    cluster = ClusterFacts(topic_names=frozenset(others))
    return Facts("topic.create", topic=TopicFacts(name), cluster=cluster)


class NamePattern(Rule):
    number, code, theme = 1, "topic.name-pattern", "naming"
    title = "Topic names follow one pattern"
    wants = "Two to five lower-case segments separated by dots, as in commerce.orders.changes."
    severity = Severity.BLOCK
    looks_at = frozenset({"topic.create", "state:topic"})
    needs = ("topic.name",)
    params = {"reserved_prefixes": Words(("_", "connect-"))}
    message = "The name {name} {problem}."
    remedy = "Name the topic domain.product.what, in lower case with dots between the parts."
    examples = (
        good(_named("commerce.orders.changes")),
        good(_named("retail.stock-levels")),
        bad(_named("Orders"), "two to five"),
        bad(_named("a" * 250), "Kafka"),
        bad(_named("_internal.orders"), "reserved"),
        unknown(without(_named("commerce.orders"), "topic.name")),
    )

    def judge(self, facts: Facts, parameters: Parameters) -> Iterator[Fault]:
        assert facts.topic is not None
        name = facts.topic.name
        problem = self._problem(name, words_of(parameters, "reserved_prefixes"))
        if problem:
            yield Fault({"name": name, "problem": problem}, "/object/topic")

    def _problem(self, name: str, reserved: tuple[str, ...]) -> str:
        if not KAFKA_PATTERN.fullmatch(name) or name in (".", ".."):
            return "is not one that Kafka accepts (1 to 249 of a-z A-Z 0-9 . _ -)"
        prefix = next((word for word in reserved if name.startswith(word)), None)
        if prefix is not None:
            return f"starts with the reserved {prefix}"
        if not HOUSE_PATTERN.fullmatch(name):
            return "does not consist of two to five lower-case segments separated by dots"
        return ""


class NameCollision(Rule):
    number, code, theme = 2, "topic.name-collision", "naming"
    title = "No two topics differ only in dot and underscore"
    wants = "Kafka's metrics treat dot and underscore alike; such names collide."
    severity = Severity.BLOCK
    looks_at = frozenset({"topic.create", "state:topic"})
    needs = ("cluster.topic_names",)
    message = "The name {name} collides with the existing topic {other}."
    remedy = "Choose a name that differs in more than dots and underscores."
    examples = (
        good(_named("commerce.orders", "commerce.payments")),
        good(_named("commerce.orders", "commerce.orders")),
        bad(_named("commerce.orders-new", "commerce_orders-new"), "collides"),
        bad(_named("a.b.c", "a.b_c"), "a.b_c"),
        unknown(without(_named("commerce.orders"), "cluster.topic_names")),
    )

    def judge(self, facts: Facts, parameters: Parameters) -> Iterator[Fault]:
        assert facts.topic is not None
        flat = facts.topic.name.replace(".", "_")
        for other in sorted(facts.cluster.topic_names):
            if other != facts.topic.name and other.replace(".", "_") == flat:
                yield Fault({"name": facts.topic.name, "other": other}, "/object/topic")
