"""A body is JSON we can store, or a refusal that says where it is not."""

from __future__ import annotations

import pytest

from mesh.kernel import strict_json
from mesh.kernel.errors import BodyTooLarge, MalformedRequest


def test_ordinary_json_is_read_unchanged() -> None:
    assert strict_json.read(b'{"a": [1, 2.5, null, true, "x"]}') == {"a": [1, 2.5, None, True, "x"]}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b'{"a": 99999999999999999999}',
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud800"}',
        b'{"\\u0000": 1}',
        b"[" * 65 + b"]" * 65,
        b"[" * 100_000,
        b'{"a": ' * 5000 + b"1" + b"}" * 5000,
        b"9" * 5000,
    ],
)
def test_what_cannot_be_stored_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        strict_json.read(body)


def test_size_is_bounded_before_anything_is_parsed() -> None:
    with pytest.raises(BodyTooLarge):
        strict_json.read(b" " * 11, limit_bytes=10)


def test_refusal_says_line_and_column() -> None:
    with pytest.raises(MalformedRequest, match="line 2, column 1"):
        strict_json.read(b'{"a": 1,\n}')
