"""Whether PostgreSQL keeps what it has acknowledged: the registry hands out each id once, for ever."""

from __future__ import annotations

from typing import Final

import structlog
from django.db import connection

log = structlog.get_logger(__name__)
NEEDED: Final = ("fsync", "full_page_writes", "synchronous_commit")
_looked = False


def switched_off() -> list[str]:
    """Settings without which a power cut loses acknowledged rows, as this session sees them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select name from pg_settings where name = any(%s) and setting = 'off' order by name",
            [list(NEEDED)],
        )
        return [name for (name,) in cursor.fetchall()]


def warn_once() -> None:
    """Say it in the log of each process that finds them off; asked once, for a server seldom changes."""
    global _looked  # noqa: PLW0603  (once per process is the point)
    if _looked:
        return
    found = switched_off()
    _looked = True
    if found:
        log.warning(
            "database_forgets",
            settings=found,
            detail="After a power cut acknowledged schema ids may be lost and handed out again.",
        )
