"""Empties the tables after a test with real transactions: rows are deleted, files stay.

TRUNCATE makes new files for every table and index, hundreds of them for a handful of rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.db.backends.postgresql.operations import DatabaseOperations

_truncate = DatabaseOperations.sql_flush


def _delete(
    self: DatabaseOperations, style: Any, tables: Sequence[str], **options: bool
) -> list[str]:
    """Statements in any order of tables: foreign keys and triggers rest meanwhile.

    Only a superuser may put them to rest, and only TRUNCATE restarts numbering: else as before.
    """
    with self.connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        (superuser,) = cursor.fetchone()
    if not superuser or options.get("reset_sequences"):
        return list(_truncate(self, style, tables, **options))
    return [
        "SET LOCAL session_replication_role = replica",
        *(f"DELETE FROM {self.quote_name(table)}" for table in tables),
    ]


@contextmanager
def quick_emptying() -> Iterator[None]:
    """Django's flush deletes rows instead of truncating."""
    with patch.object(DatabaseOperations, "sql_flush", _delete):
        yield
