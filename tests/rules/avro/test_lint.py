"""Findings name what Avro accepts and people regret."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schemas.avro.lint import Finding, lint, lint_change
from schemas.avro.lint_change import Policy
from schemas.avro.parse import parse
from tests.rules.avro.build import enum, field, record, schema

DECIMAL = {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}
INFOS = {"no-doc", "namespace-missing"}


def codes(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [
        (finding.code, finding.severity, finding.path)
        for finding in findings
        if finding.code not in INFOS
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (record(("a", "R")), [("no-finite-value", "refuse", "")]),
        (record(("a", ["R"])), [("no-finite-value", "refuse", "")]),
        (
            record(("a", record(("b", "R"), name="Q"))),
            [("no-finite-value", "refuse", ""), ("no-finite-value", "refuse", "a")],
        ),
        (record(field("a", ["null", "R"], default=None)), []),
        (record(("a", {"type": "array", "items": "R"})), []),
        (DECIMAL, []),
        (DECIMAL | {"precision": 0}, [("decimal-invalid", "refuse", "")]),
        (DECIMAL | {"scale": 11}, [("decimal-invalid", "refuse", "")]),
        (DECIMAL | {"precision": "10"}, [("decimal-invalid", "refuse", "")]),
        (DECIMAL | {"precision": 1_001}, [("decimal-invalid", "refuse", "")]),
        ({"type": "fixed", "name": "F", "size": 2, "logicalType": "decimal", "precision": 4}, []),
        (
            {"type": "fixed", "name": "F", "size": 2, "logicalType": "decimal", "precision": 5},
            [("decimal-invalid", "refuse", "")],
        ),
        (record(field("a", "bytes", default="\u0100")), [("bytes-default", "refuse", "a")]),
        (record(field("a", "bytes", default="\u00ff")), []),
        (
            record(field("a", {"type": "fixed", "name": "F", "size": 2}, default="abc")),
            [("fixed-default", "refuse", "a")],
        ),
        (
            record(field("a", enum("A", default="A"), default="Z")),
            [("enum-field-default", "refuse", "a")],
        ),
        (record(field("a", "int", aliases=["b"]), ("b", "int")), [("alias-clash", "refuse", "a")]),
        (record(field("a", "int", aliases=["a"])), [("alias-clash", "refuse", "a")]),
        (record(field("a", "int", doc="x\x00")), [("control-character", "refuse", "a")]),
        (record(field("a", "int", p=["x\x00"])), [("control-character", "refuse", "a")]),
        (record(field("a", "int", logicalType="date")), [("logical-ignored", "warn", "a")]),
        ({"type": "int", "logicalType": "uuid"}, [("logical-ignored", "warn", "")]),
        ({"type": "int", "logicalType": "zorp"}, [("logical-unknown", "info", "")]),
        (enum("A"), [("enum-no-default", "info", "")]),
        (record(("a", ["null", "int"])), [("nullable-no-default", "info", "a")]),
        (record(("unit_price", "double")), [("float-money", "info", "unit_price")]),
        (record(("priceless", "double")), []),
    ],
)
def test_a_regrettable_schema_is_named(value: Any, expected: list[tuple[str, str, str]]) -> None:
    assert codes(lint(schema(value))) == expected


def test_a_repeated_key_is_refused() -> None:
    (finding,) = [
        one for one in lint(parse('{"type":"int","p":1,"p":2}')) if one.severity == "refuse"
    ]
    assert finding.code == "duplicate-key"
    assert "/p" in finding.message


def test_a_described_schema_with_namespace_has_no_finding() -> None:
    text = json.dumps(record(field("a", "int", doc="d"), doc="d", namespace="n"))
    assert lint(parse(text)) == []


def annotated(name: str, kind: str = "long") -> dict[str, Any]:
    return {"type": kind, "logicalType": name}


@pytest.mark.parametrize("policy", ["STRICT", "LOGICAL"])
@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (DECIMAL, DECIMAL | {"scale": 3}, "decimal-scale"),
        (annotated("timestamp-millis"), annotated("timestamp-micros"), "time-unit"),
        (annotated("time-millis", "int"), annotated("time-micros"), "time-unit"),
        (annotated("timestamp-millis"), annotated("local-timestamp-millis"), "time-zone"),
        (annotated("date", "int"), annotated("time-millis", "int"), "logical-kind"),
    ],
)
def test_a_moved_meaning_is_refused_under_the_logical_policy(
    old: Any, new: Any, code: str, policy: Policy
) -> None:
    findings = lint_change(
        schema(record(("a", old))), schema(record(("a", ["null", new]))), policy=policy
    )
    severity = "refuse" if policy == "LOGICAL" else "warn"
    assert codes(findings) == [(code, severity, "a")]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (DECIMAL, DECIMAL, []),
        (DECIMAL, DECIMAL | {"precision": 8}, [("decimal-precision", "warn", "")]),
        (DECIMAL, DECIMAL | {"precision": 12}, [("decimal-precision", "info", "")]),
        (DECIMAL, "bytes", [("logical-dropped", "warn", "")]),
        ("bytes", DECIMAL, [("logical-added", "info", "")]),
        (record(), record(namespace="n"), [("namespace-moved", "warn", "")]),
        (enum("A", default="A"), enum("A", "B", default="A"), [("symbol-defaulted", "warn", "")]),
        (
            record(field("a", "int", default=1)),
            record(field("a", "int", default=2)),
            [("default-changed", "warn", "a")],
        ),
        (
            {"type": "array", "items": DECIMAL},
            {"type": "array", "items": "bytes"},
            [("logical-dropped", "warn", "[]")],
        ),
        (
            {"type": "map", "values": "bytes"},
            {"type": "map", "values": DECIMAL},
            [("logical-added", "info", "{}")],
        ),
    ],
)
def test_a_silent_change_is_named(old: Any, new: Any, expected: list[tuple[str, str, str]]) -> None:
    assert codes(lint_change(schema(old), schema(new))) == expected
