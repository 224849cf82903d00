"""The outbox handed to whoever passes it on: each event once, in the transaction that marks it done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

import structlog
from django.db import transaction

from mesh.audit.models import OutboxEvent
from mesh.kernel.database import database_now

log = structlog.get_logger(__name__)
Channel = Callable[[Sequence[OutboxEvent]], None]
BATCH: Final = 200
BATCHES: Final = 20  # of one run; the next run takes the rest
GIVE_UP: Final = timedelta(hours=1)  # an event that no channel can take is left behind after this
_channels: list[Channel] = []


def register_channel(channel: Channel) -> None:
    """A function that passes events on; it must be able to do so twice. Called in AppConfig.ready()."""
    _channels.append(channel)


def fan_out() -> int:
    """Pass on what waits; the number of events that are done."""
    done = 0
    for _ in range(BATCHES):
        due = OutboxEvent.objects.filter(done_at__isnull=True).order_by("pk")
        waiting = list(due.values_list("pk", flat=True)[:BATCH])
        passed = _pass_on(waiting) if waiting else 0
        done += passed
        if passed < BATCH:
            break
    return done


def _pass_on(ids: Sequence[int]) -> int:
    """All together; if one cannot be passed on, each alone, so that it holds up no other."""
    try:
        return _together(ids)
    except Exception:
        if len(ids) > 1:
            return sum(_pass_on([one]) for one in ids)
        log.exception("outbox_failed", outbox_id=ids[0])
        old = OutboxEvent.objects.filter(pk=ids[0], at__lt=database_now() - GIVE_UP)
        return old.update(done_at=database_now())


def _together(ids: Sequence[int]) -> int:
    with transaction.atomic():
        rows = OutboxEvent.objects.select_for_update(skip_locked=True, no_key=True)
        events = list(rows.filter(pk__in=ids, done_at__isnull=True).order_by("pk"))
        for channel in _channels:
            channel(events)
        done = [event.pk for event in events]
        OutboxEvent.objects.filter(pk__in=done).update(done_at=database_now())
    return len(events)
