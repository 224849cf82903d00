"""Continuous judgement: what the policies say of each product as it stands."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.models import DataProduct, PortTopic, TopicSubject
from governance.models import Policy, PolicyResult
from governance.planning.judging import active_rules, facts_of_product
from governance.policy.facts import ClusterFacts, EnvironmentFacts, Facts, SchemaFacts, TopicFacts
from governance.policy.fields import fields_of, is_personal
from governance.policy.rule import evaluate
from governance.policy.words import Outcome
from mesh.audit.actions import audited
from mesh.audit.principal import Principal
from mesh.people.authz.doors import require
from schemas.models import SchemaVersion
from schemas.registering.comparing import level_of
from schemas.registering.parsing import stored_schema

PHASE = "continuous"


def product_ids() -> list[int]:
    """Products that the mesh can count on."""
    return list(
        DataProduct.objects.exclude(lifecycle__in=["draft", "retired"]).values_list("pk", flat=True)
    )


@audited
def judge_product(product_id: int, *, by: Principal) -> int:
    """Replace the product's results; the number of policies that it does not pass.

    Recomputed rows, so no audit event: the trail has the change that caused them.
    """
    require(by, "policy.read")
    product = (
        DataProduct.objects.select_for_update(no_key=True, of=("self",))
        .select_related("team", "domain").filter(pk=product_id).first()
    )  # fmt: skip
    if product is None:
        return 0
    rules, parameters = active_rules()
    policies = dict(Policy.objects.values_list("code", "pk"))
    rows = [
        PolicyResult(
            product=product, policy_id=policies[result.code], severity=result.severity, phase=PHASE,
            outcome=result.outcome, message=result.message, pointer=label[:200],
            remedy=result.remedy if result.message else "",
        )
        for label, facts in facts_about(product)
        for result in evaluate(rules, facts, parameters)
        if result.outcome is not Outcome.SKIP
    ]  # fmt: skip
    PolicyResult.objects.filter(product=product, phase=PHASE).delete()
    PolicyResult.objects.bulk_create(rows)
    return sum(row.outcome not in ("pass", "skip") for row in rows)


def facts_about(product: DataProduct) -> Iterator[tuple[str, Facts]]:
    """Facts of the product, of each output topic and of each subject on it, with their names."""
    about = facts_of_product(product)
    yield product.slug, Facts("state:product", product=about)
    outputs = PortTopic.objects.filter(port__product=product, direction="output").select_related(
        "topic__cluster__environment"
    )
    for bound in outputs:
        topic = bound.topic
        environment = EnvironmentFacts(
            topic.cluster.environment.slug, topic.cluster.environment.kind
        )
        subjects = list(TopicSubject.objects.filter(topic=topic).select_related("subject__context"))
        schemas = [facts for row in subjects if (facts := _schema(row)) is not None]
        unknown = {"cluster.brokers"} if topic.cluster.broker_count is None else set()
        unknown |= (
            {"topic.configs", "topic.replication_factor"} if topic.configs_at is None else set()
        )
        yield (
            topic.name,
            Facts(
                "state:topic",
                environment,
                ClusterFacts(topic.cluster.name, topic.cluster.broker_count or 0, frozenset()),
                about,
                TopicFacts(
                    topic.name,
                    topic.partitions,
                    topic.replication_factor,
                    _own_configs(topic.configs),
                    tuple(row.subject.name for row in subjects if row.side == "key"),
                    "personal"
                    if any(is_personal(schema.fields) for schema in schemas)
                    else "internal",
                ),
                unknown=frozenset(unknown),
            ),
        )
        for schema in schemas:
            yield schema.subject, Facts("state:subject", environment, product=about, schema=schema)


def _own_configs(configs: dict[str, object]) -> dict[str, str]:
    """Values set on the topic itself; sweeps keep {"value", "source", "is_default"} per key."""
    found = {}
    for key, entry in configs.items():
        if isinstance(entry, dict) and entry.get("source") == "DYNAMIC_TOPIC_CONFIG":
            found[key] = str(entry.get("value"))
    return found


def _schema(row: TopicSubject) -> SchemaFacts | None:
    """The newest live version of a bound subject; its fields count as old."""
    version = (
        SchemaVersion.objects.filter(subject=row.subject, deleted_at__isnull=True)
        .select_related("schema_id__content").order_by("-version").first()
    )  # fmt: skip
    if version is None:
        return None
    fields = fields_of(stored_schema(version.schema_id.content))
    old = tuple(
        type(field)(field.path, field.doc, field.classification, is_new=False) for field in fields
    )
    level = level_of(row.subject, row.subject.context).name
    return SchemaFacts(row.subject.name, level, row.side, old)
