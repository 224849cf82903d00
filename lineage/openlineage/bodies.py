"""Request bodies of the OpenLineage door: plain or gzip, with and without length, always bounded."""

from __future__ import annotations

import zlib
from typing import BinaryIO

from mesh.kernel import strict_json
from mesh.kernel.errors import BodyTooLarge, MalformedRequest, UnsupportedMedia

LIMIT_BYTES = 5 * 1024 * 1024  # after inflating
LARGEST_RATIO = 100
PIECE = 64 * 1024
GZIP = 16 + zlib.MAX_WBITS


def read_json(stream: BinaryIO, encoding: str, content_type: str) -> object:
    """The JSON value of a body. Raises MalformedRequest, BodyTooLarge, UnsupportedMedia."""
    if content_type.partition(";")[0].strip().lower() not in ("application/json", ""):
        raise UnsupportedMedia("Send application/json.")
    encoding = encoding.strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise UnsupportedMedia("Content-Encoding is gzip or none.")
    raw = inflated(stream) if encoding == "gzip" else plain(stream)
    return strict_json.read(raw, limit_bytes=LIMIT_BYTES)


def plain(stream: BinaryIO) -> bytes:
    """All bytes, at most the limit."""
    pieces: list[bytes] = []
    size = 0
    while piece := stream.read(PIECE):
        size += len(piece)
        if size > LIMIT_BYTES:
            raise _too_large()
        pieces.append(piece)
    return b"".join(pieces)


def inflated(stream: BinaryIO) -> bytes:
    """The inflated bytes; both the size and the ratio are limited while inflating."""
    inflater = zlib.decompressobj(GZIP)
    pieces: list[bytes] = []
    packed = size = 0
    while piece := stream.read(PIECE):
        packed += len(piece)
        try:
            part = inflater.decompress(piece, LIMIT_BYTES + 1 - size)
        except zlib.error as error:
            raise MalformedRequest("The body is not gzip.") from error
        size += len(part)
        if size > LIMIT_BYTES or inflater.unconsumed_tail:
            raise _too_large()
        if size > PIECE and size > packed * LARGEST_RATIO:
            raise BodyTooLarge(f"The body inflates more than {LARGEST_RATIO} times.")
        pieces.append(part)
    if not inflater.eof:
        raise MalformedRequest("The gzip body ends too early.")
    return b"".join(pieces)


def _too_large() -> BodyTooLarge:
    return BodyTooLarge(f"The body has more than {LIMIT_BYTES} bytes (inflated).")
