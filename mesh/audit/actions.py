"""The frame of every write: one transaction, audit and outbox rows last, announcements on commit."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

import structlog
from django.conf import settings
from django.db import connection, models, transaction
from django.dispatch import Signal

from mesh.audit.models import AuditEvent, OutboxEvent
from mesh.audit.principal import Principal
from mesh.audit.writing import write_rows
from mesh.kernel.database import prepared
from mesh.kernel.tasks import hints

P = ParamSpec("P")
R = TypeVar("R")
log = structlog.get_logger(__name__)
CHANGE_LIMIT = 16_000  # characters of one recorded change


@dataclass(slots=True)
class Collected:
    """What the actions of one transaction want written and announced at its end."""

    events: list[AuditEvent] = field(default_factory=list)
    outbox: list[OutboxEvent] = field(default_factory=list)
    announcements: list[tuple[Signal, dict[str, object]]] = field(default_factory=list)
    hints: list[tuple[str, tuple[object, ...]]] = field(default_factory=list)


_current: ContextVar[Collected | None] = ContextVar("collected", default=None)


def audited(function: Callable[P, R]) -> Callable[P, R]:
    """Run an action in one transaction; the outermost one writes audit and outbox rows last.

    An inner action that raises drops what it collected together with its savepoint.
    """

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        outer = _current.get()
        collected = Collected()
        token = _current.set(collected)
        try:
            with transaction.atomic():
                result = function(*args, **kwargs)
                if outer is None:
                    _write(collected)
        finally:
            _current.reset(token)
        if outer is not None:
            outer.events += collected.events
            outer.outbox += collected.outbox
            outer.announcements += collected.announcements
            outer.hints += collected.hints
        return result

    return wrapped


def _write(collected: Collected) -> None:
    if collected.events or collected.outbox:
        prepared("set constraints all immediate")
        write_rows(collected.events, collected.outbox)
    if collected.announcements or collected.hints or collected.outbox:
        transaction.on_commit(lambda: _after_commit(collected), robust=True)


def _after_commit(collected: Collected) -> None:
    for signal, arguments in collected.announcements:
        for receiver, answer in signal.send_robust(sender=None, **arguments):
            if isinstance(answer, Exception):
                log.error("receiver_failed", receiver=str(receiver), error=str(answer)[:300])
    sent: set[str] = set()
    for name, values in collected.hints:
        if (text := f"{name}{values!r}") not in sent:
            sent.add(text)
            hints.send(name, values)
    if collected.outbox:
        hints.send("audit.deliver_outbox", ())


def record(  # noqa: PLR0913  (the members of an audit event)
    action: str,
    target: models.Model,
    *,
    by: Principal,
    why: str = "",
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    outcome: str = "done",
    request_number: int | None = None,
) -> None:
    """Collect an audit event about `target`, whose audit_label/audit_scope tell name and owner."""
    change = {key: [(before or {}).get(key), value] for key, value in (after or {}).items()
              if (before or {}).get(key) != value}  # fmt: skip
    if len(str(change)) > CHANGE_LIMIT:
        change = {"note": ["", f"{len(change)} members changed; too long to keep"]}
    team_id, product_id = getattr(target, "audit_scope", ("", ""))
    _collected().events.append(
        AuditEvent(
            actor_kind=by.kind,
            actor_id=by.id,
            actor_label=by.label,
            auth_method=by.auth_method,
            request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
            room=target._meta.app_label,
            action=action,
            object_kind=target._meta.model_name or "",
            object_id=str(getattr(target, "public_id", target.pk)),
            object_label=str(target)[:300],
            team_id=str(team_id or ""),
            product_id=str(product_id or ""),
            outcome=outcome,
            reason=why,
            change=change,
            request_number=request_number,
        )
    )


def outbox(
    name: str, target: models.Model, *, teams: tuple[int, ...] = (), **payload: object
) -> None:
    """Collect an outbox event about `target`: ids and names only."""
    _collected().outbox.append(
        OutboxEvent(
            name=name,
            object_kind=target._meta.model_name or "",
            object_id=str(getattr(target, "public_id", target.pk)),
            payload={"label": str(target)[:200], **payload},
            team_ids=list(teams),
        )
    )


def announce(signal: Signal, **ids: object) -> None:
    """Collect an announcement that is sent after commit; receivers only wake tasks."""
    _collected().announcements.append((signal, ids))


def wake(task_name: str, *arguments: object) -> None:
    """Collect a wake-up hint for a task, sent after commit; outside an action it is sent at once."""
    collected = _current.get()
    if collected is not None:
        collected.hints.append((task_name, arguments))
    elif connection.in_atomic_block and not getattr(settings, "WAKE_AT_ONCE", False):
        transaction.on_commit(lambda: hints.send(task_name, arguments), robust=True)
    else:
        hints.send(task_name, arguments)


def _collected() -> Collected:
    collected = _current.get()
    if collected is None:
        raise RuntimeError("record, outbox and announce belong inside an @audited action")
    return collected
