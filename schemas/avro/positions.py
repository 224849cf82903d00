"""Line and column of a JSON pointer in a text that has already been read."""

from __future__ import annotations

import re
from typing import Final

from schemas.avro.reader import line_and_column

_TOKEN: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\],:]|[^\s{}\[\],:"]++', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_SHORT: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class _Container:
    """An object or array the scan is inside of; `token` is the key or index it stands at."""

    __slots__ = ("is_object", "is_on_path", "token", "wants_key")

    def __init__(self, *, is_object: bool, is_on_path: bool) -> None:
        self.is_object = is_object
        self.is_on_path = is_on_path
        self.wants_key = is_object
        self.token: str | int = "" if is_object else 0

    def step(self) -> None:
        """Moves on behind a comma."""
        if isinstance(self.token, int):
            self.token += 1
        else:
            self.wants_key = True


def position_of(plain: str, pointer: str) -> tuple[int, int]:
    """Where the value of a pointer begins; the last one where a key stands twice.

    A pointer that leads nowhere gives the start of the text.
    """
    wanted = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    found = _offset_of(plain, wanted)
    return line_and_column(plain, found)


def _offset_of(plain: str, wanted: list[str]) -> int:
    found = 0
    stack: list[_Container] = []
    for match in _TOKEN.finditer(plain):
        mark = match.group()
        top = stack[-1] if stack else None
        if mark in "]}":
            stack.pop()
        elif mark == ",":
            assert top is not None
            top.step()
        elif top is not None and top.wants_key:
            top.token = _unquoted(mark)
            top.wants_key = False
        elif mark != ":":
            is_on_path = top is None or (
                top.is_on_path
                and len(stack) <= len(wanted)
                and str(top.token) == wanted[len(stack) - 1]
            )
            if is_on_path and len(stack) == len(wanted):
                found = match.start()
            if mark in "[{":
                stack.append(_Container(is_object=mark == "{", is_on_path=is_on_path))
    return found


def _unquoted(token: str) -> str:
    return _ESCAPE.sub(_unescaped, token[1:-1])


def _unescaped(match: re.Match[str]) -> str:
    code, character = match.groups()
    return chr(int(code, 16)) if code else _SHORT.get(character, character)
