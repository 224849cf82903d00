"""What each kind of item may say: its members, their types, and a reading that names every fault."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mesh.kernel.errors import Fault, clipped

TEXT_LIMIT = 20_000
SCHEMA_LIMIT = 512 * 1024
WHOLE_LIMIT = 1_000_000
PRIMITIVES = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})


class Wrong(Exception):
    """A member's value is not of the kind that is asked; the text says what to write."""


def text(value: object) -> str:
    if not isinstance(value, str):
        raise Wrong("write a text")
    if "\x00" in value or len(value) > TEXT_LIMIT:
        raise Wrong(f"write at most {TEXT_LIMIT} characters without NUL")
    return value


def filled_text(value: object) -> str:
    if not text(value).strip():
        raise Wrong("this must not be empty")
    return str(value).strip()


def label(value: object) -> str:
    """A version or name that YAML may have read as a number."""
    return filled_text(
        str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    )


def whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= WHOLE_LIMIT:
        raise Wrong(f"write a whole number from 0 to {WHOLE_LIMIT}")
    return value


def boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise Wrong("write true or false")
    return value


def texts(value: object) -> list[str]:
    if not isinstance(value, list) or len(value) > 100:
        raise Wrong("write a list of at most 100 texts")
    return [filled_text(member) for member in value]


def configs(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or len(value) > 100:
        raise Wrong("write an object of configuration keys")
    return {filled_text(key): _config_value(member) for key, member in value.items()}


def _config_value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return filled_text(value)


def rows(value: object) -> list[dict[str, object]]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise Wrong("write a list of objects")
    return [dict(row) for row in value[:100]]


def schema(value: object) -> str:
    """A schema as text; an object or a list is written as JSON."""
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, str) or not value.strip():
        raise Wrong("write an Avro schema: JSON, or a text that holds it")
    if value.strip() in PRIMITIVES:
        return json.dumps(value.strip())
    if len(value) > SCHEMA_LIMIT:
        raise Wrong(f"a schema has at most {SCHEMA_LIMIT // 1024} KiB")
    return value


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object: how it is read and whether it must be there."""

    read: Callable[[object], object]
    required: bool = False


def must(read: Callable[[object], object]) -> Member:
    return Member(read, required=True)


def may(read: Callable[[object], object]) -> Member:
    return Member(read)


Shape = Mapping[str, Member]
TOPIC: Shape = {"cluster": must(filled_text), "topic": must(filled_text)}
SUBJECT: Shape = {"subject": must(filled_text)}
PRODUCT: Shape = {"product": must(filled_text)}
PORT: Shape = {
    "product": must(filled_text),
    "port": must(filled_text),
    "version": may(filled_text),
    "direction": may(filled_text),
}
PRODUCT_TEXTS = ("purpose", "usage", "limitations", "tier", "visibility", "kind")
PRODUCT_MEMBERS: Shape = {
    **{name: may(text) for name in PRODUCT_TEXTS},
    "sampling": may(boolean),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of item: what it names and what it wants."""

    object: Shape
    desired: Shape
    noun: str


KINDS: Mapping[str, Kind] = {
    "topic.create": Kind(
        TOPIC,
        {"partitions": must(whole), "replication_factor": must(whole), "configs": may(configs)},
        "create topic",
    ),
    "topic.adopt": Kind(TOPIC, {"product": may(text), "port": may(text)}, "adopt topic"),
    "topic.configure": Kind(
        TOPIC, {"set": may(configs), "unset": may(texts)}, "change settings of topic"
    ),
    "topic.repartition": Kind(TOPIC, {"partitions": must(whole)}, "add partitions to topic"),
    "schema.register": Kind(
        SUBJECT,
        {"schema": must(schema), "references": may(rows), "compatibility": may(filled_text)},
        "register schema",
    ),
    "schema.compatibility": Kind(SUBJECT, {"level": must(filled_text)}, "set level of"),
    "product.create": Kind(
        PRODUCT,
        {
            **PRODUCT_MEMBERS,
            "name": must(filled_text),
            "team": must(filled_text),
            "domain": must(filled_text),
        },
        "create product",
    ),
    "product.edit": Kind(
        PRODUCT,
        {
            **PRODUCT_MEMBERS,
            "name": may(filled_text),
            "team": may(filled_text),
            "domain": may(filled_text),
        },
        "change product",
    ),
    "port.create": Kind(
        PORT,
        {
            "cluster": may(filled_text),
            "topic": may(filled_text),
            "key_subjects": may(texts),
            "value_subjects": may(texts),
            "description": may(text),
            "upstream": may(filled_text),
            "group": may(filled_text),
        },
        "open port",
    ),
    "promise.set": Kind(PORT, {"promises": must(rows)}, "set promises of"),
    "lifecycle.activate": Kind(PRODUCT, {}, "activate product"),
}


def read_shape(given: object, shape: Shape, pointer: str) -> tuple[dict[str, object], list[Fault]]:
    """The members that could be read, and a fault for each wrong, missing or unknown one."""
    if not isinstance(given, Mapping):
        return {}, [Fault(pointer, "type", "Write an object here.")]
    kept: dict[str, object] = {}
    faults = [unknown_member(name, shape, pointer) for name in given if name not in shape]
    for name, member in shape.items():
        value = given.get(name)
        if value is None:
            if member.required:
                faults.append(Fault(f"{pointer}/{name}", "required", f"{name} is missing."))
            continue
        try:
            kept[name] = member.read(value)
        except Wrong as wrong:
            faults.append(Fault(f"{pointer}/{name}", "value", f"{name}: {wrong}."))
    return kept, faults


def unknown_member(name: object, known: Mapping[str, object], pointer: str) -> Fault:
    """The fault of a member that nobody knows, with the nearest known name."""
    shown = clipped(str(name), 60)
    near = difflib.get_close_matches(str(name)[:60], list(known), 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return Fault(
        f"{pointer}/{shown}", "unknown_member", f"The member {shown} is not known here{hint}"
    )
