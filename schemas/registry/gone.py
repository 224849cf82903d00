"""Hears from other processes that schemas are gone or hidden, so that kept answers are dropped."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, Final

import psycopg
import structlog
from django.db import connection

from schemas.registering.gone import CHANNEL

log = structlog.get_logger(__name__)
RECONNECT_SECONDS: Final = 1.0
HEARING_SECONDS: Final = 0.5


class GoneListener:
    """A thread with its own connection that LISTENs; every message or reconnect clears."""

    def __init__(self, clear: Callable[[], None]) -> None:
        self._clear = clear
        self._loop = asyncio.get_running_loop()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="registry-gone", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End within a second or two."""
        self._stopping.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except psycopg.Error as error:
                log.warning("registry_not_listening", error=str(error)[:200])
                self._stopping.wait(RECONNECT_SECONDS)

    def _listen(self) -> None:
        with psycopg.connect(**_parameters(), autocommit=True) as own:
            own.execute(f"listen {CHANNEL}")
            self._clear_on_loop()  # what was missed while nobody listened
            while not self._stopping.is_set():
                for _ in own.notifies(timeout=HEARING_SECONDS, stop_after=1):
                    self._clear_on_loop()

    def _clear_on_loop(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._clear)


def _parameters() -> dict[str, Any]:
    given = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port", "connect_timeout")
    return {name: given[name] for name in names if given.get(name)}
