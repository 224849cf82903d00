"""Verdicts on histories, previews, associations, counts of use, reads for other rooms."""

from __future__ import annotations

from typing import Any

import pytest

from mesh.audit.principal import SYSTEM, Principal
from mesh.kernel import clock
from schemas import queries
from schemas.actions import (
    AssociationEntry,
    check_subject,
    delete_subject,
    preview_registration,
    record_access,
    register_version,
    replace_derived_associations,
    set_level,
)
from schemas.checks import gate_is_filled
from schemas.models import Association, RegistryAccess, SchemaVersion, Subject, SubjectCheck
from schemas.ports import set_gate
from schemas.registering.access import Seen
from schemas.rhythm import SHARES, due_subjects
from schemas.signals import access_seen, subject_checked
from schemas.tasks import check_subject as check_subject_task
from tests.rooms.schemas.conftest import record


def test_a_history_is_judged_under_the_level_in_force(
    people: dict[str, Principal], django_capture_on_commit_callbacks: Any
) -> None:
    heard: list[str] = []

    def hear(sender: Any, subject_id: int, outcome: str, **more: Any) -> None:
        heard.append(outcome)

    subject_checked.connect(hear)
    set_level("a", "NONE", by=people["engineer"])
    for text in (record("id"), record("id", "price"), record("id", "price", optional=("x",))):
        register_version("a", text, by=people["engineer"])
    subject = Subject.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        assert check_subject(subject.pk, by=SYSTEM) == "pass"
    set_level("a", "BACKWARD", by=people["engineer"])
    with django_capture_on_commit_callbacks(execute=True):
        assert check_subject(subject.pk, by=SYSTEM) == "fail"
    subject_checked.disconnect(hear)
    row = SubjectCheck.objects.get()
    assert (row.level, row.versions) == ("BACKWARD", 3)
    assert [(one["version"], one["against"]) for one in row.findings] == [(2, 1)]
    assert row.findings[0]["type"] == "READER_FIELD_MISSING_DEFAULT_VALUE"
    assert heard == ["pass", "fail"]


def test_a_history_too_long_to_compare_is_unknown_not_healthy(
    people: dict[str, Principal], monkeypatch: pytest.MonkeyPatch
) -> None:
    register_version("a", record("id"), by=people["engineer"])
    monkeypatch.setattr("schemas.registering.checking.MOST_PAIRS", 0)
    assert check_subject(Subject.objects.get().pk, by=SYSTEM) == "unknown"
    assert "more than one check" in SubjectCheck.objects.get().findings[0]["message"]


def test_a_deleted_subject_has_no_verdict(people: dict[str, Principal]) -> None:
    register_version("a", record("id"), by=people["engineer"])
    pk = Subject.objects.get().pk
    check_subject(pk, by=SYSTEM)
    delete_subject("a", by=people["engineer"])
    assert check_subject(pk, by=SYSTEM) is None
    assert SubjectCheck.objects.count() == 0
    assert check_subject(10**9, by=SYSTEM) is None


def test_every_subject_has_its_turn(people: dict[str, Principal]) -> None:
    for index in range(7):
        register_version(f"s{index}", record("id"), by=people["engineer"])
    seen = [call[0] for slot in range(100, 100 + SHARES) for call in due_subjects(slot)]
    assert len(seen) == 7
    assert set(seen) == set(Subject.objects.values_list("pk", flat=True))


def test_previews_say_what_would_happen_and_write_nothing(people: dict[str, Principal]) -> None:
    viewer = people["reader"]
    assert preview_registration("a", record("id"), viewer=viewer).outcome == "register"
    assert Subject.objects.count() == 0
    register_version("a", record("id"), by=people["engineer"])
    same = preview_registration("a", " " + record("id"), viewer=viewer)
    wider = preview_registration("a", record("id", optional=("x",)), viewer=viewer)
    bad = preview_registration("a", record("id", "price"), viewer=viewer)
    broken = preview_registration("a", '{"type": "recor"}', viewer=viewer)
    assert (same.outcome, same.complaints) == ("same", ())
    assert (wider.outcome, [change.kind for change in wider.changes]) == (
        "register",
        ["field-added"],
    )
    assert (bad.outcome, bad.against, bad.complaints[0].pointer) == ("incompatible", 1, "/fields/1")
    assert "default" in bad.complaints[0].help
    assert (broken.outcome, broken.complaints[0].line) == ("invalid", 1)
    assert SchemaVersion.objects.count() == 1


def test_derived_associations_are_replaced_as_a_whole(db: None) -> None:
    def replace(*subjects: str) -> list[str]:
        entries = [AssociationEntry("value", subject, "topic-id") for subject in subjects]
        replace_derived_associations("cluster-1", "orders", entries, by=SYSTEM)
        rows = Association.objects.filter(resource_name="orders").order_by("subject_name")
        return list(rows.values_list("subject_name", flat=True))

    assert replace("a", "b") == ["a", "b"]
    kept = Association.objects.get(subject_name="b").public_id
    assert replace("b", "c") == ["b", "c"]
    assert Association.objects.get(subject_name="b").public_id == kept
    assert replace() == []


def test_counts_of_use_add_up(db: None, django_capture_on_commit_callbacks: Any) -> None:
    heard: list[list[int]] = []

    def hear(sender: Any, access_ids: list[int], **more: Any) -> None:
        heard.append(access_ids)

    access_seen.connect(hear)
    now = clock.now()
    one = Seen("service:1", "checkout", "python/2", "fetch", "a", 7, now, now, 3)
    other = Seen("service:1", "checkout", "python/2", "register", "a", 7, now, now, 1)
    with django_capture_on_commit_callbacks(execute=True):
        record_access([one, other], by=SYSTEM)
        record_access([one], by=SYSTEM)
        record_access([], by=SYSTEM)
    access_seen.disconnect(hear)
    assert RegistryAccess.objects.get(action="fetch").count == 6
    assert RegistryAccess.objects.count() == 2
    assert [len(ids) for ids in heard] == [2, 1, 0]


def test_other_rooms_read_texts_versions_and_readers(people: dict[str, Principal]) -> None:
    engineer = people["engineer"]
    register_version("line", record("id", name="Line"), by=engineer)
    outer = (
        '{"type":"record","name":"B","namespace":"shop","fields":[{"name":"l","type":"shop.Line"}]}'
    )
    reference = [{"name": "shop.Line", "subject": "line", "version": 1}]
    number = register_version("b", outer, references=reference, by=engineer).schema_id
    assert "Line" in (queries.schema_text(number) or "")
    assert '"name":"id"' not in (queries.schema_text(number) or "")
    assert '"fields":[{"name":"id"' in (queries.decodable_text(number) or "")
    assert queries.decodable_text(0) is None and queries.schema_text(2**40) is None
    assert queries.subjects_of_schema(number) == ["b"]
    latest = queries.latest("b")
    assert latest is not None and latest.version == 1
    assert queries.latest("nobody") is None and queries.latest("\x00") is None
    now = clock.now()
    record_access([Seen("service:1", "x", "", "fetch", "b", number, now, now, 1)], by=SYSTEM)
    assert queries.readers_seen("b") == {"service:1": number}


def test_a_registry_without_a_gate_does_not_start() -> None:
    assert gate_is_filled() == []
    set_gate(None)
    assert [problem.id for problem in gate_is_filled()] == ["schemas.E001"]


def test_one_message_may_ask_for_many_subjects(people: dict[str, Principal]) -> None:
    by = people["engineer"]
    made = [register_version(f"orders-{n}", record("id"), by=by).subject_id for n in range(3)]
    check_subject_task(made[0], 10**9, *made[1:])
    assert set(SubjectCheck.objects.values_list("subject_id", flat=True)) == set(made)
