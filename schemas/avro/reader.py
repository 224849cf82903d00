"""Bounded reading of JSON text: limits first, then values, duplicate keys and positions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Final, NoReturn

from schemas.avro.errors import InvalidSchema, shown
from schemas.avro.limits import Limits

# Possessive, and the closing quote is optional: a text of a million quotes stays linear.
_STRING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_STRING_OR_COMMENT: Final = re.compile(
    r'("[^"\\]*+(?:\\.[^"\\]*+)*+"?)|//[^\r\n]*+|/\*.*?(?:\*/|\Z)', re.DOTALL
)
LONG_INTEGER_CHARACTERS: Final = 19  # shorter literals fit 64 bits
_SURROGATE_ESCAPE: Final = re.compile(r"\\u[dD][89abAB]|\\u[dD][c-fC-F]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_STEP: Final = {"[": 1, "{": 1, "]": -1, "}": -1}


class JsonText:
    """A JSON text that was read within its limits, with what is needed to point into it."""

    __slots__ = ("_repeated", "has_long_integer", "nesting", "plain", "value")

    def __init__(self, plain: str, nesting: int) -> None:
        self.plain = plain
        self.nesting = nesting
        self.has_long_integer = False  # one of 19 or more characters, which may exceed 64 bits
        self._repeated: list[tuple[dict[str, object], list[str]]] = []
        self.value: object = None

    def pairs(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        """An object with the last value of a repeated key at the place of the first one."""
        members = dict(pairs)
        if len(members) != len(pairs):
            seen: set[str] = set()
            repeated = [key for key, _ in pairs if key in seen or seen.add(key)]  # type: ignore[func-returns-value]  # the add is the point
            self._repeated.append((members, list(dict.fromkeys(repeated))))
        return members

    def duplicate_keys(self) -> tuple[str, ...]:
        """Pointers to the keys that stand twice in one object, in document order."""
        if not self._repeated:
            return ()
        keys_of = {id(members): keys for members, keys in self._repeated}
        return tuple(
            f"{pointer}/{escape_token(key)}"
            for pointer, value in walk(self.value)
            for key in keys_of.get(id(value), ())
        )


def read_json(text: str, limits: Limits) -> JsonText:
    """Reads one JSON text. Raises InvalidSchema with code json, limit or text."""
    _check_size(text, limits)
    plain = _without_comments(text)
    nesting = _nesting(plain)
    if nesting > limits.text_nesting:
        raise InvalidSchema("limit", f"JSON nests deeper than {limits.text_nesting} levels")
    read = JsonText(plain, nesting)
    try:
        read.value = json.loads(
            plain,
            object_pairs_hook=read.pairs,
            parse_constant=_refuse_constant,
            parse_int=_integer_reader(read, limits),
            parse_float=_double_reader(limits),
        )
    except json.JSONDecodeError as error:
        raise InvalidSchema(
            "json", f"not JSON: {error.msg}", line=error.lineno, column=error.colno
        ) from None
    except RecursionError:
        raise InvalidSchema("limit", "JSON nests too deeply for this process") from None
    if _SURROGATE_ESCAPE.search(plain):
        _refuse_lone_surrogates(read.value)
    return read


def _check_size(text: str, limits: Limits) -> None:
    if len(text) > limits.text_bytes:
        raise InvalidSchema("limit", f"schema text is longer than {limits.text_bytes} bytes")
    try:
        size_bytes = len(text.encode("utf-8"))
    except UnicodeEncodeError as error:
        line, column = line_and_column(text, error.start)
        raise InvalidSchema(
            "text", "lone surrogate in the text", line=line, column=column
        ) from None
    if size_bytes > limits.text_bytes:
        raise InvalidSchema("limit", f"schema text is longer than {limits.text_bytes} bytes")


def _without_comments(text: str) -> str:
    """The text with comments blanked out, so that positions stay; none may follow the JSON."""
    if "//" not in text and "/*" not in text:
        return text
    last_comment = None
    parts: list[str] = []
    end = 0
    for match in _STRING_OR_COMMENT.finditer(text):
        if match.group(1) is not None:
            last_comment = None
            continue
        last_comment = match
        parts.append(text[end : match.start()])
        parts.append(re.sub(r"[^\r\n]", " ", match.group()))
        end = match.end()
        if match.group().startswith("/*") and not match.group().endswith("*/"):
            line, column = line_and_column(text, match.start())
            raise InvalidSchema("json", "not JSON: unclosed comment", line=line, column=column)
    if last_comment is not None:
        _refuse_dangling(text, last_comment)
    return "".join(parts) + text[end:] if parts else text


def _refuse_dangling(text: str, comment: re.Match[str]) -> None:
    """Refuses a comment behind the last token; one before a closing bracket is fine."""
    rest = text[comment.end() :].strip(" \t\r\n")
    before = _STRING_OR_COMMENT.sub(lambda match: match.group(1) or "", text[: comment.start()])
    if not rest and before.strip(" \t\r\n"):
        line, column = line_and_column(text, comment.start())
        raise InvalidSchema(
            "json", "not JSON: dangling content after the end", line=line, column=column
        )


def _nesting(plain: str) -> int:
    if "\\" in plain:
        outside = _STRING.sub("", plain)
    else:  # without escapes every quote begins or ends a string, which is quicker to see
        outside = "".join(plain.split('"')[::2])
    for filler in ":, \n":
        outside = outside.replace(filler, "")
    return max(accumulate(_STEP.get(character, 0) for character in outside), default=0)


def _integer_reader(read: JsonText, limits: Limits) -> Callable[[str], int]:
    longest = limits.number_characters

    def read_integer(literal: str) -> int:
        if len(literal) >= LONG_INTEGER_CHARACTERS:
            _check_number(literal, longest)
            read.has_long_integer = True
        return int(literal)

    return read_integer


def _double_reader(limits: Limits) -> Callable[[str], float]:
    longest = limits.number_characters

    def read_double(literal: str) -> float:
        _check_number(literal, longest)
        return float(literal)

    return read_double


def _check_number(literal: str, longest: int) -> None:
    if len(literal) > longest:
        raise InvalidSchema("limit", f"number literal is longer than {longest} characters")


def _refuse_constant(word: str) -> NoReturn:
    raise InvalidSchema("json", f"not JSON: {word} is not a JSON value")


def _refuse_lone_surrogates(value: object) -> None:
    for pointer, part in walk(value):
        if isinstance(part, dict):
            broken = next((key for key in part if _SURROGATE.search(key)), None)
            if broken is not None:
                raise InvalidSchema("text", f"lone surrogate in the key {shown(broken)}", pointer)
        elif isinstance(part, str) and _SURROGATE.search(part):
            raise InvalidSchema("text", f"lone surrogate in {shown(part)}", pointer)


def walk(value: object) -> Iterator[tuple[str, object]]:
    """Every value inside a JSON value with its pointer, in document order."""
    pending: list[tuple[str, object]] = [("", value)]
    while pending:
        pointer, part = pending.pop()
        yield pointer, part
        if isinstance(part, dict):
            inner = [(f"{pointer}/{escape_token(key)}", member) for key, member in part.items()]
            pending.extend(reversed(inner))
        elif isinstance(part, list):
            inner = [(f"{pointer}/{index}", member) for index, member in enumerate(part)]
            pending.extend(reversed(inner))


def escape_token(token: str) -> str:
    """A JSON pointer token (RFC 6901 section 3)."""
    return token.replace("~", "~0").replace("/", "~1")


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, both counted from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
