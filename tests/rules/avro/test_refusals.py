"""Every refusal names its rule, the place by pointer, and the line and column of the text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schemas.avro.canonical import canonical_string
from schemas.avro.errors import InvalidSchema
from schemas.avro.parse import parse
from tests.rules.avro.build import enum, field, record


def refused(text: str | bytes, **options: Any) -> InvalidSchema:
    with pytest.raises(InvalidSchema) as caught:
        parse(text, **options)
    return caught.value


def in_field(kind: Any, **attributes: Any) -> dict[str, Any]:
    return record(field("a", kind, **attributes))


FIXED = {"type": "fixed", "name": "F", "size": 1}


@pytest.mark.parametrize(
    ("value", "code", "path"),
    [
        (5, "type", ""),
        (None, "type", ""),
        ({}, "type", ""),
        ({"type": {"type": "int"}}, "type", ""),
        ({"type": "array"}, "type", ""),
        ({"type": "map", "values": 5}, "type", "/values"),
        ("", "undefined-name", ""),
        ({"type": "R", "items": "int"}, "undefined-name", "/type"),
        (in_field("Nope"), "undefined-name", "/fields/0/type"),
        (
            in_field({"type": "array", "items": ["null", "Nope"]}),
            "undefined-name",
            "/fields/0/type/items/1",
        ),
        ({"type": "record", "fields": []}, "name", ""),
        ({"type": "record", "name": 5, "fields": []}, "name", "/name"),
        (record(name="my-rec"), "name", "/name"),
        (record(name="int"), "name", "/name"),
        (record(name="a.b-c.R"), "name", "/name"),
        (record(namespace="a..b"), "name", "/name"),
        (in_field("int") | {"fields": {}}, "field", ""),
        (in_field("int") | {"fields": [1]}, "field", "/fields/0"),
        (in_field("int") | {"fields": [{"type": "int"}]}, "field", "/fields/0"),
        (in_field("int") | {"fields": [{"name": "a"}]}, "field", "/fields/0"),
        (record(("a", "int"), ("a", "int")), "field", "/fields/1/name"),
        (record(("a-b", "int")), "name", "/fields/0/name"),
        (record(("é", "int")), "name", "/fields/0/name"),
        (in_field("int", order="sideways"), "order", "/fields/0/order"),
        (in_field("int", order=None), "order", "/fields/0/order"),
        (in_field("int", aliases="b"), "alias", "/fields/0/aliases"),
        (in_field("int", aliases=[1]), "alias", "/fields/0/aliases/0"),
        (record(aliases=["a-b"]), "alias", "/aliases"),
        (record(aliases=None), "alias", "/aliases"),
        (enum("A", "A"), "symbol", "/symbols/1"),
        (enum("A-B"), "symbol", "/symbols/0"),
        (enum("A") | {"symbols": None}, "symbol", ""),
        (enum("A", default="B"), "default", "/default"),
        (FIXED | {"size": -1}, "size", "/size"),
        (FIXED | {"size": 4.0}, "size", "/size"),
        (FIXED | {"size": True}, "size", "/size"),
        (FIXED | {"size": 2_147_483_640}, "size", "/size"),
        ({"type": "fixed", "name": "F"}, "size", ""),
        (["null", ["int"]], "union", "/1"),
        (["int", {"type": "int", "logicalType": "date"}], "union", "/1"),
        (["int", "int"], "union", "/1"),
        (record(("a", FIXED), ("b", FIXED | {"size": 2})), "duplicate-name", "/fields/1/type"),
        (in_field("int", default="x"), "default", "/fields/0/default"),
        (in_field("int", default=1.0), "default", "/fields/0/default"),
        (in_field("int", default=2**31), "default", "/fields/0/default"),
        (in_field("long", default=2**63), "default", "/fields/0/default"),
        (in_field("boolean", default=1), "default", "/fields/0/default"),
        (in_field("null", default=0), "default", "/fields/0/default"),
        (in_field("double", default="zz"), "default", "/fields/0/default"),
        (in_field("double", default="0x1p3"), "default", "/fields/0/default"),
        (in_field("double", default=True), "default", "/fields/0/default"),
        (in_field(["null", "int"], default="x"), "default", "/fields/0/default"),
        (in_field([], default=None), "default", "/fields/0/default"),
        (in_field("R", default={}), "default", "/fields/0/default"),
        (in_field(["R", "null"], default={}), "default", "/fields/0/default"),
        (
            in_field({"type": "map", "values": "int"}, default={"k": "x"}),
            "default",
            "/fields/0/default",
        ),
        (in_field({"type": "map", "values": "int"}, default=[]), "default", "/fields/0/default"),
        (in_field({"type": "array", "items": "int"}, default={}), "default", "/fields/0/default"),
    ],
)
def test_a_broken_rule_is_named_with_its_place(value: Any, code: str, path: str) -> None:
    error = refused(json.dumps(value))
    assert (error.code, error.path) == (code, path)
    assert error.message
    assert error.line == 1


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 1, 1),
        ("string", 1, 1),
        ('\ufeff"int"', 1, 1),
        ('"int" 5', 1, 7),
        ('{"type":"int"}\n// the end', 2, 1),
        ('"int" /* the end */', 1, 7),
        ('{\n  "type":"int",\n}', 3, 1),
        ("{'type':'int'}", 1, 2),
        ('{"type":"int","p":01}', 1, 20),
        ('{"type":"int","p":"a\tb"}', 1, 21),
    ],
)
def test_text_that_is_no_json_is_refused_at_line_and_column(
    text: str, line: int, column: int
) -> None:
    error = refused(text, strict=False)
    assert error.code == "json"
    assert (error.line, error.column) == (line, column)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_words_that_json_lacks_are_refused(word: str) -> None:
    assert refused(f'{{"type":"int","p":{word}}}').code == "json"


def test_line_and_column_point_at_the_value() -> None:
    text = '{\n  "type": "record",\n  "name": "R",\n  "fields": [\n    {"name": "a", "type": "Nope"}\n  ]\n}'
    error = refused(text)
    assert (error.line, error.column) == (5, 27)
    assert "line 5, column 27" in str(error)


@pytest.mark.parametrize(
    "text", ['"\ud800"', '{"type":"string","p":"\\ud800"}', '{"type":"string","\\udfff":1}']
)
def test_lone_surrogates_are_refused_in_both_modes(text: str) -> None:
    assert refused(text).code == "text"
    assert refused(text, strict=False).code == "text"


def test_bytes_that_are_not_utf8_are_refused() -> None:
    assert refused(b'"\xff"').code == "text"


def test_a_comment_is_allowed_before_and_inside() -> None:
    text = '// a "comment"\n{"type": /* "x */ "string", "doc": "http://x/*y*/"}'
    assert parse(text).root.kind == "string"


def test_repeated_keys_are_recorded_with_their_pointers() -> None:
    text = '{"type":"record","name":"R","fields":[{"name":"a","type":"int","doc":"x","doc":"y"}],"a/b":1,"a/b":2}'
    assert parse(text).duplicate_keys == ("/a~1b", "/fields/0/doc")


def test_the_other_definition_is_named_too() -> None:
    fixed = {"type": "fixed", "name": "F", "size": 1}
    error = refused(json.dumps(record(("a", fixed), ("b", fixed | {"size": 2}))))
    assert "/fields/0/type" in error.message
    assert "/fields/1/type" in error.message


def test_a_broken_reference_names_the_reference() -> None:
    error = refused('"int"', references={"shop.Money": '{"type":"record"}'})
    assert error.code == "reference"
    assert "shop.Money" in error.message


def test_a_definition_that_contradicts_a_reference_is_refused() -> None:
    reference = json.dumps({"type": "fixed", "name": "F", "size": 1})
    error = refused(
        json.dumps({"type": "fixed", "name": "F", "size": 2}), references={"f": reference}
    )
    assert error.code == "duplicate-name"
    assert "a reference" in error.message


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        (enum("A"), enum("A", doc="x", aliases=["Q"]), True),
        (enum("A"), enum("A", "B"), False),
        (record(("x", "int"), name="N"), record(("x", "int"), name="N"), True),
        (record(("x", "int"), name="N"), record(("x", "long"), name="N"), False),
        (record(("x", "int"), name="N"), record(field("x", "int", default=1), name="N"), False),
        (
            record(field("x", "int", default=1), name="N"),
            record(field("x", "int", default=2), name="N"),
            False,
        ),
        (
            record(("x", "int"), name="N"),
            record(field("x", "int", order="ignore"), name="N"),
            False,
        ),
        (record(("x", "int"), name="N"), record(("x", "int"), name="N", p=1), False),
        (record(("x", "int"), name="N"), enum("A", name="N"), False),
    ],
)
def test_a_repeated_definition_must_be_equal(first: Any, second: Any, is_same: bool) -> None:
    text = json.dumps(record(("a", first), ("b", second)))
    if is_same:
        assert parse(text).root.kind == "record"
    else:
        assert refused(text).code == "duplicate-name"


def test_a_default_of_a_forward_reference_is_checked_when_it_is_known() -> None:
    later = record(("z", "int"), name="Q")
    good = record(field("a", "Q", default={"z": 1}), ("b", later))
    bad = record(field("a", "Q", default={"z": "x"}), ("b", later))
    assert parse(json.dumps(good)).root.kind == "record"
    assert refused(json.dumps(bad)).code == "default"


WIDE = 2**63


@pytest.mark.parametrize("property_value", [WIDE, -WIDE - 1, [WIDE], {"k": [WIDE]}])
def test_integers_beyond_64_bits_are_refused_where_java_fails_on_them(property_value: Any) -> None:
    """Observed on Avro Java 1.12.1: properties of records, arrays and maps, in both modes."""
    for value in (
        record(p=property_value),
        {"type": "array", "items": "int", "p": property_value},
        {"type": "map", "values": "int", "p": property_value},
    ):
        for strict in (True, False):
            error = refused(json.dumps(value), strict=strict)
            assert (error.code, error.path) == ("limit", "/p")


def test_integers_beyond_64_bits_are_kept_where_java_keeps_them() -> None:
    for value in (
        {"type": "string", "p": WIDE},
        enum("A", p=[WIDE]),
        {"type": "fixed", "name": "F", "size": 1, "p": WIDE},
        record(field("a", "int", p=WIDE)),
        record(p=WIDE - 1),
    ):
        assert str(value.get("p", WIDE)) in canonical_string(parse(json.dumps(value)))
