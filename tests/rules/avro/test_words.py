"""Differences, effects, field lists and remedies tell people what changed and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.avro.compat import check
from schemas.avro.diff import diff, remedy
from schemas.avro.effects import effects
from schemas.avro.fields import fields
from schemas.avro.levels import check_level
from schemas.avro.paths import path_at
from tests.rules.avro.build import enum, field, record, schema

NEW = "breaks-new-readers-of-old-data"
OLD = "breaks-old-readers-of-new-data"
BOTH = "breaks-both"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (record(), record(("a", "int")), [("field-added", "a", NEW)]),
        (record(), record(field("a", "int", default=1)), [("field-added", "a", "none")]),
        (record(("a", "int")), record(), [("field-removed", "a", OLD)]),
        (record(field("a", "int", default=1)), record(), [("field-removed", "a", "none")]),
        (
            record(("a", "int")),
            record(field("b", "int", aliases=["a"])),
            [("field-renamed", "b", OLD), ("alias-added", "b", "none")],
        ),
        (
            record(("a", "int")),
            record(("b", "int")),
            [("field-removed", "a", OLD), ("field-added", "b", NEW)],
        ),
        (
            record(("a", "int"), ("b", "int")),
            record(("b", "int"), ("a", "int")),
            [("field-moved", "", "none")],
        ),
        (record(("a", "int")), record(("a", "long")), [("type-changed", "a", OLD)]),
        (record(("a", "int")), record(("a", "boolean")), [("type-changed", "a", BOTH)]),
        (
            record(("a", ["null", "int"])),
            record(("a", ["null", "long"])),
            [("type-changed", "a", OLD)],
        ),
        (record(("a", "int")), record(("a", ["null", "int"])), [("branch-added", "a", OLD)]),
        (record(("a", ["null", "int"])), record(("a", "int")), [("branch-removed", "a", NEW)]),
        (
            record(("a", ["null", "int"])),
            record(("a", ["int", "null"])),
            [("type-changed", "a", "none")],
        ),
        (
            record(field("a", "int", default=1)),
            record(field("a", "int", default=2)),
            [("default-changed", "a", "meaning")],
        ),
        (
            record(("a", "int")),
            record(field("a", "int", default=2)),
            [("default-added", "a", "none")],
        ),
        (
            record(field("a", "int", default=1)),
            record(("a", "int")),
            [("default-removed", "a", "none")],
        ),
        (
            record(("a", "int")),
            record(field("a", "int", order="ignore")),
            [("order-changed", "a", "meaning")],
        ),
        (record(("a", "int")), record(field("a", "int", p=1)), [("property-changed", "a", "none")]),
        (record(), record(doc="x"), [("doc-changed", "", "none")]),
        (record(), record(aliases=["Q"]), [("alias-added", "", "none")]),
        (record(), record(name="S"), [("name-changed", "", BOTH)]),
        (
            record(),
            record(name="S", aliases=["R"]),
            [("name-changed", "", OLD), ("alias-added", "", "none")],
        ),
        (record(), record(namespace="n"), [("namespace-changed", "", "none")]),
        (enum("A"), enum("A", "B"), [("symbol-added", "", OLD)]),
        (enum("A", default="A"), enum("A", "B", default="A"), [("symbol-added", "", "meaning")]),
        (enum("A", "B"), enum("A"), [("symbol-removed", "", NEW)]),
        (enum("A", "B"), enum("B", "A"), [("symbol-reordered", "", "none")]),
        (
            {"type": "fixed", "name": "F", "size": 1},
            {"type": "fixed", "name": "F", "size": 2},
            [("size-changed", "", BOTH)],
        ),
        (
            record(("a", {"type": "long", "logicalType": "timestamp-millis"})),
            record(("a", {"type": "long", "logicalType": "timestamp-micros"})),
            [("logical-changed", "a", "meaning")],
        ),
        (
            record(("a", {"type": "array", "items": record(("x", "int"), name="L")})),
            record(("a", {"type": "array", "items": record(("x", "long"), name="L")})),
            [("type-changed", "a[].x", OLD)],
        ),
        (
            record(("a", {"type": "map", "values": "int"})),
            record(("a", {"type": "map", "values": "long"})),
            [("type-changed", "a{}", OLD)],
        ),
    ],
)
def test_a_change_is_named_with_its_path_and_what_it_breaks(
    old: Any, new: Any, expected: list[tuple[str, str, str]]
) -> None:
    changes = diff(schema(old), schema(new))
    assert [(change.kind, change.path, change.effect) for change in changes] == expected
    assert all(change.words.endswith(".") for change in changes)


def test_a_change_of_type_reads_as_a_sentence() -> None:
    (change,) = diff(schema(record(("price", "int"))), schema(record(("price", "long"))))
    assert change.words == (
        "`price` changed from int to long; old readers that expect int cannot read new data."
    )
    assert (change.before, change.after) == ("int", "long")


def test_a_union_of_two_with_null_is_called_optional() -> None:
    old, new = schema(record(("a", "int"))), schema(record(("a", ["null", "int"])))
    (change,) = diff(old, new)
    assert change.words.startswith("`a` became optional")
    (change,) = diff(new, old)
    assert change.words.startswith("`a` is no longer optional")


def test_a_recursive_type_is_told_once() -> None:
    def chain(kind: str) -> dict[str, Any]:
        return record(("v", kind), ("next", ["null", "R"]))

    changes = diff(schema(chain("int")), schema(chain("long")))
    assert [change.path for change in changes] == ["v"]


def test_a_long_list_of_changes_ends_in_a_marker() -> None:
    new = record(*((f"f{index}", "int") for index in range(2_100)))
    changes = diff(schema(record()), schema(new))
    assert len(changes) == 2_001
    assert changes[-1].kind == "truncated"


MONEY = {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}


@pytest.mark.parametrize(
    ("reader", "writer", "expected"),
    [
        (record(field("a", "int", default=7)), record(), [("default_fill", "a")]),
        (record(), record(("a", "int")), [("field_dropped", "a")]),
        (record(("a", "double")), record(("a", "long")), [("promotion", "a")]),
        (record(("a", ["null", "long"])), record(("a", "int")), [("promotion", "a")]),
        (record(("a", "long")), record(("a", ["int", "long"])), [("promotion", "a")]),
        (record(("a", MONEY)), record(("a", MONEY | {"scale": 3})), [("logical_change", "a")]),
        (enum("A", default="A"), enum("A", "B"), [("symbol_default", "")]),
        (enum("A"), enum("A", "B"), []),
        (["null", record(name="S", aliases=["R"])], record(), [("branch_change", "")]),
        (record(field("b", "int", aliases=["a"])), record(("a", "int")), []),
        (
            {"type": "map", "values": "long"},
            {"type": "map", "values": "int"},
            [("promotion", "{}")],
        ),
    ],
)
def test_an_effect_is_named_with_its_path(
    reader: Any, writer: Any, expected: list[tuple[str, str]]
) -> None:
    found = effects(schema(reader), schema(writer))
    assert [(effect.kind, effect.location) for effect in found] == expected


def test_a_lossy_promotion_says_so() -> None:
    (effect,) = effects(schema("float"), schema("long"))
    assert effect.message == "long is read as float, large values lose digits"


def test_fields_are_listed_with_paths_types_and_meaning() -> None:
    line = record(field("sku", "string", doc="stock\x00unit"), name="Line")
    order = record(
        field("id", "string", aliases=["key"]),
        field("total", ["null", MONEY], default=None, pii=True),
        ("lines", {"type": "array", "items": line}),
        ("payload", [record(("reason", "string"), name="Refund"), enum("A", name="Kind")]),
        ("by_day", {"type": "map", "values": "Line"}),
        ("parent", ["null", "R"]),
    )
    rows = {row.path: row for row in fields(schema(order))}
    assert list(rows) == [
        "id",
        "total",
        "lines",
        "lines[].sku",
        "payload",
        "payload<Refund>.reason",
        "by_day",
        "by_day{}.sku",
        "parent",
    ]
    total = rows["total"]
    assert (total.type_text, total.nullable, total.default_text) == (
        "optional decimal(10, 2)",
        True,
        "null",
    )
    assert total.logical_type == "decimal(10, 2)"
    assert total.properties["pii"] == "true"
    assert rows["id"].aliases == ("key",)
    assert rows["id"].default_text is None
    assert rows["lines[].sku"].doc == "stock�unit"
    assert rows["payload"].type_text == "one of record Refund, enum Kind"


@pytest.mark.parametrize(
    ("reader", "writer", "advice"),
    [
        (record(("a", "int")), record(), '"default": 0'),
        (record(("a", enum("X"))), record(), '"default": "X"'),
        (record(("a", ["null", "int"])), record(), '"default": null'),
        (record(("a", record(name="Q"))), record(), "optional"),
        (record(("a", "int")), record(("a", "long")), "Keep the type long for `a`"),
        (record(("a", "int")), record(("a", ["null", "int"])), "Keep `a` optional"),
        (record(("a", "int")), record(("a", "string")), "in a union"),
        (record(name="S"), record(namespace="n"), '"aliases": ["n.R"]'),
        (["null"], ["null", "int"], "Allow int in the union"),
        (enum("A"), enum("A", "B"), '"default": "A"'),
        (
            {"type": "fixed", "name": "F", "size": 1},
            {"type": "fixed", "name": "F", "size": 2},
            "one size",
        ),
        (record(field("a", "int", aliases=["a"])), record(("a", "int")), "Remove the aliases"),
        (
            ["null", record(("x", "int"), ("z", "int"))],
            ["null", record(("x", "int"))],
            "Give `z` a default",
        ),
    ],
)
def test_a_refusal_comes_with_the_smallest_edit(reader: Any, writer: Any, advice: str) -> None:
    new, old = schema(reader), schema(writer)
    (entry,) = check_level(new, [old], "BACKWARD")
    assert advice in remedy(entry, new, old)


@pytest.mark.parametrize(
    ("reader", "writer", "advice"),
    [
        (record(("a", "int")), record(), "Keep `a`"),
        (record(("a", "int")), record(("a", "long")), "Write int in `a`, not long"),
        (record(name="S"), record(), "Keep the name S"),
        (["null"], ["null", "int"], "Do not write int"),
        (enum("A"), enum("A", "B"), "Leave the symbols B out"),
    ],
)
def test_advice_is_about_the_new_schema_when_it_is_the_writer(
    reader: Any, writer: Any, advice: str
) -> None:
    old, new = schema(reader), schema(writer)
    (entry,) = check_level(new, [old], "FORWARD")
    assert advice in remedy(entry, old, new)


def test_the_suggested_default_makes_the_check_pass() -> None:
    old = schema(record(("a", "int")))
    assert check(schema(record(("a", "int"), ("b", "string"))), old)
    assert check(schema(record(("a", "int"), field("b", "string", default=""))), old) == []


@pytest.mark.parametrize(
    ("written", "paths"),
    [
        (record(), ["a"]),
        (record(("b", record(name="Inner"))), ["a", "b.c"]),
        (record(("b", {"type": "array", "items": record(name="Inner")})), ["a", "b[].c"]),
    ],
)
def test_a_refusal_is_found_at_its_field_path(written: Any, paths: list[str]) -> None:
    inner = record(("c", "int"), name="Inner")
    shape = written["fields"][0]["type"] if written["fields"] else None
    wrapped = {"type": "array", "items": inner} if shape and shape["type"] == "array" else inner
    reader = schema(record(("a", "int"), *([("b", wrapped)] if shape else [])))
    found = check(reader, schema(written))
    assert [path_at(reader.root, one.location) for one in found] == paths


def test_a_place_in_a_branch_of_a_union_is_named_by_its_branch() -> None:
    first, second = record(("c", "int"), name="First"), record(("c", "int"), name="Second")
    root = schema(record(("b", ["null", first, second]))).root
    assert path_at(root, "/fields/0/type/2/fields/0/type") == "b<Second>.c"
    assert path_at(root, "/") == ""
