"""The database's own clock, and statements that it plans once per connection."""

from __future__ import annotations

import select
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg
from django.db import connection


def database_now() -> datetime:
    """`clock_timestamp()` of PostgreSQL, in UTC. Costs one query."""
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        row = cursor.fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


def prepared(
    statement: str, values: Sequence[Any] | Mapping[str, Any] = ()
) -> list[tuple[Any, ...]]:
    """The rows of a statement of ours, planned once per connection where the role prepares.

    Runs on Django's connection, inside its transaction. For statements that are asked thousands of
    times: planning a join of five tables costs ten times what running it costs.
    """
    connection.ensure_connection()
    own: Any = psycopg.Cursor(connection.connection)  # Django's would not prepare
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(own) as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall() if cursor.description else []
    return rows


def drop_dead_connection() -> None:
    """Close this thread's connection if its other end is gone. Costs no round trip.

    An idle connection has nothing to say: when it can be read, the server closed it.
    """
    raw: Any = connection.connection
    if raw is None:
        return
    watched = select.poll()  # select() refuses descriptors above 1,023
    if not raw.closed:
        watched.register(raw.fileno(), select.POLLIN)
    if raw.closed or watched.poll(0):
        connection.close()
