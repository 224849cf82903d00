"""Query parameters of REST: known ones, said once, with words that exist."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.http import QueryDict

from mesh.kernel.errors import MalformedRequest, UnknownParameter, clipped

TRUTHS = ("true", "false")
SHOWN = 60  # characters of a parameter in a message


def check_query(
    given: QueryDict,
    known: Collection[str],
    choices: Mapping[str, Collection[str]],
    several: Collection[str],
) -> None:
    """Raises UnknownParameter, or MalformedRequest for a value that no list could be narrowed by."""
    for name, values in given.lists():
        shown = clipped(str(name), SHOWN)
        if name not in known:
            raise UnknownParameter(f"The parameter {shown} is not known here.", pointer=f"?{shown}")
        if len(values) > 1 and name not in several:
            raise MalformedRequest(f"Say {shown} once.", pointer=f"?{shown}")
        for value in values:
            _check_value(shown, str(value), choices.get(str(name)))


def _check_value(name: str, value: str, words: Collection[str] | None) -> None:
    if "\x00" in value or "\ufffd" in value:
        raise MalformedRequest(
            f"{name} must be UTF-8 text without the character U+0000.", pointer=f"?{name}"
        )
    if words is not None and value and value not in words:
        raise MalformedRequest(f"{name} is one of {', '.join(words)}.", pointer=f"?{name}")
