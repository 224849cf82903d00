"""The scheduler process: any number may run, the slot row decides who starts what."""

from __future__ import annotations

import signal
import threading
from typing import Any

import structlog
from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections

from mesh.audit.schedule import tick
from mesh.kernel.database import database_now

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Start periodic tasks when their slot comes."

    def handle(self, *args: Any, **options: Any) -> None:
        ended = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
        while not ended.wait(1):
            try:
                tick(database_now().timestamp())
            except OperationalError as error:
                log.warning("beat_paused", detail=str(error)[:200])
                close_old_connections()
            except Exception as error:  # the message broker may be away
                log.warning("beat_failed", detail=f"{type(error).__name__}: {error}"[:200])
