"""Says that something was removed for good, to every registry process that keeps answers."""

from __future__ import annotations

from typing import Final

from django.db import connection

CHANNEL: Final = "registry_gone"


def tell_gone() -> None:
    """Say it when the running transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute(f"notify {CHANNEL}")
