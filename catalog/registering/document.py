"""What a registration holds, step by step, as it was typed; and the request made of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from catalog.models import DataProduct, Port, PortTopic, ProductDraft, Promise, TopicSubject
from catalog.registering.promises import apart, promise_rows
from catalog.registering.retention import retention_ms
from schemas.queries import latest

STEPS = ("product", "topic", "schema", "inputs", "promises", "review")
STEP_WORDS = {
    "product": "Product", "topic": "Topic", "schema": "Schema", "inputs": "Inputs",
    "promises": "Promises", "review": "Review",
}  # fmt: skip
PRODUCT_MEMBERS = (
    "name", "team", "domain", "kind", "purpose", "usage", "limitations", "tier", "visibility",
)  # fmt: skip
Document = Mapping[str, Mapping[str, Any]]


def part(document: Document, step: str) -> Mapping[str, Any]:
    """What was typed in a step, {} before it was visited."""
    found = document.get(step)
    return found if isinstance(found, Mapping) else {}


def of_product(product: DataProduct) -> dict[str, dict[str, Any]]:
    """The document of a product as it stands, to be changed."""
    port = product.ports.filter(direction="output").order_by("pk").first()
    bound = None
    if port is not None:
        bound = PortTopic.objects.filter(port=port).select_related("topic__cluster").first()
    inputs = product.ports.filter(direction="input").select_related("upstream__product")
    return {
        "product": {
            **{name: getattr(product, name) for name in PRODUCT_MEMBERS if name not in ("team", "domain")},
            "slug": product.slug,
            "team": product.team.slug,
            "domain": product.domain.slug,
            "sampling": "true" if product.sampling else "",
        },
        "topic": _topic(port, bound),
        "schema": _schemas(bound),
        "promises": {"rows": _promises(port)},
        "inputs": {
            "rows": [
                {"product": each.upstream.product.slug, "group": each.group_name, "stands": True}
                for each in inputs
                if each.upstream is not None
            ]
        },
    }  # fmt: skip


def _topic(port: Port | None, bound: PortTopic | None) -> dict[str, Any]:
    if port is None or bound is None:
        return {"port": port.name if port else "", "version": port.version if port else "1"}
    return {
        "mode": "existing",
        "existing": str(bound.topic.public_id),
        "cluster": bound.topic.cluster.name,
        "topic": bound.topic.name,
        "port": port.name,
        "version": port.version,
        "description": port.description,
    }


def _schemas(bound: PortTopic | None) -> dict[str, Any]:
    rows: dict[str, list[dict[str, str]]] = {"key": [], "value": []}
    if bound is not None:
        for pair in TopicSubject.objects.filter(topic=bound.topic).select_related("subject"):
            newest = latest(pair.subject.name)
            text = pretty(newest.schema_id.content.text) if newest is not None else ""
            rows[pair.side].append(
                {"subject": pair.subject.name, "schema": text, "compatibility": ""}
            )
    return rows


def _promises(port: Port | None) -> list[dict[str, str]]:
    if port is None:
        return []
    standing = Promise.objects.filter(port=port, ended_at__isnull=True).order_by("pk")
    return [_promise(promise) for promise in standing]


def _promise(promise: Promise) -> dict[str, str]:
    written = promise.literal
    value, unit = apart(str(written.get("value", "")), str(written.get("unit") or ""))
    return {
        "property": promise.property,
        "value": value,
        "unit": unit,
        "consumer": promise.consumer,
    }


# -- the request ----------------------------------------------------------------------------------


def request_body(draft: ProductDraft, reason: str = "") -> dict[str, Any]:
    """The body of POST /api/v1/requests that a draft stands for; only what changes is in it."""
    document = draft.document
    before = of_product(draft.product) if draft.product is not None else {}
    product = part(document, "product")
    slug = draft.product.slug if draft.product is not None else str(product.get("slug", ""))
    items = [
        *_topic_items(document, before),
        *_schema_items(document, before),
        *_product_items(slug, document, before),
        *_port_items(slug, document, before),
        *_promise_items(slug, document, before),
    ]
    if draft.product is None or draft.product.lifecycle == "draft":
        items.append({"kind": "lifecycle.activate", "object": {"product": slug}, "desired": {}})
    verb = "Register" if draft.product is None else "Change"
    return {
        "title": f"{verb} {product.get('name') or slug}",
        "reason": reason or str(part(document, "review").get("reason", "")),
        "product": draft.product.slug if draft.product is not None else None,
        "items": items,
    }


def _adopted(document: Document, before: Document) -> list[dict[str, Any]]:
    """A topic that exists and becomes this product's."""
    topic, stands = part(document, "topic"), part(before, "topic")
    if not topic.get("topic") or topic.get("topic") == stands.get("topic"):
        return []
    slug = part(document, "product").get("slug") or part(before, "product").get("slug")
    where = {"cluster": topic.get("cluster"), "topic": topic["topic"]}
    desired = {"product": slug, "port": topic.get("port") or "changes"}
    return [{"kind": "topic.adopt", "object": where, "desired": desired}]


def _topic_items(document: Document, before: Document) -> list[dict[str, Any]]:
    topic = part(document, "topic")
    if topic.get("mode") != "new":
        return _adopted(document, before)
    return [
        {
            "kind": "topic.create",
            "object": {"cluster": topic.get("cluster"), "topic": topic.get("topic")},
            "desired": {
                "partitions": whole(topic.get("partitions")),
                "replication_factor": whole(topic.get("replication_factor")),
                "configs": retention_configs(topic),
            },
        }
    ]


def retention_configs(topic: Mapping[str, Any]) -> dict[str, str]:
    """The settings of a new topic, as the form was filled in."""
    configs = {"cleanup.policy": str(topic.get("cleanup_policy") or "delete")}
    kept = retention_ms(topic.get("retention"), topic.get("retention_unit"))
    if kept is not None:
        configs["retention.ms"] = str(kept)
    return configs


def _schema_items(document: Document, before: Document) -> list[dict[str, Any]]:
    items = []
    for side in ("key", "value"):
        known = {row["subject"]: row["schema"] for row in part(before, "schema").get(side, ())}
        for row in filled_schemas(document, side):
            if row["subject"] in known and same_schema(known[row["subject"]], row["schema"]):
                continue
            desired = {"schema": row["schema"], "references": []}
            if row.get("compatibility"):
                desired["compatibility"] = row["compatibility"]
            items.append(
                {
                    "kind": "schema.register",
                    "object": {"subject": row["subject"]},
                    "desired": desired,
                }
            )
    return items


def pretty(text: str) -> str:
    """A schema text indented, for people."""
    return json.dumps(json.loads(text), indent=2, ensure_ascii=False)


def same_schema(one: str, other: str) -> bool:
    """Do two schema texts hold the same JSON?"""
    try:
        return bool(json.loads(one) == json.loads(other))
    except (ValueError, RecursionError):
        return False


def filled_schemas(document: Document, side: str) -> list[dict[str, str]]:
    """The schemas of a side that say something."""
    rows: Sequence[dict[str, str]] = part(document, "schema").get(side, ())
    return [row for row in rows if row.get("schema", "").strip() and row.get("subject", "").strip()]


def _product_items(slug: str, document: Document, before: Document) -> list[dict[str, Any]]:
    typed, stands = part(document, "product"), part(before, "product")
    members = {name: typed.get(name, "") for name in PRODUCT_MEMBERS}
    members["sampling"] = typed.get("sampling") == "true"
    if not stands:
        return [{"kind": "product.create", "object": {"product": slug}, "desired": members}]
    now = {**stands, "sampling": stands.get("sampling") == "true"}
    changed = {name: value for name, value in members.items() if value != now.get(name)}
    if not changed:
        return []
    return [{"kind": "product.edit", "object": {"product": slug}, "desired": changed}]


def _port_items(slug: str, document: Document, before: Document) -> list[dict[str, Any]]:
    topic, stands = part(document, "topic"), part(before, "topic")
    subjects = {
        f"{side}_subjects": [row["subject"] for row in filled_schemas(document, side)]
        for side in ("key", "value")
    }
    known = {
        f"{side}_subjects": [row["subject"] for row in part(before, "schema").get(side, ())]
        for side in ("key", "value")
    }
    items = []
    is_same = stands.get("topic") == topic.get("topic") and known == subjects
    if topic.get("topic") and not is_same:
        items.append(
            {
                "kind": "port.create",
                "object": port_object(slug, topic),
                "desired": {
                    "topic": topic["topic"],
                    "cluster": topic.get("cluster"),
                    "description": topic.get("description", ""),
                    **subjects,
                },
            }
        )
    old = {row["product"] for row in part(before, "inputs").get("rows", ())}
    items += [
        _input_item(slug, row)
        for row in part(document, "inputs").get("rows", ())
        if row.get("product") and row["product"] not in old
    ]
    return items


def _input_item(slug: str, row: Mapping[str, Any]) -> dict[str, Any]:
    upstream = row["product"]
    where = {"product": slug, "port": upstream, "version": "1", "direction": "input"}
    desired = {"upstream": upstream, "group": row.get("group", "")}
    return {"kind": "port.create", "object": where, "desired": desired}


def _promise_items(slug: str, document: Document, before: Document) -> list[dict[str, Any]]:
    rows = promise_rows(part(document, "promises"), part(before, "promises"))
    if not rows:
        return []
    where = port_object(slug, part(document, "topic"))
    return [{"kind": "promise.set", "object": where, "desired": {"promises": rows}}]


def port_object(slug: str, topic: Mapping[str, Any]) -> dict[str, str]:
    """How a request names the output port of a form."""
    return {
        "product": slug,
        "port": str(topic.get("port") or "changes"),
        "version": str(topic.get("version") or "1"),
        "direction": "output",
    }


def whole(value: object) -> int:
    """A typed whole number; 0 when it is none (the step has refused it before)."""
    text = str(value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
