"""First answers to POSTs with an Idempotency-Key: how long they are kept."""

from __future__ import annotations

from datetime import timedelta

from mesh.audit.models import IdempotencyRecord
from mesh.kernel.database import database_now

KEPT = timedelta(hours=24)


def forget_old_answers() -> int:
    """Delete what is older than a day. Answers how many."""
    return IdempotencyRecord.objects.filter(created_at__lt=database_now() - KEPT).delete()[0]
