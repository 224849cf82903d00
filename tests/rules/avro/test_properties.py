"""What holds for every schema: fixed points, mirrors, totality."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from schemas.avro.canonical import canonical_string, normalize, resolved_string
from schemas.avro.compat import check, check_without_skipping
from schemas.avro.diff import diff, remedy
from schemas.avro.effects import effects
from schemas.avro.errors import InvalidSchema
from schemas.avro.fields import fields
from schemas.avro.levels import LEVELS, check_level
from schemas.avro.model import Schema
from schemas.avro.parse import parse
from tests.rules.avro.generators import any_json, evolved, schema_texts

MIRRORED_KINDS = {
    "field-added": "field-removed",
    "field-removed": "field-added",
    "default-added": "default-removed",
    "default-removed": "default-added",
    "alias-added": "alias-removed",
    "alias-removed": "alias-added",
    "symbol-added": "symbol-removed",
    "symbol-removed": "symbol-added",
    "branch-added": "branch-removed",
    "branch-removed": "branch-added",
}
MIRRORED_EFFECTS = {
    "breaks-new-readers-of-old-data": "breaks-old-readers-of-new-data",
    "breaks-old-readers-of-new-data": "breaks-new-readers-of-old-data",
}
quick = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def lenient(text: str) -> Schema:
    """The schema, or nothing for this example when the text is none."""
    try:
        return parse(text, strict=False)
    except InvalidSchema:
        assume(False)
        raise


@quick
@given(schema_texts())
def test_the_canonical_string_is_a_fixed_point(text: str) -> None:
    canonical = canonical_string(lenient(text))
    assert canonical_string(parse(canonical, strict=False)) == canonical


@quick
@given(schema_texts())
def test_the_normalised_form_is_a_fixed_point(text: str) -> None:
    normal = canonical_string(normalize(lenient(text)))
    assert canonical_string(normalize(parse(normal, strict=False))) == normal


@quick
@given(schema_texts(aliases=False))
def test_a_schema_reads_its_own_data(text: str) -> None:
    schema = lenient(text)
    assert check(schema, schema) == []
    assert check(schema, lenient(text)) == []
    assert effects(schema, schema) == []


@quick
@given(schema_texts() | any_json().map(json.dumps))
def test_what_strict_accepts_lenient_reads_the_same(text: str) -> None:
    try:
        strict = parse(text)
    except InvalidSchema:
        return
    assert canonical_string(strict) == canonical_string(parse(text, strict=False))
    assert resolved_string(strict) == canonical_string(strict)


@quick
@given(evolved())
def test_skipping_equal_types_changes_no_answer(pair: tuple[str, str]) -> None:
    reader, writer = lenient(pair[0]), lenient(pair[1])
    assert check(reader, writer) == check_without_skipping(reader, writer)


@quick
@given(schema_texts(), schema_texts())
def test_skipping_changes_no_answer_between_strangers(one: str, other: str) -> None:
    reader, writer = lenient(one), lenient(other)
    assert check(reader, writer) == check_without_skipping(reader, writer)


@quick
@given(schema_texts())
def test_a_schema_does_not_differ_from_itself(text: str) -> None:
    schema = lenient(text)
    assert diff(schema, schema) == []
    assert diff(schema, lenient(text)) == []


@quick
@given(evolved())
def test_differences_mirror_each_other(pair: tuple[str, str]) -> None:
    old, new = lenient(pair[0]), lenient(pair[1])
    there = {
        (
            MIRRORED_KINDS.get(change.kind, change.kind),
            change.path,
            change.after,
            change.before,
            MIRRORED_EFFECTS.get(change.effect, change.effect),
        )
        for change in diff(old, new)
    }
    back = {
        (change.kind, change.path, change.before, change.after, change.effect)
        for change in diff(new, old)
    }
    assert there == back


@quick
@given(evolved())
def test_backward_one_way_is_forward_the_other_way(pair: tuple[str, str]) -> None:
    old, new = lenient(pair[0]), lenient(pair[1])
    backward = check_level(new, [old], "BACKWARD")
    forward = check_level(old, [new], "FORWARD")
    full = check_level(new, [old], "FULL")
    assert [(entry.type, entry.location) for entry in backward] == [
        (entry.type, entry.location) for entry in forward
    ]
    assert len(full) == len(backward) + len(check_level(new, [old], "FORWARD"))
    for entry in full:
        sides = (new, old) if entry.direction == "new_reads_old" else (old, new)
        assert remedy(entry, *sides)


@quick
@given(schema_texts())
def test_paths_of_fields_are_unique(text: str) -> None:
    paths = [row.path for row in fields(lenient(text))]
    assert len(paths) == len(set(paths))


@quick
@given(any_json())
@example({"type": "enum", "name": "E", "symbols": ["\ud800"]})
@example({"type": "record", "name": "R", "fields": [{"name": "a", "type": ["R"], "default": {}}]})
def test_reading_any_json_gives_a_schema_or_invalid_schema(value: Any) -> None:
    text = json.dumps(value)
    for strict in (True, False):
        try:
            schema = parse(text, strict=strict)
        except InvalidSchema as refused:
            assert refused.message
            assert str(refused)
            continue
        assert canonical_string(schema)
        for level in LEVELS:
            check_level(schema, [schema], level)
        fields(schema)


@quick
@given(
    st.text(max_size=60) | st.binary(max_size=60) | st.text('{}[]",:\\/*u0d8e1-+. tn', max_size=60)
)
def test_reading_any_text_or_bytes_raises_nothing_else(text: str | bytes) -> None:
    try:
        parse(text)
    except InvalidSchema as refused:
        assert refused.message
