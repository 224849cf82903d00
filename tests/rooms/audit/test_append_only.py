"""The audit trail only grows, whoever asks."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, connection, transaction

from mesh.audit.actions import audited, record
from mesh.audit.models import AuditEvent
from mesh.audit.principal import SYSTEM
from mesh.people.models import Team

pytestmark = pytest.mark.django_db


@pytest.fixture
def event() -> AuditEvent:
    @audited
    def make() -> None:
        record("team_created", Team.objects.create(slug="orders", name="Orders"), by=SYSTEM)

    make()
    return AuditEvent.objects.get()


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_auditevent set actor_label = 'somebody else'",
        "update audit_auditevent set id = id",
        "delete from audit_auditevent",
    ],
)
def test_an_entry_is_neither_changed_nor_deleted(event: AuditEvent, statement: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="only grows"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    kept = AuditEvent.objects.get()
    assert (kept.pk, kept.actor_label) == (event.pk, event.actor_label)


def test_columns_of_the_hash_chain_wait_empty(event: AuditEvent) -> None:
    assert (event.chain_sequence, event.previous_hash, event.own_hash) == (None, None, None)
