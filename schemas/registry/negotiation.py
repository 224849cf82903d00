"""Content types: what a client accepts, and what it may send."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

PRODUCED: Final = (
    "application/vnd.schemaregistry.v1+json",
    "application/vnd.schemaregistry+json",
    "application/json",
)
CONSUMED: Final = frozenset({*PRODUCED, "application/octet-stream"})
CHARSETS: Final = {"utf-8": "utf-8", "utf8": "utf-8", "utf-16": "utf-16"}


@lru_cache(maxsize=256)
def accepted(header: bytes) -> str:
    """The type to answer in, by the server's preference among equals; '' when none will do."""
    if not header.strip():
        return PRODUCED[0]
    weights: dict[str, float] = {}
    for part in header.decode("latin-1").split(","):
        media, *parameters = (word.strip().lower() for word in part.split(";"))
        weights[media] = _weight(parameters)
    best, best_weight = "", 0.0
    for produced in PRODUCED:
        weight = next(
            (weights[name] for name in (produced, "application/*", "*/*", "*") if name in weights),
            0.0,
        )
        if weight > best_weight:
            best, best_weight = produced, weight
    return best


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def body_charset(content_type: bytes) -> str | None:
    """The character set of a body, or None for a type that is not taken here."""
    media, *parameters = content_type.decode("latin-1").lower().split(";")
    if media.strip() and media.strip() not in CONSUMED:
        return None
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset":
            return CHARSETS.get(value.strip().strip('"'))
    return "utf-8"
