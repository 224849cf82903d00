"""Audit and outbox rows of one transaction, written in one prepared statement."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from django.db import models

from mesh.audit.models import AuditEvent, OutboxEvent
from mesh.kernel.database import prepared

BY_DATABASE: Final = frozenset(
    {"id", "at", "done_at", "chain_sequence", "previous_hash", "own_hash"}
)


def _columns(model: type[models.Model]) -> tuple[str, ...]:
    """What we give; the rest the database fills in."""
    names = (one.attname for one in model._meta.concrete_fields)  # our columns are named so too
    return tuple(name for name in names if name not in BY_DATABASE)


EVENT: Final = _columns(AuditEvent)
OUTBOX: Final = _columns(OutboxEvent)


def _insert(table: str, columns: Sequence[str]) -> str:
    names = ", ".join(columns)
    return (
        f"insert into {table} ({names}) "  # noqa: S608  (names of our own columns)
        f"select {names} from json_populate_recordset(null::{table}, %s::json)"
    )


WRITE: Final = (
    f"with events as ({_insert('audit_auditevent', EVENT)}) {_insert('audit_outboxevent', OUTBOX)}"
)


def write_rows(events: Sequence[AuditEvent], outbox: Sequence[OutboxEvent]) -> None:
    """Insert the rows in their order. The objects get no primary keys."""
    prepared(WRITE, (_as_json(events, EVENT), _as_json(outbox, OUTBOX)))


def _as_json(rows: Sequence[models.Model], columns: Sequence[str]) -> str:
    return json.dumps([{name: _plain(getattr(row, name)) for name in columns} for row in rows])


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | dict | list) else str(value)
