"""`search`, `lag` and `check-schema`: questions to the catalogue, the sweeps and the readers."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mesh.cli.connection import Connection
from mesh.cli.outcomes import DONE, REFUSED, UNREACHABLE, NothingFound, WrongUsage
from mesh.cli.output import show, table

SCHEMA_LIMIT_BYTES = 512 * 1024
SEARCH_COLUMNS = ("kind", "name", "domain", "team", "health", "line")
LAG_COLUMNS = ("group", "topic", "status", "lag_records", "lag_seconds", "covered", "as_of", "why")
VERDICT_COLUMNS = ("verdict", "name", "product", "group", "reason")
# SILENT: the reader goes on, with values that mean something else.
BREAKING, UNDECIDED = {"break", "silent"}, "unknown"
OUTCOMES = {
    "same": "the newest version says the same",
    "register": "would be registered",
    "incompatible": "would be refused: not compatible",
    "invalid": "would be refused: not valid Avro",
}


def search(connection: Connection, query: str, limit: int, form: str) -> int:
    """Print what matches, best first."""
    answer = connection.get("search", q=query, limit=limit)
    show(answer, form, _hit_lines(answer))
    return DONE


def _hit_lines(answer: dict[str, Any]) -> Iterator[str]:
    rows = [
        (
            hit["kind"],
            hit["name"],
            hit["domain"],
            hit["team"],
            hit["health"],
            hit["line"],
        )
        for hit in answer["items"]
    ]
    yield from table(SEARCH_COLUMNS, rows)
    yield (
        "more match: narrow the search or raise --limit"
        if answer.get("next")
        else (f"{len(rows)} found" if rows else "nothing found")
    )


def lag(connection: Connection, name: str, form: str) -> int:
    """Print how far a consumer group, or each reader of a product, is behind; 3 when any is unknown."""
    rows = _group_rows(connection, name) or _product_rows(connection, name)
    if rows is None:
        raise NothingFound(
            f"No consumer group and no product is called {name[:100]}",
            "Groups are known once a sweep has seen them; names are exact.",
        )
    lines = table(LAG_COLUMNS, [[row[column] for column in LAG_COLUMNS] for row in rows])
    show(rows, form, lines or ["nobody reads it"])
    return UNREACHABLE if any(row["status"] == "unknown" for row in rows) else DONE


def _group_rows(connection: Connection, name: str) -> list[dict[str, Any]]:
    """A row per topic of each group of this name; a group without commits has one row."""
    rows: list[dict[str, Any]] = []
    for group in connection.rows("consumer-groups", group_id=name):
        rows += [
            _lag_row(
                name,
                row,
                row["lag_seconds_min"],
                row["lag_seconds_max"],
                f"{row['covered_partitions']} of {row['partitions']}",
            )
            for row in group["lags"]
        ]
        if not group["lags"]:
            why = group["unknown_reason"] or "the group has no offsets on any topic"
            rows.append(
                _lag_row(name, {"status": "unknown", "unknown_reason": why}, None, None, "")
            )
    return rows


def _product_rows(connection: Connection, slug: str) -> list[dict[str, Any]] | None:
    """A row per reader of the product; None when there is no such product."""
    try:
        product = connection.get(f"products/by-slug/{urllib.parse.quote(slug, safe='')}")
    except NothingFound:
        return None
    return [
        _lag_row(
            row["group"] or row["product"],
            row,
            row["age_lo_seconds"],
            row["age_hi_seconds"],
            "",
        )
        for row in connection.get(f"products/{product['id']}/consumers")["items"]
    ]


def _lag_row(
    group: str, row: dict[str, Any], low_s: int | None, high_s: int | None, covered: str
) -> dict[str, Any]:
    status = str(row["status"]).lower()
    known = status != "unknown"
    return {
        "group": group,
        "topic": row.get("topic") or None,
        "status": status,
        "lag_records": row.get("lag_records") if known else None,
        "lag_seconds": _interval(low_s, high_s) if known else None,
        "covered": covered or None,
        "as_of": row.get("as_of"),
        "why": row.get("unknown_words") or row.get("unknown_reason") or None,
    }


def _interval(low_s: int | None, high_s: int | None) -> str | None:
    """Age of the oldest unread record: it is known as an interval only."""
    if low_s is None:
        return None
    if high_s is None or high_s < 0:
        return f"{low_s} or more"
    return str(low_s) if low_s == high_s else f"{low_s} to {high_s}"


def check_schema(connection: Connection, subject: str, file: str, form: str) -> int:
    """Print what would happen if the schema were registered: verdict under the level, per reader.

    0 when it holds, 1 when it is refused or breaks a reader, 3 when a verdict is unknown.
    """
    answer = connection.post("schema-checks", {"subject": subject, "schema": _schema_text(file)})
    impact = answer["impact"] or {"readers": [], "headline": "readers are not judged"}
    show(answer, form, _verdict_lines(answer, impact))
    verdicts = {str(reader["verdict"]) for reader in impact["readers"]}
    if answer["outcome"] not in ("same", "register") or verdicts & BREAKING:
        return REFUSED
    return UNREACHABLE if UNDECIDED in verdicts else DONE


def _schema_text(file: str) -> str:
    try:
        with Path(file).open(encoding="utf-8") as opened:
            text = opened.read(SCHEMA_LIMIT_BYTES + 1)
    except OSError as error:
        raise WrongUsage(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeError as error:
        raise WrongUsage(f"{file} is not UTF-8 text") from error
    if len(text.encode()) > SCHEMA_LIMIT_BYTES:
        raise WrongUsage(f"{file} is larger than 512 KiB")
    return text


def _verdict_lines(answer: dict[str, Any], impact: dict[str, Any]) -> Iterator[str]:
    yield f"{OUTCOMES.get(answer['outcome'], answer['outcome'])} (level {answer['level']})"
    for complaint in answer["complaints"]:
        line = f"line {complaint['line']}: " if complaint.get("line") else ""
        yield f"  ! {line}{complaint['pointer'] or '/'}: {complaint['message']}"
        if complaint.get("help"):
            yield f"    {complaint['help']}"
    for finding in answer["findings"]:
        yield f"  ? {finding}"
    rows = [[reader[column] for column in VERDICT_COLUMNS] for reader in impact["readers"]]
    yield from table(VERDICT_COLUMNS, rows)
    yield str(impact["headline"])
