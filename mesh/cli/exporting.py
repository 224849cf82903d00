"""`export`: products as manifests that, planned again, change nothing."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mesh.cli.connection import Connection
from mesh.cli.outcomes import DONE, WrongUsage
from mesh.kernel.manifest_text import yaml_text

PRODUCT_MEMBERS = (
    "kind",
    "tier",
    "visibility",
    "sampling",
    "purpose",
    "usage",
    "limitations",
)
FIRST_VERSION = "1"
SET_ON_TOPIC = "DYNAMIC_TOPIC_CONFIG"  # the only source of a value that somebody set on the topic


def export(connection: Connection, slug: str | None, folder: str | None) -> int:
    """Write one product, or with None every product that may be seen, to a folder or the output."""
    if slug is None:
        # A draft cannot be written down: planned again it would be activated.
        products = [row for row in connection.rows("products") if row["lifecycle"] != "draft"]
    else:
        quoted = urllib.parse.quote(slug, safe="")
        products = [connection.get(f"products/by-slug/{quoted}")]
    environments = _environments(connection)
    texts = {
        product["slug"]: yaml_text(manifest(connection, product, environments))
        for product in products
    }
    if folder is None:
        print("---\n".join(texts.values()), end="")
        return DONE
    _write(Path(folder), texts)
    return DONE


def _write(folder: Path, texts: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for slug, text in texts.items():
            file = folder / f"{slug}.yaml"
            file.write_text(text, encoding="utf-8")
            print(file)
    except OSError as error:
        raise WrongUsage(f"{folder} cannot be written: {error.strerror}") from error


def manifest(
    connection: Connection, product: dict[str, Any], environments: dict[str, str]
) -> dict[str, Any]:
    """The DataProduct document of one product, in the order a reader wants."""
    ports = connection.get(f"products/{product['id']}/ports")["items"]
    outputs = [_output(connection, port) for port in ports if port["direction"] == "output"]
    inputs = [_input(port) for port in ports if port["direction"] == "input"]
    stages = {
        environments[topic["cluster"]]
        for port in ports
        for topic in port["topics"]
        if topic["cluster"] in environments
    }
    spec: dict[str, Any] = {
        "name": product["name"],
        "team": product["team"]["slug"],
        "domain": product["domain"]["slug"],
        "environment": min(stages) if stages else None,
        **{name: product[name] for name in PRODUCT_MEMBERS},
        "outputs": outputs,
        "inputs": [port for port in inputs if port],
    }
    return {
        "apiVersion": "tributary/v1",
        "kind": "DataProduct",
        "metadata": {"name": product["slug"]},
        "spec": _filled(spec),
    }


def _environments(connection: Connection) -> dict[str, str]:
    """Environment slug by cluster name."""
    return {row["name"]: row["environment"] for row in connection.rows("clusters")}


def _output(connection: Connection, port: dict[str, Any]) -> dict[str, Any]:
    topic = port["topics"][0] if port["topics"] else None
    written: dict[str, Any] = {
        "name": port["name"],
        "version": port["version"],
        "description": port["description"],
    }
    if topic is not None:
        written["topic"] = _topic(connection, topic)
        keys = [_subject(connection, name) for name in topic["key_subjects"]]
        written["key"] = keys[0] if keys else None
        written["values"] = [_subject(connection, name) for name in topic["value_subjects"]]
    written["promises"] = list(_promises(connection, port["id"]))
    return _filled(written)


def _topic(connection: Connection, reference: dict[str, Any]) -> dict[str, Any]:
    topic = connection.get(f"topics/{reference['id']}")
    configs = {
        name: str(entry["value"])
        for name, entry in sorted(topic["configs"].items())
        if entry.get("source") == SET_ON_TOPIC
    }
    return {
        "cluster": topic["cluster"],
        "name": topic["name"],
        "partitions": topic["partitions"],
        "replication_factor": topic["replication_factor"],
        **({"configs": configs} if configs else {}),
    }


def _subject(connection: Connection, name: str) -> dict[str, Any]:
    """Name, own level and newest schema of a subject."""
    rows = connection.rows("subjects", name=name)
    subject = next((row for row in rows if row["name"] == name), None)
    if subject is None:
        return {"subject": name}
    latest = connection.get(f"subjects/{subject['id']}/versions/latest")
    return _filled(
        {
            "subject": name,
            "compatibility": latest["compatibility"],
            "schema": _schema(str(latest["schema"])),
            "references": latest["references"],
        }
    )


def _schema(text: str) -> object:
    """A schema as YAML shows it best: its JSON as structure, a bare type name as text."""
    return json.loads(text)


def _promises(connection: Connection, port_id: str) -> Iterator[dict[str, Any]]:
    for promise in connection.get(f"ports/{port_id}/promises")["items"]:
        if promise["ended_at"] is None:
            yield dict(promise["literal"])


def _input(port: dict[str, Any]) -> dict[str, Any]:
    """An input port; empty when its upstream may not be seen."""
    if port["upstream"] is None:
        return {}
    upstream = port["upstream"]["slug"]
    return _filled(
        {
            "product": upstream,
            # A port is named after what it reads unless it says otherwise.
            "name": port["name"] if port["name"] != upstream else None,
            "version": port["version"] if port["version"] != FIRST_VERSION else None,
            "group": port["group"],
            "description": port["description"],
        }
    )


def _filled(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, "", [], {})}
