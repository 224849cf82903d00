"""The two ways the Avro engine says no: the schema is invalid, or the comparison is too large."""

from __future__ import annotations

import json
from typing import Literal

InvalidSchemaCode = Literal[
    "json",
    "limit",
    "type",
    "name",
    "duplicate-name",
    "undefined-name",
    "reference",
    "field",
    "default",
    "symbol",
    "size",
    "order",
    "alias",
    "union",
    "text",
]


class InvalidSchema(Exception):
    """The text is not a schema.

    `path` is a JSON pointer into the submitted text, `line` and `column` count from 1 and are
    None where the place has no position (an error inside a reference, for example).
    """

    def __init__(
        self,
        code: InvalidSchemaCode,
        message: str,
        path: str = "",
        *,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        super().__init__(code, message, path)
        self.code: InvalidSchemaCode = code
        self.message = message
        self.path = path
        self.line = line
        self.column = column

    def __str__(self) -> str:
        where = self.path or "the top level"
        if self.line is not None:
            where = f"{where} (line {self.line}, column {self.column})"
        return f"{self.message} at {where}"


class CheckTooLarge(Exception):
    """Two schemas whose comparison needs more work than the budget allows."""


def _written(value: object) -> str:
    """A JSON word as it is written in JSON; anything else as Python shows it."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return repr(value)


def shown(value: object) -> str:
    """A value as it may stand in a message: quoted, escaped and cut at 200 characters."""
    text = value if isinstance(value, str) else _written(value)[:400]
    cut = text if len(text) <= 200 else text[:200] + "…"
    return (
        '"' + cut.encode("unicode_escape").decode("ascii") + '"'
        if not cut.isprintable()
        else f'"{cut}"'
    )
