"""Manifest files are read strictly; every refusal names file, line and column."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mesh.cli.manifests import DEPTH_LIMIT, FILE_LIMIT_BYTES, read_manifests, read_text
from mesh.cli.outcomes import WrongUsage
from mesh.kernel.manifest_text import yaml_text
from tests.house.tree import CHECKOUT

TWO = """\
# the first line is a comment
apiVersion: tributary/v1
kind: Topic
---
apiVersion: tributary/v1
kind: DataProduct
spec: {sampling: true, partitions: 3}
"""


def test_each_document_carries_its_own_line() -> None:
    first, second = read_text(TWO, "mesh.yaml")
    assert (first.file, first.line, first.document["kind"]) == ("mesh.yaml", 2, "Topic")
    assert (second.line, second.document["spec"]) == (5, {"sampling": True, "partitions": 3})


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: &x 1\nb: *x\n", ":1:4", "anchors (&x) are not accepted"),
        ("a: 1\nb: *x\n", ":2:4", "aliases (*x) are not accepted"),
        ("a: 1\nb: 2\na: 3\n", ":3:1", "the key 'a' stands here twice"),
        ("a:\n  b: 1\n  b: 2\n", ":3:3", "the key 'b' stands here twice"),
        ("a: !!python/object:os.system {}\n", ":1:4", "tags ("),
        ("a: !secret x\n", ":1:4", "tags (!secret) are not accepted"),
        ("? [1, 2]\n: 3\n", ":1:3", "a key must be a plain text"),
        ("- 1\n- 2\n", ":1:1", "a document must be a mapping"),
        ("just words\n", ":1:1", "a document must be a mapping"),
        ("a: [1, 2\n", ":2:1", "did not find expected"),
        ("a: b: c\n", ":1:5", "mapping values are not allowed"),
        ("a: 1e999\n", ":1:4", "1e999 is too large a number"),
        ("a: \x07\n", "", "this is not YAML"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(text: str, place: str, words: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        read_text(text, "mesh.yaml")
    assert refused.value.title.startswith(f"mesh.yaml{place}: ")
    assert words in refused.value.title
    assert refused.value.exit_code == 2


def test_words_of_older_yaml_stay_texts() -> None:
    (manifest,) = read_text("a: yes\nb: 2026-01-02\nc: 0123\nd: 1:30\ne: ~\nf: 1_000\n", "f")
    assert manifest.document == {
        "a": "yes", "b": "2026-01-02", "c": "0123", "d": "1:30", "e": None, "f": "1_000",
    }  # fmt: skip


def test_a_key_that_looks_like_a_number_is_a_text() -> None:
    (manifest,) = read_text("1: a\ntrue: b\n", "f")
    assert manifest.document == {"1": "a", "true": "b"}


def test_json_is_a_manifest_too() -> None:
    (manifest,) = read_text('{"kind": "Topic", "spec": {"partitions": 1.5}}', "f.json")
    assert manifest.document == {"kind": "Topic", "spec": {"partitions": 1.5}}


def test_deep_nesting_is_refused_before_it_is_built() -> None:
    deep = "a: " + "[" * (DEPTH_LIMIT + 1) + "]" * (DEPTH_LIMIT + 1)
    with pytest.raises(WrongUsage, match="nested deeper than 200 levels"):
        read_text(deep, "f")


def test_a_large_file_is_refused() -> None:
    with pytest.raises(WrongUsage, match="larger than 512 KiB"):
        read_text("a: " + "x" * FILE_LIMIT_BYTES, "f")


def test_a_folder_gives_every_file_below_in_order(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("b.yaml", "a.yml", "sub/c.json", "notes.txt"):
        (tmp_path / name).write_text('{"kind": "Topic"}')
    files = [manifest.file for manifest in read_manifests([str(tmp_path)])]
    assert files == [str(tmp_path / name) for name in ("a.yml", "b.yaml", "sub/c.json")]


def test_a_dash_reads_the_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("kind: Topic\n"))
    assert [manifest.file for manifest in read_manifests(["-"])] == ["<input>"]


def test_nothing_to_read_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="No document was found"):
        read_manifests([str(tmp_path)])
    with pytest.raises(WrongUsage, match="cannot be read: No such file"):
        read_manifests([str(tmp_path / "missing.yaml")])
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe9\n")
    with pytest.raises(WrongUsage, match="is not UTF-8 text"):
        read_manifests([str(tmp_path / "latin.yaml")])


def test_every_manifest_of_the_demo_is_read_strictly() -> None:
    manifests = read_manifests([str(CHECKOUT / "mesh/quickstart/demo/products")])
    assert len(manifests) >= 12
    assert {manifest.document["kind"] for manifest in manifests} == {"DataProduct"}


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x7f")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)  # fmt: skip


@example({"spec": ["1e5", "-0", "null", "yes", "2026-01-02", "0123", "a\nb\n", "a\nb", " ", ""]})
@settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # a busy machine is no fault of the file
@given(st.dictionaries(st.sampled_from(["spec", "name", "no", "1"]), JSON_VALUES, min_size=1))
def test_what_the_export_writes_is_read_back_unchanged(document: dict[str, object]) -> None:
    (manifest,) = read_text(yaml_text(document), "f")
    assert manifest.document == document
