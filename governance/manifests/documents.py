"""Manifest documents read strictly: each becomes wishes, each fault keeps its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from catalog.models import DataProduct
from governance.wishes.shapes import (
    PRODUCT_MEMBERS,
    Shape,
    configs,
    filled_text,
    label,
    may,
    must,
    read_shape,
    rows,
    schema,
    text,
    unknown_member,
    whole,
)
from mesh.kernel.errors import Fault, clipped

API_VERSION = "tributary/v1"
DOCUMENTS_MOST = 100


def _object(value: object) -> object:
    return value


TOPIC: Shape = {
    "cluster": must(filled_text),
    "partitions": may(whole),
    "replication_factor": may(whole),
    "configs": may(configs),
}
SUBJECT: Shape = {
    "schema": must(schema),
    "references": may(rows),
    "compatibility": may(filled_text),
}
OUTPUT: Shape = {
    "name": must(label),
    "version": may(label),
    "description": may(text),
    "topic": may(_object),
    "key": may(_object),
    "values": may(rows),
    "promises": may(rows),
}
INPUT: Shape = {
    "product": must(filled_text),
    "group": may(filled_text),
    "name": may(label),
    "version": may(label),
    "description": may(text),
}
PRODUCT: Shape = {
    **PRODUCT_MEMBERS,
    "name": must(filled_text),
    "team": must(filled_text),
    "domain": must(filled_text),
    "environment": may(filled_text),
    "outputs": may(rows),
    "inputs": may(rows),
}
SPECS: Mapping[str, Shape] = {
    "DataProduct": PRODUCT,
    "Topic": {**TOPIC, "environment": may(filled_text)},
    "Subject": SUBJECT,
    "Domain": {"name": must(filled_text), "description": may(text), "parent": may(filled_text)},
    "Team": {
        "name": must(filled_text), "purpose": may(text), "contact": may(text), "on_call": may(text),
    },
}  # fmt: skip
DOCUMENT: Shape = {
    "apiVersion": must(filled_text),
    "kind": must(filled_text),
    "metadata": must(_object),
    "spec": may(_object),
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where in the documents an item comes from, and how its members are called there."""

    pointer: str
    line: int
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def document(self) -> str:
        """The pointer of the document itself: /documents/0."""
        return "/".join(self.pointer.split("/")[:3])

    def place(self, member: str) -> str:
        """The pointer of an item's member such as /desired/partitions."""
        for ours, theirs in self.names.items():
            if member == ours or member.startswith(f"{ours}/"):
                return f"{self.pointer}{theirs}{member[len(ours) :]}"
        return self.pointer


@dataclass(frozen=True, slots=True)
class Wanted:
    """One item that a document asks for."""

    body: dict[str, Any]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Place:
    """A domain or team: made at once by whoever may, never by a request."""

    kind: str
    slug: str
    members: Mapping[str, Any]
    origin: Origin


@dataclass(slots=True)
class Documents:
    """Everything that was read."""

    wanted: list[Wanted] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    environments: set[str] = field(default_factory=set)
    names: list[str] = field(default_factory=list)


def read_documents(entries: object) -> Documents:
    """Read `documents` of a body; faults are collected, nothing is raised."""
    found = Documents()
    if not isinstance(entries, Sequence) or isinstance(entries, str) or not entries:
        found.faults.append(Fault("/documents", "required", "Send at least one document."))
        return found
    if len(entries) > DOCUMENTS_MOST:
        said = f"Send at most {DOCUMENTS_MOST} documents at once."
        found.faults.append(Fault("/documents", "too_many", said))
        return found
    for place, entry in enumerate(entries):
        _read_entry(entry, f"/documents/{place}", found)
    return found


def _read_entry(entry: object, pointer: str, found: Documents) -> None:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("document"), Mapping):
        found.faults.append(Fault(pointer, "type", 'Send {"file", "line", "document": {…}}.'))
        return
    known = {"file": 1, "line": 1, "document": 1}
    found.faults += [unknown_member(name, known, pointer) for name in entry if name not in known]
    line = entry.get("line")
    _read_document(
        entry["document"], f"{pointer}/document", line if isinstance(line, int) else 1, found
    )


def _read_document(document: Mapping[str, Any], pointer: str, line: int, found: Documents) -> None:
    head, faults = read_shape(document, DOCUMENT, pointer)
    version, kind = head.get("apiVersion"), head.get("kind")
    if version is not None and version != API_VERSION:
        faults.append(Fault(f"{pointer}/apiVersion", "value", f"Write {API_VERSION}."))
    if kind is not None and kind not in SPECS:
        said = f"{clipped(str(kind), 40)} is no kind: write one of {', '.join(SPECS)}."
        faults.append(Fault(f"{pointer}/kind", "value", said))
    name, more = read_shape(
        head.get("metadata", {}), {"name": must(filled_text)}, f"{pointer}/metadata"
    )
    faults += more if "metadata" in head else []
    if faults or not isinstance(kind, str):
        found.faults += faults
        return
    spec, faults = read_shape(head.get("spec", {}), SPECS[kind], f"{pointer}/spec")
    found.faults += faults
    found.names.append(str(name["name"]))
    if faults:
        return
    if "environment" in spec:
        found.environments.add(str(spec.pop("environment")))
    _READERS[kind](str(name["name"]), spec, Origin(f"{pointer}/spec", line), found)


def _place(kind: str) -> Any:
    def read(name: str, spec: dict[str, Any], origin: Origin, found: Documents) -> None:
        found.places.append(Place(kind, name, spec, origin))

    return read


def _topic(name: str, spec: dict[str, Any], origin: Origin, found: Documents) -> None:
    names = {
        "/object/cluster": "/cluster",
        "/object/topic": "/name",
        "/desired/set": "/configs",
        "/desired": "",
    }
    desired = {key: value for key, value in spec.items() if key != "cluster"}
    body = {
        "kind": "topic.create",
        "object": {"cluster": spec["cluster"], "topic": name},
        "desired": desired,
    }
    found.wanted.append(Wanted(body, replace(origin, names=names)))


def _subject(name: str, spec: dict[str, Any], origin: Origin, found: Documents) -> None:
    names = {"/object/subject": "/subject", "/desired": ""}
    body = {"kind": "schema.register", "object": {"subject": name}, "desired": spec}
    found.wanted.append(Wanted(body, replace(origin, names=names)))


def _product(slug: str, spec: dict[str, Any], origin: Origin, found: Documents) -> None:
    outputs, inputs = spec.pop("outputs", []), spec.pop("inputs", [])
    exists = DataProduct.objects.filter(slug=slug).exists()
    kind = "product.edit" if exists else "product.create"
    names = {"/object/product": "/../metadata/name", "/desired": ""}
    body = {"kind": kind, "object": {"product": slug}, "desired": spec}
    found.wanted.append(Wanted(body, replace(origin, names=names)))
    for place, output in enumerate(outputs):
        _output(slug, output, Origin(f"{origin.pointer}/outputs/{place}", origin.line), found)
    for place, port in enumerate(inputs):
        _input(slug, port, Origin(f"{origin.pointer}/inputs/{place}", origin.line), found)
    if outputs:
        body = {"kind": "lifecycle.activate", "object": {"product": slug}, "desired": {}}
        found.wanted.append(Wanted(body, origin))


def _output(slug: str, given: Mapping[str, Any], origin: Origin, found: Documents) -> None:
    port, faults = read_shape(given, OUTPUT, origin.pointer)
    if faults:
        found.faults += faults
        return
    topic = _output_topic(port.get("topic"), origin, found)
    level = next(
        (row.get("compatibility") for row in _rows(port, "values") if row.get("compatibility")),
        None,
    )
    sides: dict[str, list[str]] = {"key": [], "value": []}
    if port.get("key") is not None:
        sides["key"] += _output_subject(port["key"], f"{origin.pointer}/key", origin, found, level)
    for place, row in enumerate(_rows(port, "values")):
        sides["value"] += _output_subject(
            row, f"{origin.pointer}/values/{place}", origin, found, None
        )
    named = {
        "product": slug,
        "port": port["name"],
        "version": port.get("version", "1"),
        "direction": "output",
    }
    desired: dict[str, Any] = {
        **topic,
        "key_subjects": sides["key"],
        "value_subjects": sides["value"],
    }
    if "description" in port:
        desired["description"] = port["description"]
    names = {"/object/port": "/name", "/desired/topic": "/topic/name", "/desired/cluster": "/topic/cluster",
             "/desired/value_subjects": "/values", "/desired": ""}  # fmt: skip
    found.wanted.append(
        Wanted(
            {"kind": "port.create", "object": named, "desired": desired},
            replace(origin, names=names),
        )
    )
    if _rows(port, "promises"):
        body = {"kind": "promise.set", "object": named, "desired": {"promises": port["promises"]}}
        found.wanted.append(Wanted(body, replace(origin, names={"/desired/promises": "/promises"})))


def _output_topic(given: object, origin: Origin, found: Documents) -> dict[str, Any]:
    """The topic of a port; with partitions it is also wished for, without it must exist."""
    if given is None:
        return {}
    pointer = f"{origin.pointer}/topic"
    spec, faults = read_shape(given, {**TOPIC, "name": must(filled_text)}, pointer)
    found.faults += faults
    if faults:
        return {}
    name = str(spec.pop("name"))
    if len(spec) > 1:
        _topic(name, spec, Origin(pointer, origin.line), found)
    return {"topic": name, "cluster": spec["cluster"]}


def _output_subject(
    given: object, pointer: str, origin: Origin, found: Documents, level: object
) -> list[str]:
    """A subject of a port; with a schema it is also registered. A key takes the value's level."""
    shape: Shape = {**SUBJECT, "subject": must(filled_text), "schema": may(schema)}
    spec, faults = read_shape(given, shape, pointer)
    found.faults += faults
    if faults:
        return []
    name = str(spec.pop("subject"))
    if "schema" in spec:
        if level and "compatibility" not in spec:
            spec["compatibility"] = level
        _subject(name, spec, Origin(pointer, origin.line), found)
    return [name]


def _input(slug: str, given: Mapping[str, Any], origin: Origin, found: Documents) -> None:
    port, faults = read_shape(given, INPUT, origin.pointer)
    if faults:
        found.faults += faults
        return
    named = {
        "product": slug,
        "port": port.get("name", port["product"]),
        "version": port.get("version", "1"),
        "direction": "input",
    }
    desired = {"upstream": port["product"]}
    desired |= {name: port[name] for name in ("group", "description") if name in port}
    names = {"/object/port": "/name", "/desired/upstream": "/product", "/desired": ""}
    found.wanted.append(
        Wanted(
            {"kind": "port.create", "object": named, "desired": desired},
            replace(origin, names=names),
        )
    )


def _rows(port: Mapping[str, Any], member: str) -> list[dict[str, Any]]:
    return port.get(member) or []


_READERS = {
    "DataProduct": _product,
    "Topic": _topic,
    "Subject": _subject,
    "Domain": _place("Domain"),
    "Team": _place("Team"),
}
