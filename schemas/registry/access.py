"""Counts who uses which schema, in memory; a thread writes the counts every few seconds."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Final

import structlog
from django.db import Error, connections

from mesh.audit.principal import SYSTEM, Principal
from mesh.kernel import clock
from schemas.actions import record_access
from schemas.registering.access import Seen
from schemas.registry.http import Use

log = structlog.get_logger(__name__)
FLUSH_SECONDS: Final = 5.0
FLUSH_KEYS: Final = 1_000
MOST_KEYS: Final = 10_000
Key = tuple[str, str, str, str, int]


class AccessCounts:
    """Counts by (principal, client, action, subject, schema id) until they are written."""

    def __init__(self) -> None:
        self._counts: dict[Key, Seen] = {}
        self._lock = threading.Lock()
        self._due = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def note(self, principal: Principal, client: str, use: Use) -> None:
        """Count one use."""
        who = principal.key if principal.is_signed_in else "anonymous"
        key = (who, client, use.action, use.subject, use.schema_number)
        now = clock.now()
        with self._lock:
            seen = self._counts.get(key)
            if seen is not None:
                seen.count += 1
                seen.last_seen = now
                return
            if len(self._counts) >= MOST_KEYS:
                self._counts.pop(next(iter(self._counts)))
            self._counts[key] = _first(key, principal.label, now)
            is_due = len(self._counts) >= FLUSH_KEYS
        if is_due:
            self._due.set()

    def flush(self) -> int:
        """Write what was counted. Returns the number of rows; counts survive a failed write."""
        with self._lock:
            counts, self._counts = self._counts, {}
        if not counts:
            return 0
        try:
            record_access(list(counts.values()), by=SYSTEM)
        except Error as error:
            log.warning("access_not_written", error=str(error)[:200])
            self._give_back(counts)
            return 0
        return len(counts)

    def _give_back(self, counts: dict[Key, Seen]) -> None:
        with self._lock:
            for key, seen in counts.items():
                newer = self._counts.get(key)
                if newer is not None:
                    newer.count += seen.count
                    newer.first_seen = seen.first_seen
                elif len(self._counts) < MOST_KEYS:
                    self._counts[key] = seen

    def start(self) -> None:
        """Begin to flush in the background."""
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="registry-access", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write the rest and end the thread."""
        self._stopping = True
        self._due.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping:
            self._due.wait(FLUSH_SECONDS)
            self._due.clear()
            self.flush()
            connections.close_all()


def _first(key: Key, label: str, now: datetime) -> Seen:
    who, client, action, subject, number = key
    return Seen(who, label[:200], client, action, subject, number, now, now, 1)
