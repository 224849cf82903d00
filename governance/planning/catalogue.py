"""Plan lines of the catalogue: products, ports, promises and the step to active."""

from __future__ import annotations

from typing import Any

from catalog.models import DataProduct, Domain, Port, PortTopic, Promise, TopicSubject
from governance.models import ChangeItem
from governance.planning.lines import Grounds, Line, line, problem
from mesh.kernel.errors import Fault
from mesh.people.models import Team
from schemas.models import Subject
from streams.models import Topic

PROMISE_MEMBERS = ("property", "value", "unit", "consumer", "percentile", "comparator")


def create_product(item: ChangeItem, grounds: Grounds) -> Line:
    """A new product; a draft of the same team under this name is taken up."""
    slug = item.object["product"]
    product = product_called(slug)
    if product is None:
        return line(item, precondition={"product": "absent"}, after=dict(item.desired),
                    steps=("create the product",), problems=references(item))  # fmt: skip
    before = members_of(product, item.desired)
    faults = references(item)
    if product.lifecycle != "draft" or product.team_id != grounds.request.team_id:
        said = f"There is a product {slug} already."
        faults.append(problem(item, "object/product", "slug_taken", said))
    return line(item, precondition={"members": before}, before=before, after=dict(item.desired),
                steps=("complete the draft",), problems=faults)  # fmt: skip


def edit_product(item: ChangeItem, grounds: Grounds) -> Line:
    """Only the named members are looked at and changed."""
    product = product_called(item.object["product"])
    if product is None:
        return _gone(item)
    before = members_of(product, item.desired)
    return line(item, precondition={"members": before}, before=before, after=dict(item.desired),
                steps=("change the product",), problems=references(item))  # fmt: skip


def open_port(item: ChangeItem, grounds: Grounds) -> Line:
    """A port with its topic and subjects; what stands already is compared."""
    port = port_called(item)
    wanted = {key: value for key, value in item.desired.items() if value not in ("", [])}
    before = _port_members(port, wanted) if port is not None else {}
    return line(item, precondition={"port": before or "absent"}, before=before, after=wanted,
                steps=("open the port",), problems=_port_faults(item, grounds))  # fmt: skip


def set_promises(item: ChangeItem, grounds: Grounds) -> Line:
    """Promises by property and consumer; those not mentioned stay."""
    port = port_called(item)
    standing = _promises(port)
    after: dict[str, Any] = {promise_name(row): _literal(row) for row in item.desired["promises"]}
    before = {name: standing[name] for name in after if name in standing}
    faults = [] if port is not None or _opens(item, grounds) else [_no_port(item)]
    return line(item, precondition={"promises": before}, before=before, after=after,
                steps=("set the promises",), problems=faults)  # fmt: skip


def activate(item: ChangeItem, grounds: Grounds) -> Line:
    """The step to active; its guards are asked again when it is taken."""
    product = product_called(item.object["product"])
    created = any(other.object_key == item.object_key for other in grounds.wanted("product.create"))
    if product is None and not created:
        return _gone(item)
    state = product.lifecycle if product is not None else "absent"
    return line(item, precondition={"lifecycle": state}, before={"lifecycle": state},
                after={"lifecycle": "active"}, steps=("make the product active",))  # fmt: skip


def product_called(slug: str) -> DataProduct | None:
    """The product of this slug with team and domain, or None."""
    return DataProduct.objects.select_related("team", "domain").filter(slug=slug).first()


def port_called(item: ChangeItem) -> Port | None:
    """The port that an item names, or None."""
    named = item.object
    return Port.objects.select_related("product", "upstream__product").filter(
        product__slug=named["product"], name=named["port"], version=named["version"],
        direction=named["direction"],
    ).first()  # fmt: skip


def members_of(product: DataProduct, wanted: dict[str, Any]) -> dict[str, object]:
    """The present values of the members that a wish names; teams and domains by slug."""
    found: dict[str, object] = {}
    for name in wanted:
        value = getattr(product, name)
        found[name] = value.slug if isinstance(value, Team | Domain) else value
    return found


def references(item: ChangeItem) -> list[Fault]:
    """Faults of teams and domains that are gone since the request was written."""
    faults = []
    for member, model in (("team", Team), ("domain", Domain)):
        slug = item.desired.get(member)
        if slug is not None and not model.objects.filter(slug=slug).exists():
            faults.append(
                problem(item, f"desired/{member}", "unknown", f"There is no {member} {slug}.")
            )
    return faults


def promise_name(row: dict[str, Any]) -> str:
    """What identifies a promise of a port."""
    consumer = row.get("consumer") or ""
    return f"{row.get('property')} for {consumer}" if consumer else str(row.get("property"))


def _literal(row: dict[str, Any]) -> dict[str, Any]:
    return {key: row[key] for key in PROMISE_MEMBERS if row.get(key) not in (None, "")}


def _promises(port: Port | None) -> dict[str, dict[str, Any]]:
    if port is None:
        return {}
    rows = Promise.objects.filter(port=port, ended_at__isnull=True)
    literals = [
        {**row.literal, "consumer": row.literal.get("consumer") or row.consumer} for row in rows
    ]
    return {promise_name(row): _literal(row) for row in literals}


def _port_members(port: Port, wanted: dict[str, Any]) -> dict[str, object]:
    bound = PortTopic.objects.filter(port=port).select_related("topic__cluster").first()
    sides: dict[str, list[str]] = {"key": [], "value": []}
    if bound is not None:
        for row in TopicSubject.objects.filter(topic=bound.topic).select_related("subject"):
            sides[row.side].append(row.subject.name)
    found: dict[str, object] = {
        "topic": bound.topic.name if bound is not None else "",
        "cluster": bound.topic.cluster.name if bound is not None else "",
        "key_subjects": _in_order(sides["key"], wanted.get("key_subjects", [])),
        "value_subjects": _in_order(sides["value"], wanted.get("value_subjects", [])),
        "description": port.description,
        "group": port.group_name,
        "upstream": port.upstream.product.slug if port.upstream is not None else "",
    }
    return {key: value for key, value in found.items() if key in wanted}


def _in_order(standing: list[str], wanted: list[str]) -> list[str]:
    """Bound subjects in the wish's order; a port keeps subjects that a wish does not name."""
    return [name for name in wanted if name in standing]


def _port_faults(item: ChangeItem, grounds: Grounds) -> list[Fault]:
    faults = []
    named = item.object
    if product_called(named["product"]) is None and not _creates_product(item, grounds):
        faults.append(
            problem(item, "object/product", "unknown", f"There is no product {named['product']}.")
        )
    topic = item.desired.get("topic")
    if topic and not _topic_will_be(item, grounds):
        said = f"No topic {topic} was seen, and this request does not create it."
        faults.append(problem(item, "desired/topic", "topic_missing", said))
    upstream = item.desired.get("upstream")
    if upstream and product_called(upstream) is None:
        faults.append(
            problem(item, "desired/upstream", "unknown", f"There is no product {upstream}.")
        )
    coming = {other.object["subject"] for other in grounds.wanted("schema.register")}
    for side in ("key_subjects", "value_subjects"):
        for place, name in enumerate(item.desired.get(side, [])):
            if name not in coming and not Subject.objects.filter(name=name).exists():
                said = f"There is no subject {name}, and this request does not register it."
                faults.append(problem(item, f"desired/{side}/{place}", "unknown", said))
    return faults


def _topic_will_be(item: ChangeItem, grounds: Grounds) -> bool:
    name, cluster = item.desired["topic"], item.desired.get("cluster")
    made = [*grounds.wanted("topic.create"), *grounds.wanted("topic.adopt")]
    if any(other.object["topic"] == name for other in made):
        return True
    rows = Topic.objects.filter(name=name, ended_at__isnull=True)
    return rows.filter(cluster__name=cluster).exists() if cluster else rows.exists()


def _creates_product(item: ChangeItem, grounds: Grounds) -> bool:
    return any(
        other.object["product"] == item.object["product"]
        for other in grounds.wanted("product.create")
    )


def _opens(item: ChangeItem, grounds: Grounds) -> bool:
    return any(other.object_key == item.object_key for other in grounds.wanted("port.create"))


def _no_port(item: ChangeItem) -> Fault:
    named = item.object
    said = (
        f"{named['product']} has no {named['direction']} port {named['port']} v{named['version']}."
    )
    return problem(item, "object/port", "unknown", said)


def _gone(item: ChangeItem) -> Line:
    said = f"There is no product {item.object['product']}."
    return line(item, precondition={"product": "absent"}, after={},
                problems=[problem(item, "object/product", "unknown", said)])  # fmt: skip
