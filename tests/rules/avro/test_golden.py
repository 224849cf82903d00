"""Every row of the golden files: the engine decides and writes what Avro Java does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from schemas.avro.canonical import (
    canonical_string,
    fingerprint,
    parsing_canonical_form,
    schema_guid,
)
from schemas.avro.compat import Incompatibility, check, check_without_skipping
from schemas.avro.errors import InvalidSchema
from schemas.avro.model import Schema
from schemas.avro.parse import parse
from tests.rules.avro.golden_rows import rows

# Java accepts a symbol that is no text and writes null for it; refusing it is deliberate.
REFUSED_ON_PURPOSE = '{"type":"enum","name":"E","symbols":[1]}'
CHECKS = [check, check_without_skipping]


def is_accepted(text: str, *, strict: bool) -> bool:
    try:
        parse(text, strict=strict)
    except InvalidSchema:
        return False
    return True


@pytest.mark.parametrize("name", ["parse_acceptance.jsonl", "edge_cases.jsonl"])
@pytest.mark.parametrize("mode", ["strict", "lenient"])
def test_a_text_is_accepted_exactly_where_java_accepts_it(name: str, mode: str) -> None:
    differing = [
        row["schema_text"]
        for row in rows(name)
        if is_accepted(row["schema_text"], strict=mode == "strict") is not row[mode]
        and not (mode == "lenient" and row["schema_text"] == REFUSED_ON_PURPOSE)
    ]
    assert differing == []


def test_a_symbol_that_is_no_text_is_refused_in_both_modes() -> None:
    assert not is_accepted(REFUSED_ON_PURPOSE, strict=True)
    assert not is_accepted(REFUSED_ON_PURPOSE, strict=False)


def accepted_rows() -> list[dict[str, Any]]:
    edges = [
        row
        for row in rows("edge_cases.jsonl")
        if "canonical_string" in row and row["schema_text"] != REFUSED_ON_PURPOSE
    ]
    return edges + rows("canonical_strings.jsonl")


@pytest.mark.parametrize("row", accepted_rows(), ids=lambda row: row["schema_text"][:60])
def test_canonical_string_and_parsing_form_are_those_of_java(row: dict[str, Any]) -> None:
    schema = parse(row["schema_text"], strict=False)
    assert canonical_string(schema) == row["canonical_string"]
    assert parsing_canonical_form(schema) == row["parsing_canonical_form"]


@pytest.mark.parametrize("row", accepted_rows(), ids=lambda row: row["schema_text"][:60])
def test_the_canonical_string_is_a_fixed_point(row: dict[str, Any]) -> None:
    text = row["canonical_string"]
    assert canonical_string(parse(text, strict=False)) == text


def test_both_modes_give_the_same_canonical_string() -> None:
    for row in accepted_rows():
        if row.get("strict", True):
            strict = canonical_string(parse(row["schema_text"]))
            assert strict == canonical_string(parse(row["schema_text"], strict=False))


def test_fingerprint_and_guid_are_those_of_java() -> None:
    for row in rows("canonical_strings.jsonl"):
        schema = parse(row["schema_text"])
        assert f"{fingerprint(schema):x}" == row["crc64_avro_unsigned_hex"]
        assert schema_guid(canonical_string(schema)) == row["guid"]


@pytest.mark.parametrize("asked", CHECKS)
@pytest.mark.parametrize("row", rows("compat_rules.jsonl"), ids=lambda row: f"row-{row['id']}")
def test_check_reports_what_java_reports(
    row: dict[str, Any], asked: Callable[[Schema, Schema], list[Incompatibility]]
) -> None:
    error = row.get("java_error", "")
    if error.startswith("SchemaParseException"):
        with pytest.raises(InvalidSchema):
            parse(json.dumps(row["reader"]), strict=False)
        return
    reader = parse(json.dumps(row["reader"]), strict=False)
    writer = parse(json.dumps(row["writer"]), strict=False)
    entries = asked(reader, writer)
    if error:
        assert [entry.type for entry in entries] == ["AMBIGUOUS_ALIAS"]
        return
    assert [
        {"type": entry.type, "location": entry.location, "message": entry.message}
        for entry in entries
    ] == row["incompatibilities"]
    assert (not entries) is row["compatible"]
