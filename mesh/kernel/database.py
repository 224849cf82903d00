"""The database's own clock, and statements that it plans once per connection."""

from __future__ import annotations

import select
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections


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
    used: Any = connections[DEFAULT_DB_ALIAS]  # looked up once: the proxy does at every attribute
    used.ensure_connection()
    own: Any = psycopg.Cursor(used.connection)  # Django's would not prepare
    wrap = used.make_debug_cursor if used.queries_logged else used.make_cursor
    with wrap(own) as cursor:
        cursor.execute(statement, values)
        has_rows = own.pgresult is not None and own.pgresult.nfields > 0
        rows: list[tuple[Any, ...]] = own.fetchall() if has_rows else []
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
