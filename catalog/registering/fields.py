"""What the steps of the registration form have in common: typed texts, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict

TEXT_LIMIT = 600_000  # characters of one typed text that are kept


@dataclass(frozen=True, slots=True)
class Wrong:
    """A field of the form that cannot stay as it is."""

    name: str
    label: str
    detail: str


def typed(post: QueryDict, name: str) -> str:
    """One typed text, bounded; NUL, which the database refuses, is shown by its picture."""
    return post.get(name, "")[:TEXT_LIMIT].replace("\x00", "\u2400").replace("\r\n", "\n")
