"""Advisory locks of registration: subjects in key order first, a context's ids last and shortest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mesh.kernel.database import prepared

SUBJECT_LOCKS: Final = 7301  # first key of the two-key advisory locks of this room
CONTEXT_LOCKS: Final = 7302


def lock_subjects(qualified_names: Iterable[str]) -> None:
    """Take the locks of these subjects until commit, in one fixed order.

    Whoever registers several schemas in one transaction takes all of them here first.
    """
    prepared(
        "select pg_advisory_xact_lock(%s::int, locks.key) from (select distinct hashtext(name) as key"
        " from unnest(%s::text[]) as name order by key offset 0) as locks",
        (SUBJECT_LOCKS, list(qualified_names)),
    )


def lock_context(context_id: int) -> None:
    """Take the lock under which a context hands out ids."""
    prepared("select pg_advisory_xact_lock(%s::int, %s::int)", (CONTEXT_LOCKS, context_id))
