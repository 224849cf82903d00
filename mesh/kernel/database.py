"""The database's clock: the only one that leases, schedules and expiry may use."""

from __future__ import annotations

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """`clock_timestamp()` of PostgreSQL, in UTC. Costs one query."""
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        row = cursor.fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment
