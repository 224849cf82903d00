"""A write is whole or nothing: row, audit event, outbox and announcement together."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DataError
from django.dispatch import Signal

from mesh.audit.actions import announce, audited, outbox, record, wake
from mesh.audit.models import AuditEvent, OutboxEvent
from mesh.audit.principal import SYSTEM
from mesh.people.models import Team

happened = Signal()


@audited
def make(slug: str, *, fail: bool = False) -> Team:
    team = Team.objects.create(slug=slug, name=slug)
    record("team_created", team, by=SYSTEM, after={"slug": slug})
    outbox("team_created", team)
    announce(happened, team_id=team.pk)
    wake("catalog.something", team.pk)
    if fail:
        raise ValueError(slug)
    return team


@audited
def make_two(*, inner_fails: bool) -> None:
    make("outer")
    if inner_fails:
        with pytest.raises(ValueError, match="inner"):
            make("inner", fail=True)
    else:
        make("inner")


@pytest.fixture
def heard() -> Any:
    ids: list[int] = []

    def receive(sender: object, team_id: int, **_: object) -> None:
        ids.append(team_id)

    happened.connect(receive)
    yield ids
    happened.disconnect(receive)


@pytest.mark.django_db(transaction=True)
def test_everything_is_written_and_announced_after_commit(
    heard: list[int], woken: list[Any]
) -> None:
    team = make("orders")
    assert AuditEvent.objects.get().object_id == str(team.public_id)
    assert OutboxEvent.objects.get().name == "team_created"
    assert heard == [team.pk]
    assert ("catalog.something", (team.pk,)) in woken and ("audit.deliver_outbox", ()) in woken


@audited
def rename(team: Team, names: list[str]) -> None:
    for name in names:
        record(
            "team_renamed", team, by=SYSTEM, why="ä \"'\\\n☂", after={"name": name, "none": None}
        )
        outbox("team_renamed", team, teams=(7, 8), to=name, deep={"list": [1, None, True]})


@pytest.mark.django_db
def test_rows_keep_every_value_and_their_order() -> None:
    team = Team.objects.create(slug="orders", name="Örders ☂")
    rename(team, ["one", "two 'quoted'", "three"])
    events = list(AuditEvent.objects.order_by("id"))
    assert [event.change["name"][1] for event in events] == ["one", "two 'quoted'", "three"]
    first = events[0]
    assert (first.reason, first.object_label) == ("ä \"'\\\n☂", str(team))
    assert first.request_number is None and first.outcome == "done" and first.at is not None
    assert len({event.public_id for event in events}) == 3
    sent = list(OutboxEvent.objects.order_by("id"))
    assert [event.payload["to"] for event in sent] == ["one", "two 'quoted'", "three"]
    assert (sent[0].team_ids, sent[0].done_at) == ([7, 8], None)
    assert sent[0].payload["deep"] == {"list": [1, None, True]}


@pytest.mark.django_db(transaction=True)
def test_a_row_that_cannot_be_kept_undoes_the_change() -> None:
    team = Team.objects.create(slug="orders", name="orders")
    with pytest.raises(DataError):
        record_too_long(team)
    assert not AuditEvent.objects.exists() and Team.objects.get().name == "orders"


@audited
def record_too_long(team: Team) -> None:
    team.name = "other"
    team.save()
    record("x" * 81, team, by=SYSTEM)


@pytest.mark.django_db(transaction=True)
def test_failure_leaves_nothing_and_announces_nothing(heard: list[int], woken: list[Any]) -> None:
    with pytest.raises(ValueError, match="orders"):
        make("orders", fail=True)
    assert (
        not Team.objects.exists()
        and not AuditEvent.objects.exists()
        and not OutboxEvent.objects.exists()
    )
    assert heard == [] and woken == []


@pytest.mark.django_db(transaction=True)
def test_failed_inner_action_drops_what_it_collected(heard: list[int]) -> None:
    make_two(inner_fails=True)
    assert list(AuditEvent.objects.values_list("object_label", flat=True)) == ["outer"]
    assert len(heard) == 1


@pytest.mark.django_db(transaction=True)
def test_nested_actions_are_one_transaction(heard: list[int]) -> None:
    make_two(inner_fails=False)
    assert AuditEvent.objects.count() == 2 and len(heard) == 2


@pytest.mark.django_db
def test_record_outside_an_action_is_a_bug() -> None:
    team = Team.objects.create(slug="x", name="x")
    with pytest.raises(RuntimeError, match="audited"):
        record("team_created", team, by=SYSTEM)


@pytest.mark.django_db(transaction=True)
def test_failing_receiver_does_not_undo_the_change() -> None:
    def broken(sender: object, **_: object) -> None:
        raise RuntimeError("receiver")

    happened.connect(broken)
    try:
        make("orders")
    finally:
        happened.disconnect(broken)
    assert Team.objects.filter(slug="orders").exists()
