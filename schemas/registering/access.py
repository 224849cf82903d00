"""Counts of use, added to what is stored in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

ADD: Final = """
insert into schemas_registryaccess as kept
    (principal, principal_label, client, action, subject_name, schema_number,
     first_seen, last_seen, count)
select * from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::int[],
                     %s::timestamptz[], %s::timestamptz[], %s::bigint[])
on conflict (principal, client, action, subject_name, schema_number) do update set
    last_seen = greatest(kept.last_seen, excluded.last_seen),
    principal_label = excluded.principal_label,
    count = kept.count + excluded.count
returning id
"""


@dataclass(slots=True)
class Seen:
    """A principal used a schema so many times in some way."""

    principal: str
    label: str
    client: str
    action: str
    subject: str
    schema_number: int
    first_seen: datetime
    last_seen: datetime
    count: int


def write_access(seen: Sequence[Seen]) -> list[int]:
    """Add the counts; answers the rows' primary keys. Rows are locked in key order."""
    if not seen:
        return []
    rows = sorted(
        seen,
        key=lambda one: (one.principal, one.client, one.action, one.subject, one.schema_number),
    )
    columns: list[Any] = [
        [one.principal for one in rows],
        [one.label for one in rows],
        [one.client for one in rows],
        [one.action for one in rows],
        [one.subject for one in rows],
        [one.schema_number for one in rows],
        [one.first_seen for one in rows],
        [one.last_seen for one in rows],
        [one.count for one in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(ADD, columns)
        return [row[0] for row in cursor.fetchall()]
