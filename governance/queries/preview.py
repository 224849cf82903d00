"""What the policies would say of a registration that is still being filled in; rows only, no broker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from catalog.queries.drafts import draft_request
from governance.manifests.comparing import own_configs
from governance.models import ChangeItem, ChangeRequest
from governance.planning.judging import active_rules, facts_of
from governance.planning.lines import Grounds
from governance.planning.live import LiveCluster, LiveTopic
from governance.policy.library.catalogue import BY_CODE
from governance.policy.plan import BROKER_KINDS
from governance.policy.rule import evaluate
from governance.policy.words import Outcome, Result
from governance.queries.words import OUTCOME_STATES
from governance.wishes.reading import Wish, read_item
from mesh.audit.principal import Principal
from mesh.kernel.errors import Fault
from streams.models import Cluster, Environment, Topic

RANK = ("bad", "unknown", "warn", "ok")


def draft_checks(viewer: Principal, draft_id: UUID) -> list[dict[str, str]]:
    """Verdicts on a draft of the viewer's, worst first. Raises NotFound for somebody else's."""
    body = draft_request(viewer, draft_id)
    wishes, faults = _read(viewer, body.get("items", ()))
    checks = [_fault(fault) for fault in faults]
    checks += [_check(result) for result in _judged(wishes)]
    unique = {(check["title"], check["text"]): check for check in checks}
    return sorted(unique.values(), key=lambda check: RANK.index(check["state"]))


def _read(viewer: Principal, items: Sequence[Mapping[str, Any]]) -> tuple[list[Wish], list[Fault]]:
    wishes, faults = [], []
    for place, item in enumerate(items):
        wish, found = read_item(viewer, item, f"/items/{place}")
        faults += found
        wishes += [wish] if wish is not None else []
    return wishes, faults


def _judged(wishes: Sequence[Wish]) -> list[Result]:
    items = [
        ChangeItem(
            position=place, kind=wish.kind, object=dict(wish.object), desired=dict(wish.desired)
        )
        for place, wish in enumerate(wishes, start=1)
    ]
    environment = Environment.objects.filter(slug="prod").first() or Environment(
        slug="prod", kind="prod"
    )
    clusters, unknown = _clusters(items)
    grounds = Grounds(ChangeRequest(environment=environment), items, clusters)
    rules, parameters = active_rules()
    found = []
    for item in items:
        facts = facts_of(item, grounds, (), known=False)
        if item.kind in BROKER_KINDS and item.object["cluster"] in unknown:
            hidden = facts.unknown | {"cluster.brokers", "cluster.topic_names"}
            facts = type(facts)(
                facts.target,
                facts.environment,
                facts.cluster,
                facts.product,
                facts.topic,
                facts.schema,
                hidden,
            )
        found += evaluate(rules, facts, parameters)
    return [
        result
        for result in found
        if result.outcome is not Outcome.SKIP and result.code != "schema.breaks-consumers"
    ]


def _clusters(items: Sequence[ChangeItem]) -> tuple[dict[str, LiveCluster], set[str]]:
    """Clusters as they were last seen, and the names of those that were never seen."""
    names = {item.object["cluster"] for item in items if item.kind in BROKER_KINDS}
    found, unknown = {}, set()
    for cluster in Cluster.objects.filter(name__in=names):
        rows = {
            row.name: row for row in Topic.objects.filter(cluster=cluster, ended_at__isnull=True)
        }
        topics = {
            item.object["topic"]: _live(rows.get(item.object["topic"]))
            for item in items
            if item.object.get("cluster") == cluster.name and item.kind in BROKER_KINDS
        }
        found[cluster.name] = LiveCluster(
            cluster, cluster.broker_count or 0, frozenset(rows), topics
        )
        if cluster.broker_count is None:
            unknown.add(cluster.name)
    return found, unknown


def _live(row: Topic | None) -> LiveTopic | None:
    if row is None:
        return None
    return LiveTopic(row.kafka_topic_id, row.partitions, row.replication_factor, own_configs(row))


def _fault(fault: Fault) -> dict[str, str]:
    return {
        "state": "bad",
        "title": fault.detail,
        "text": "",
        "code": fault.code,
        "label": "",
        "href": "",
    }


def _check(result: Result) -> dict[str, str]:
    state = OUTCOME_STATES[result.outcome]
    return {
        "state": state,
        "title": BY_CODE[result.code].title,
        "text": f"{result.message} {result.remedy}".strip() if result.message else "",
        "code": result.code,
        "label": "blocks" if result.blocks else "",
        "href": f"/governance/policies/{result.code}",
    }
