"""Bodies are bounded while they are read, plain or packed."""

from __future__ import annotations

import gzip
import io

import pytest

from lineage.openlineage.bodies import LIMIT_BYTES, read_json
from mesh.kernel.errors import BodyTooLarge, MalformedRequest, MeshError, UnsupportedMedia


def read(body: bytes, encoding: str = "", content_type: str = "application/json") -> object:
    return read_json(io.BytesIO(body), encoding, content_type)


def test_plain_and_packed_bodies_are_the_same() -> None:
    assert read(b'{"a": 1}') == read(gzip.compress(b'{"a": 1}'), "gzip") == {"a": 1}


@pytest.mark.parametrize(
    ("body", "encoding", "error"),
    [
        (b"{", "", MalformedRequest),
        (b"", "", MalformedRequest),
        (b"[" * 65 + b"]" * 65, "", MalformedRequest),
        (b'{"a": 1, "a": 2}', "", MalformedRequest),
        (b'{"a": NaN}', "", MalformedRequest),
        (b"\xff", "", MalformedRequest),
        (b"no gzip", "gzip", MalformedRequest),
        (gzip.compress(b'{"a": 1}', mtime=0)[:-6], "gzip", MalformedRequest),
        (b"{}", "br", UnsupportedMedia),
        (b'"' + b"x" * LIMIT_BYTES + b'"', "", BodyTooLarge),
        (gzip.compress(b'"' + b"x" * LIMIT_BYTES + b'"', mtime=0), "gzip", BodyTooLarge),
        (gzip.compress(b'"' + b"x" * 1_000_000 + b'"', mtime=0), "gzip", BodyTooLarge),
    ],
)
def test_bad_bodies_are_refused(body: bytes, encoding: str, error: type[MeshError]) -> None:
    with pytest.raises(error):
        read(body, encoding)


def test_only_json_is_read() -> None:
    with pytest.raises(UnsupportedMedia):
        read(b"{}", content_type="text/xml")
