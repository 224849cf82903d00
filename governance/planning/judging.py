"""Facts of a request's items for the policies, and what the policies say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.models import DataProduct, TopicSubject
from governance.gate import known_paths
from governance.models import ChangeItem, Policy
from governance.planning.catalogue import members_of, product_called
from governance.planning.contents import read_content
from governance.planning.lines import Grounds, Line
from governance.policy.facts import (
    ClusterFacts,
    EnvironmentFacts,
    Facts,
    ProductFacts,
    ReaderVerdict,
    SchemaFacts,
    TopicFacts,
)
from governance.policy.fields import fields_of, is_personal
from governance.policy.library.catalogue import RULES
from governance.policy.quorum import HitReader
from governance.policy.rule import Rule, evaluate
from governance.policy.words import Outcome, Result
from mesh.kernel.errors import MeshError
from mesh.people.models import Membership, Team


@dataclass(frozen=True, slots=True)
class Judged:
    """What one policy says about one item."""

    item: ChangeItem
    result: Result


def active_rules() -> tuple[list[Rule], dict[str, Mapping[str, object]]]:
    """Rules that are active on this platform, with their parameters. One query."""
    rows = dict(Policy.objects.filter(state="active").values_list("code", "parameters"))
    return [rule for rule in RULES if rule.code in rows], rows


def judge_lines(
    grounds: Grounds,
    lines: Sequence[Line],
    impact: Mapping[int, Sequence[HitReader]],
    unknown: Mapping[int, str],
) -> list[Judged]:
    """Every policy on every item; skips are left out. `impact` and `unknown` by item primary key."""
    rules, parameters = active_rules()
    found = []
    for line in lines:
        facts = facts_of(
            line.item, grounds, impact.get(line.item.pk, ()), known=line.item.pk not in unknown
        )
        found += [
            Judged(line.item, result)
            for result in evaluate(rules, facts, parameters)
            if result.outcome is not Outcome.SKIP
        ]
    return found


def facts_of(
    item: ChangeItem, grounds: Grounds, hit: Sequence[HitReader], *, known: bool = True
) -> Facts:
    """The facts about one item as it would be after the change."""
    environment = grounds.request.environment
    topic, cluster = None, ClusterFacts()
    if item.kind.startswith("topic."):
        topic, cluster = _topic(item, grounds), _cluster(item, grounds)
    schema = _schema(item, grounds, hit) if item.kind.startswith("schema.") else None
    unknown = set() if known else {"schema.verdicts"}
    if item.kind == "schema.register" and schema is None:
        unknown |= {"schema.fields", "schema.level", "schema.verdicts"}
    return Facts(
        item.kind,
        EnvironmentFacts(environment.slug, environment.kind),
        cluster,
        _product(grounds),
        topic,
        schema,
        frozenset(unknown),
    )


def _cluster(item: ChangeItem, grounds: Grounds) -> ClusterFacts:
    live = grounds.clusters[item.object["cluster"]]
    return ClusterFacts(live.cluster.name, live.brokers, live.topic_names)


def _topic(item: ChangeItem, grounds: Grounds) -> TopicFacts:
    name, live = item.object["topic"], grounds.live(item)
    configs = dict(live.configs) if live is not None else {}
    configs |= item.desired.get("configs", {}) | item.desired.get("set", {})
    for key in item.desired.get("unset", []):
        configs.pop(key, None)
    partitions = item.desired.get("partitions", live.partitions if live is not None else 0)
    factor = item.desired.get(
        "replication_factor", live.replication_factor if live is not None else 0
    )
    return TopicFacts(
        name, partitions, factor, configs, _key_subjects(name, grounds), _class_of(name, grounds)
    )


def _key_subjects(name: str, grounds: Grounds) -> tuple[str, ...]:
    asked = [
        subject
        for port in _ports_on(name, grounds)
        for subject in port.desired.get("key_subjects", [])
    ]
    bound = TopicSubject.objects.filter(topic__name=name, topic__ended_at__isnull=True, side="key")
    return tuple(dict.fromkeys([*asked, *bound.values_list("subject__name", flat=True)]))


def _ports_on(name: str, grounds: Grounds) -> list[ChangeItem]:
    return [port for port in grounds.wanted("port.create") if port.desired.get("topic") == name]


def _class_of(name: str, grounds: Grounds) -> str:
    """personal when a schema of this bundle that describes the topic declares personal data."""
    subjects = {
        subject
        for port in _ports_on(name, grounds)
        for side in ("key_subjects", "value_subjects")
        for subject in port.desired.get(side, [])
    }
    for item in grounds.wanted("schema.register"):
        if item.object["subject"] in subjects and personal(item):
            return "personal"
    return "internal"


def personal(item: ChangeItem) -> bool:
    """Does the wanted schema declare personal data? A schema that cannot be read does not."""
    try:
        return is_personal(fields_of(read_content(item).schema))
    except MeshError:
        return False


def _schema(item: ChangeItem, grounds: Grounds, hit: Sequence[HitReader]) -> SchemaFacts | None:
    name = item.object["subject"]
    if item.kind == "schema.compatibility":
        return SchemaFacts(name, item.desired["level"])
    try:
        content = read_content(item)
    except MeshError:
        return None
    known = known_paths(str(content.subject.public_id)) if content.subject is not None else set()
    verdicts = tuple(
        ReaderVerdict(reader.name, reader.team_label, reader.verdict) for reader in hit
    )
    return SchemaFacts(
        name, content.level, _side(name, grounds), fields_of(content.schema, known), verdicts
    )


def _side(subject: str, grounds: Grounds) -> str:
    keys = {
        name
        for port in grounds.wanted("port.create")
        for name in port.desired.get("key_subjects", [])
    }
    return "key" if subject in keys or subject.endswith("-key") else "value"


def _product(grounds: Grounds) -> ProductFacts | None:
    """The product as it would be: what is there, overlaid by what the items want."""
    items = [*grounds.wanted("product.create"), *grounds.wanted("product.edit")]
    product = grounds.request.product or (
        product_called(items[0].object["product"]) if items else None
    )
    if product is None and not items:
        return None
    members: dict[str, object] = {}
    slug = product.slug if product is not None else items[0].object["product"]
    if product is not None:
        names = ("team", "tier", "lifecycle", "visibility", "purpose", "usage", "limitations")
        members = members_of(product, dict.fromkeys(names))
    for item in items:
        members |= item.desired
    return product_facts(slug, members)


def product_facts(slug: str, members: Mapping[str, object]) -> ProductFacts:
    """Facts from members by name; the team is counted. Two queries."""
    team = Team.objects.filter(slug=members.get("team")).first()
    count = (
        Membership.objects.filter(team=team, user__is_active=True).count()
        if team is not None
        else 0
    )
    contacts = [team.contact, team.on_call] if team is not None else []
    words = {
        name: str(members.get(name) or "") for name in ("tier", "purpose", "usage", "limitations")
    }
    return ProductFacts(
        slug,
        team=team.name if team is not None else "",
        members=count,
        contacts=sum(bool(contact) for contact in contacts),
        lifecycle=str(members.get("lifecycle") or "draft"),
        visibility=str(members.get("visibility") or "organisation"),
        **words,
    )


def facts_of_product(product: DataProduct) -> ProductFacts:
    """Facts about a product as it stands."""
    names = ("team", "tier", "lifecycle", "visibility", "purpose", "usage", "limitations")
    return product_facts(product.slug, members_of(product, dict.fromkeys(names)))
