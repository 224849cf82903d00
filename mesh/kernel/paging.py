"""Keyset paging: a signed cursor over (sort value, id); no row is skipped or shown twice."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet
from django.http import QueryDict

from mesh.kernel.errors import Cursor, MalformedRequest

LIMIT_DEFAULT = 50
LIMIT_MAX = 200
CURSOR_SECONDS = 24 * 3600
PAGING = ("cursor", "limit", "count")


@dataclass(frozen=True, slots=True)
class Keyset:
    """A sort order: a column (or annotation) name, its direction, ties broken by `id_column`."""

    column: str
    descending: bool = False
    id_column: str = "id"

    @property
    def name(self) -> str:
        return ("-" if self.descending else "") + self.column


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows and the cursor of the next, or None at the end."""

    rows: list[Any]
    next_cursor: str | None


def page_of(
    queryset: QuerySet[Any], keyset: Keyset, parameters: Mapping[str, str], *, scope: str = ""
) -> Page:
    """The page that `limit` and `cursor` ask for. Raises MalformedRequest, Cursor.

    `scope` names what is listed: a cursor of another list is refused.
    """
    name = f"{keyset.name} {scope}".strip()
    limit = _limit(parameters.get("limit"))
    after = _opened(parameters.get("cursor"), name)
    order = ("-" if keyset.descending else "") + keyset.column
    tie = ("-" if keyset.descending else "") + keyset.id_column
    if after is not None:
        value, row_id = after
        word = "lt" if keyset.descending else "gt"
        queryset = queryset.filter(
            Q(**{f"{keyset.column}__{word}": value})
            | Q(**{keyset.column: value, f"{keyset.id_column}__{word}": row_id})
        )
    rows = list(queryset.order_by(order, tie)[: limit + 1])
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    return Page(
        rows[:limit],
        _sealed(_value(last, keyset.column), _value(last, keyset.id_column), name),
    )


def list_key(path: str, parameters: QueryDict) -> str:
    """A list by its address and filters, for its cursors."""
    filters = sorted((name, values) for name, values in parameters.lists() if name not in PAGING)
    return hashlib.sha256(json.dumps([path, filters]).encode()).hexdigest()[:16]


def _limit(text: str | None) -> int:
    if text is None or text == "":
        return LIMIT_DEFAULT
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= LIMIT_MAX:
        raise MalformedRequest(
            f"limit must be a whole number from 1 to {LIMIT_MAX}.", pointer="?limit"
        )
    return int(text)


def _value(row: Any, column: str) -> Any:
    for part in column.split("__"):
        row = row[part] if isinstance(row, dict) else getattr(row, part)
    return row


def _sealed(value: object, row_id: object, name: str) -> str:
    return signing.dumps(
        [name, json.loads(json.dumps(value, default=str)), str(row_id)], salt="cursor"
    )


def _opened(text: str | None, name: str) -> tuple[Any, str] | None:
    if not text:
        return None
    try:
        sealed_name, value, row_id = signing.loads(text, salt="cursor", max_age=CURSOR_SECONDS)
    except signing.SignatureExpired as error:
        raise Cursor(
            "The cursor is older than a day; start the list again.", pointer="?cursor"
        ) from error
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise MalformedRequest("The cursor is not one of ours.", pointer="?cursor") from error
    if sealed_name != name:
        raise Cursor(
            "The cursor belongs to another list, filter or order; start the list again.",
            pointer="?cursor",
        )
    return value, row_id
