"""Revisions: which version of a row somebody read, and whether it is still the one that stands."""

from __future__ import annotations

import re

from mesh.kernel.errors import StaleRevision

ETAG = re.compile(r'"r([0-9]{1,9})"')


def etag_of(revision: int) -> str:
    """The strong ETag of a revision."""
    return f'"r{revision}"'


def revision_of(etag: str) -> int | None:
    """The revision that an ETag of ours names; None for any other text."""
    match = ETAG.fullmatch(etag) if etag.isascii() else None
    return int(match.group(1)) if match else None


def unmoved(current: int, expected: int | None) -> None:
    """Raise StaleRevision when the writer names a revision and another one stands.

    Called under the row's lock: between two writers of the same revision the second is refused.
    """
    if expected is not None and expected != current:
        raise StaleRevision(etag=etag_of(current))
