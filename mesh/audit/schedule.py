"""Periodic work: declared by rooms in AppConfig.ready(), started by whoever wins the slot row."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connection

from mesh.kernel.tasks import publish


@dataclass(frozen=True, slots=True)
class Periodic:
    """A task started every `period_s`; `arguments` lists the calls of one slot (default: one)."""

    task: str
    period_s: int
    arguments: Callable[[int], Sequence[tuple[object, ...]]] | None = None


_periodic: dict[str, Periodic] = {}


def every(
    task: str, period_s: int, arguments: Callable[[int], Sequence[tuple[object, ...]]] | None = None
) -> None:
    """Declare that `task` runs every `period_s` seconds."""
    _periodic[task] = Periodic(task, period_s, arguments)


def declared() -> tuple[Periodic, ...]:
    """All periodic tasks."""
    return tuple(_periodic.values())


def take_slot(job: str, slot: int) -> bool:
    """Insert the slot row; True for the one process that did."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into audit_slot (job, slot) values (%s, %s) on conflict do nothing returning id",
            [job, slot],
        )
        return cursor.fetchone() is not None


def tick(now_s: float) -> int:
    """Start whatever is due at this instant. Returns the number of messages sent."""
    sent = 0
    for periodic in _periodic.values():
        slot = int(now_s // periodic.period_s)
        if not take_slot(periodic.task, slot):
            continue
        calls = periodic.arguments(slot) if periodic.arguments else [()]
        for call in calls:
            publish(periodic.task, call, expires_s=periodic.period_s)
            sent += 1
    if random.random() < 0.01:  # noqa: S311  (housekeeping, not a secret)
        with connection.cursor() as cursor:
            cursor.execute("delete from audit_slot where at < now() - interval '2 days'")
    return sent
