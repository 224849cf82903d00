"""Hostile input is answered within a second, without deep recursion, by InvalidSchema alone."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from schemas.avro.canonical import canonical_string, parsing_canonical_form
from schemas.avro.compat import LARGEST_RESULT, check, check_without_skipping
from schemas.avro.diff import diff
from schemas.avro.effects import effects
from schemas.avro.errors import CheckTooLarge, InvalidSchema
from schemas.avro.fields import TRUNCATED, fields
from schemas.avro.parse import parse


@contextmanager
def answered_within(seconds: float) -> Iterator[None]:
    started = time.thread_time()
    yield
    assert time.thread_time() - started < seconds


def nested_arrays(depth: int) -> str:
    return '{"type":"array","items":' * depth + '"int"' + "}" * depth


def code_of(text: str, *, strict: bool = True) -> str:
    with pytest.raises(InvalidSchema) as refused:
        parse(text, strict=strict)
    return refused.value.code


def test_sixty_four_levels_of_types_pass_and_sixty_five_do_not() -> None:
    assert parse(nested_arrays(64)).root.kind == "array"
    assert code_of(nested_arrays(65)) == "limit"


@pytest.mark.parametrize("depth", [900, 40_000])
@pytest.mark.parametrize("strict", [True, False])
def test_deep_nesting_is_refused_quickly(depth: int, strict: bool) -> None:
    with answered_within(1):
        assert code_of(nested_arrays(depth), strict=strict) == "limit"
        assert code_of("[" * depth, strict=strict) == "limit"
        assert code_of('{"a":' * depth, strict=strict) == "limit"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (json.dumps({"type": "record", "name": "N" * 1_000_000, "fields": []}), "limit"),
        (json.dumps({"type": "N" * 1_000_000}), "undefined-name"),
        ('{"type":"int","p":' + "9" * 1_000_000 + "}", "limit"),
        ('{"type":"int","p":1.' + "9" * 1_000_000 + "}", "limit"),
        ('"' * 1_000_000, "json"),
        ('"' + '\\"' * 500_000, "json"),
        ("/*" + "*" * 1_000_000, "json"),
        ("//" * 500_000, "json"),
        ('"' + "x" * 1_100_000 + '"', "limit"),
        ('"' + "é" * 600_000 + '"', "limit"),
        ("[" + ",".join('"int"' for _ in range(100_000)) + "]", "limit"),
    ],
    ids=lambda value: value[:24],
)
def test_a_mebibyte_of_one_thing_is_refused_quickly(text: str, code: str) -> None:
    with answered_within(1):
        assert code_of(text) == code


def test_a_long_doc_is_accepted_quickly() -> None:
    text = json.dumps({"type": "record", "name": "R", "doc": "d" * 1_000_000, "fields": []})
    with answered_within(1):
        assert len(canonical_string(parse(text))) > 1_000_000


def test_long_messages_are_cut_and_escaped() -> None:
    with pytest.raises(InvalidSchema) as refused:
        parse(json.dumps({"type": "N\n" * 100_000}))
    assert len(refused.value.message) < 1_000
    assert "\n" not in refused.value.message


def forward_chain(length: int) -> str:
    """Flat definitions, each referring to the next one: nested as deep when written out."""
    fields = [{"name": "f0", "type": "T0"}]
    for index in range(length):
        inner = f"T{index + 1}" if index + 1 < length else "int"
        record = {
            "type": "record",
            "name": f"T{index}",
            "fields": [{"name": "next", "type": inner}],
        }
        fields.append({"name": f"d{index}", "type": record})  # type: ignore[dict-item]  # JSON
    return json.dumps({"type": "record", "name": "Root", "fields": fields})


def test_forward_references_cannot_hide_nesting() -> None:
    with answered_within(1):
        assert code_of(forward_chain(1_500), strict=False) == "limit"
    assert fields(parse(forward_chain(20)))


def doubling(levels: int, leaf: str) -> str:
    """Each record holds the next one twice: 2^levels paths from few types."""
    inner: object = leaf
    for level in range(levels, 0, -1):
        left = {"name": "a", "type": inner}
        right = {"name": "b", "type": inner if isinstance(inner, str) else inner["name"]}  # type: ignore[index]  # JSON
        inner = {"type": "record", "name": f"D{level}", "fields": [left, right]}
    return json.dumps(inner)


@pytest.mark.parametrize("asked", [check, check_without_skipping])
def test_doubling_types_answer_within_a_second(asked: object) -> None:
    reader, writer = parse(doubling(30, "int")), parse(doubling(30, "string"))
    with answered_within(1):
        entries = asked(reader, writer)  # type: ignore[operator]  # one of two functions
    assert len(entries) == LARGEST_RESULT


def test_doubling_types_have_bounded_field_lists_and_differences() -> None:
    reader, writer = parse(doubling(30, "int")), parse(doubling(30, "string"))
    with answered_within(1):
        rows = fields(reader, limit=500)
        changes = diff(writer, reader)
        effects(reader, writer)
    assert len(rows) == 501
    assert rows[-1].type_text == TRUNCATED
    assert [change.kind for change in changes] == ["type-changed", "type-changed"]


def test_doubling_defaults_are_checked_within_a_second() -> None:
    inner: dict[str, object] = {"type": "record", "name": "L", "fields": []}
    for level in range(60):
        name = inner["name"]
        fields_ = [
            {"name": "a", "type": inner, "default": {}},
            {"name": "b", "type": name, "default": {}},
        ]
        inner = {"type": "record", "name": f"L{level}", "fields": fields_}
    with answered_within(1):
        assert parse(json.dumps(inner)).root.kind == "record"


def wide_union(size: int, field_type: str) -> str:
    branches = [
        {"type": "record", "name": f"B{index}", "fields": [{"name": "f", "type": field_type}]}
        for index in range(size)
    ]
    return json.dumps(branches)


def test_a_check_beyond_its_budget_says_so_quickly() -> None:
    reader, writer = parse(wide_union(1_000, "int")), parse(wide_union(1_000, "string"))
    with answered_within(3), pytest.raises(CheckTooLarge):
        check(reader, writer, pair_budget=20_000)


def test_wide_records_of_wide_unions_have_bounded_field_lists() -> None:
    names = [f"B{index}" for index in range(28)]
    branches = [
        {"type": "record", "name": name, "fields": [{"name": "f", "type": names}]} for name in names
    ]
    text = json.dumps(branches)
    with answered_within(3):
        schema = parse(text, strict=False)
        assert fields(schema, limit=2_000)[-1].type_text == TRUNCATED


def test_too_many_fields_symbols_types_and_aliases_are_refused() -> None:
    many = [{"name": f"f{index}", "type": "int"} for index in range(10_001)]
    assert code_of(json.dumps({"type": "record", "name": "R", "fields": many})) == "limit"
    symbols = [f"S{index}" for index in range(10_001)]
    assert code_of(json.dumps({"type": "enum", "name": "E", "symbols": symbols})) == "limit"
    aliases = [f"A{index}" for index in range(1_001)]
    text = json.dumps({"type": "fixed", "name": "F", "size": 1, "aliases": aliases})
    assert code_of(text) == "limit"
    types = [{"type": "fixed", "name": f"F{index}", "size": 1} for index in range(1_000)]
    inner = [{"name": f"f{index}", "type": types[index]} for index in range(1_000)]
    more = [
        {"name": f"g{index}", "type": {"type": "fixed", "name": f"G{index}", "size": 1}}
        for index in range(1_001)
    ]
    assert code_of(json.dumps({"type": "record", "name": "R", "fields": inner + more})) == "limit"


def test_a_value_nested_too_deeply_is_refused() -> None:
    for depth, is_fine in ((64, True), (65, False)):
        text = '{"type":"int","p":' + "[" * depth + "]" * depth + "}"
        if is_fine:
            assert canonical_string(parse(text)) == text
        else:
            assert code_of(text) == "limit"


def chain_of_references(length: int) -> dict[str, str]:
    references: dict[str, str] = {}
    for index in range(length):
        inner = f"R{index - 1}" if index else "int"
        record = {
            "type": "record",
            "name": f"R{index}",
            "fields": [{"name": "f", "type": inner}],
        }
        references[f"r{index}"] = json.dumps(record)
    return references


def test_two_hundred_references_in_a_chain_are_read() -> None:
    references = chain_of_references(200)
    text = '{"type":"record","name":"Top","fields":[{"name":"f","type":"R199"}]}'
    with answered_within(1):
        schema = parse(text, references)
        assert check(schema, parse(text, references)) == []
        assert canonical_string(schema) == text
        assert parsing_canonical_form(schema).count('"record"') == 201
    with pytest.raises(InvalidSchema) as refused:
        parse(text, {**references, "one more": '"int"'})
    assert refused.value.code == "limit"


def test_a_cycle_of_references_is_refused() -> None:
    references = {
        "a": '{"type":"record","name":"A","fields":[{"name":"b","type":"B"}]}',
        "b": '{"type":"record","name":"B","fields":[{"name":"a","type":"A"}]}',
    }
    with pytest.raises(InvalidSchema) as refused:
        parse('"A"', references)
    assert refused.value.code == "reference"


def everything(text: str) -> None:
    schema = parse(text)
    canonical_string(schema)
    parsing_canonical_form(schema)
    check(schema, parse(text))
    check_without_skipping(schema, parse(text))
    diff(schema, parse(text))
    effects(schema, parse(text))
    fields(schema)


def test_the_engine_does_not_recurse_over_types() -> None:
    """Sixty-four levels of arrays and unions under a limit that a recursive engine would hit."""
    text = '["null",{"type":"array","items":' * 32 + '"int"' + "}]" * 32
    failures: list[BaseException] = []

    def run() -> None:
        before = sys.getrecursionlimit()
        sys.setrecursionlimit(200)
        try:
            everything(text)
            everything(doubling(20, "int"))
            for depth in (65, 900, 40_000):
                assert code_of(nested_arrays(depth)) == "limit"
        except BaseException as failure:
            failures.append(failure)
        finally:
            sys.setrecursionlimit(before)

    before = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=run)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    assert failures == []
