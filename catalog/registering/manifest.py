"""A draft as the manifest that `tributary apply` would send: the same wishes, as a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from catalog.models import ProductDraft
from catalog.registering.document import (
    PRODUCT_MEMBERS,
    Document,
    filled_schemas,
    part,
    retention_configs,
    whole,
)
from catalog.registering.inputs import seen_products
from catalog.registering.promises import literal
from mesh.audit.principal import Principal
from mesh.kernel.manifest_text import yaml_text


def manifest_text(draft: ProductDraft, viewer: Principal) -> str:
    """The manifest as YAML, of whatever is typed so far."""
    return yaml_text(manifest_of(draft, viewer))


def manifest_of(draft: ProductDraft, viewer: Principal) -> dict[str, Any]:
    """The DataProduct document of a draft; inputs that the viewer may not see are left out."""
    document = draft.document
    inputs = [row for row in part(document, "inputs").get("rows", ()) if row.get("product")]
    seen = seen_products(viewer, [row["product"] for row in inputs])
    known = set(seen.values_list("slug", flat=True))
    typed = part(document, "product")
    slug = draft.product.slug if draft.product is not None else typed.get("slug", "")
    spec = {
        **{name: typed.get(name) for name in PRODUCT_MEMBERS},
        "sampling": typed.get("sampling") == "true",
        "outputs": [_output(document)] if part(document, "topic").get("topic") else [],
        "inputs": [
            _filled({"product": row["product"], "group": row.get("group")})
            for row in inputs
            if row["product"] in known
        ],
    }
    return {
        "apiVersion": "tributary/v1",
        "kind": "DataProduct",
        "metadata": {"name": slug},
        "spec": _filled(spec),
    }


def _output(document: Document) -> dict[str, Any]:
    topic = part(document, "topic")
    keys = [_subject(row) for row in filled_schemas(document, "key")]
    rows = [row for row in part(document, "promises").get("rows", ()) if _says(row)]
    return _filled(
        {
            "name": topic.get("port") or "changes",
            "version": topic.get("version") or "1",
            "description": topic.get("description"),
            "topic": _topic(topic),
            "key": keys[0] if keys else None,
            "values": [_subject(row) for row in filled_schemas(document, "value")],
            "promises": [literal(row) for row in rows],
        }
    )


def _topic(topic: Mapping[str, Any]) -> dict[str, Any]:
    """A topic that exists is named alone."""
    named = {"cluster": topic.get("cluster"), "name": topic["topic"]}
    if topic.get("mode") != "new":
        return named
    return {
        **named,
        "partitions": whole(topic.get("partitions")),
        "replication_factor": whole(topic.get("replication_factor")),
        "configs": retention_configs(topic),
    }


def _subject(row: Mapping[str, str]) -> dict[str, Any]:
    try:
        schema: Any = json.loads(row["schema"])
    except (ValueError, RecursionError):
        schema = row["schema"]  # as typed; its step says what is wrong with it
    return _filled(
        {"subject": row["subject"], "compatibility": row.get("compatibility"), "schema": schema}
    )


def _says(row: Mapping[str, Any]) -> bool:
    return bool(str(row.get("value") or "").strip())


def _filled(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, "", [], {})}
