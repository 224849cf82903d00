"""Registration: identity, versions, ids, levels, rights, the gate, what is written beside it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections

from mesh.audit.actions import audited
from mesh.audit.models import AuditEvent, OutboxEvent
from mesh.audit.principal import ANONYMOUS, SYSTEM, Principal
from mesh.kernel.errors import MeshError, NotAllowed, NotSignedIn
from mesh.people.models import ObjectScope
from schemas import ports
from schemas.actions import delete_subject, delete_version, register_version, set_level, set_mode
from schemas.errors import (
    GateUnavailable,
    InvalidReference,
    InvalidSchemaText,
    InvalidSubjectName,
    NotPermittedHere,
    ReferencedElsewhere,
    RegistrationRefused,
    SubjectMissing,
)
from schemas.models import Field, RegistryContext, SchemaContent, SchemaId, SchemaVersion, Subject
from schemas.ports import Allow, Candidate, Refuse
from schemas.signals import version_registered
from tests.rooms.schemas.conftest import record


def own(name: str, team: Any, **more: Any) -> None:
    subject = Subject.objects.get(name=name)
    ObjectScope.objects.create(
        kind="subject", object_id=subject.public_id, team=team, product_slug="orders", **more
    )


def test_same_content_answers_the_same_version(people: dict[str, Principal]) -> None:
    first = register_version("orders-value", record("id"), by=people["engineer"])
    spaced = register_version("orders-value", "  " + record("id"), by=people["engineer"])
    again = register_version("orders-value", record("id"), by=people["engineer"])
    assert (first.version, first.schema_id, first.created) == (1, 1, True)
    assert (spaced.version, spaced.schema_id, spaced.created) == (1, 1, False)
    assert (again.version, again.schema_id, again.created) == (1, 1, False)
    assert SchemaVersion.objects.count() == 1


def test_one_content_has_one_id_in_every_subject(people: dict[str, Principal]) -> None:
    numbers = [
        register_version(name, record("id"), by=people["engineer"]).schema_id for name in "abc"
    ]
    other = register_version("a", record("id", optional=("x",)), by=people["engineer"])
    assert numbers == [1, 1, 1]
    assert (other.schema_id, other.version) == (2, 2)
    assert RegistryContext.objects.get(name=".").last_id == 2


def test_contexts_count_their_own_ids(people: dict[str, Principal]) -> None:
    register_version("a", record("id"), by=people["engineer"])
    other = register_version(":.test:a", record("id", optional=("x",)), by=people["engineer"])
    assert (other.subject, other.schema_id, other.version) == (":.test:a", 1, 1)


def test_fields_and_identity_are_stored_once(people: dict[str, Principal]) -> None:
    register_version("a", record("id", optional=("price",)), by=people["engineer"])
    register_version("b", record("id", optional=("price",)), by=people["engineer"])
    assert [row.path for row in Field.objects.order_by("ordinal")] == ["id", "price"]
    assert SchemaContent.objects.count() == 1


def test_registration_is_audited_announced_and_checked_later(
    people: dict[str, Principal], woken: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    heard: list[tuple[int, int]] = []

    def hear(sender: Any, subject_id: int, version: int, **more: Any) -> None:
        heard.append((subject_id, version))

    version_registered.connect(hear)
    with django_capture_on_commit_callbacks(execute=True):
        register_version("a", record("id"), by=people["engineer"])
    version_registered.disconnect(hear)
    subject = Subject.objects.get()
    assert heard == [(subject.pk, 1)]
    assert ("schemas.check_subject", (subject.pk,)) in woken
    event = AuditEvent.objects.get(action="schema_registered")
    assert event.change["schema_id"] == [None, 1]
    assert OutboxEvent.objects.filter(name="schema_registered").count() == 1


def test_incompatible_content_is_refused_and_nothing_is_written(
    people: dict[str, Principal],
) -> None:
    register_version("a", record("id"), by=people["engineer"])
    with pytest.raises(RegistrationRefused) as caught:
        register_version("a", record("id", "price"), by=people["engineer"])
    assert caught.value.answer_code == 40901
    assert caught.value.comparison is not None
    assert caught.value.comparison.against == 1
    assert SchemaContent.objects.count() == 1
    assert RegistryContext.objects.get().last_id == 1


@pytest.mark.parametrize(
    ("level", "allowed"), [("BACKWARD", True), ("BACKWARD_TRANSITIVE", False), ("NONE", True)]
)
def test_transitive_levels_ask_every_version(
    people: dict[str, Principal], level: str, allowed: bool
) -> None:
    plain = '{"type": "record", "name": "R", "fields": [{"name": "a", "type": "%s"%s}]}'
    set_level("a", "NONE", by=people["engineer"])
    register_version("a", plain % ("string", ""), by=people["engineer"])
    register_version("a", plain % ("int", ""), by=people["engineer"])
    set_level("a", level, by=people["engineer"])
    if allowed:
        assert register_version("a", plain % ("long", ""), by=people["engineer"]).version == 3
    else:
        with pytest.raises(RegistrationRefused) as caught:
            register_version("a", plain % ("long", ""), by=people["engineer"])
        assert caught.value.comparison is not None
        assert caught.value.comparison.against == 1


@pytest.mark.parametrize("name", ["", "a\x00b", "a\nb", "\x7f", "__GLOBAL", "x" * 513, "\ud800"])
def test_bad_subject_names_are_refused(people: dict[str, Principal], name: str) -> None:
    with pytest.raises(InvalidSubjectName):
        register_version(name, record("id"), by=people["engineer"])


@pytest.mark.parametrize("text", ["", "{}", '"nothing"', '{"type":"record","name":"R"}', "[" * 400])
def test_bad_schemas_are_refused(people: dict[str, Principal], text: str) -> None:
    with pytest.raises(InvalidSchemaText):
        register_version("a", text, by=people["engineer"])
    assert Subject.objects.count() == 0


def test_owned_subjects_are_their_teams(
    people: dict[str, Principal], teams: Any, robot: Principal
) -> None:
    register_version("a", record("id"), by=people["engineer"])
    own("a", teams["orders"])
    wider = record("id", optional=("x",))
    for name in ("consumer", "reader", "admin"):
        with pytest.raises(NotAllowed):
            register_version("a", wider, by=people[name])
    with pytest.raises(NotSignedIn):
        register_version("a", wider, by=ANONYMOUS)
    assert register_version("a", wider, by=robot).version == 2
    assert register_version("a", wider, by=people["consumer"]).created is False


def test_a_hidden_subject_is_missing_for_others(people: dict[str, Principal], teams: Any) -> None:
    register_version("a", record("id"), by=people["engineer"])
    own("a", teams["orders"], visibility="restricted")
    with pytest.raises(SubjectMissing):
        register_version("a", record("id"), by=people["consumer"])


def test_closed_registration_refuses_unowned_subjects(
    people: dict[str, Principal], settings: Any
) -> None:
    settings.OPEN_REGISTRATION = False
    with pytest.raises(NotAllowed):
        register_version("a", record("id"), by=people["engineer"])
    assert register_version("a", record("id"), by=SYSTEM).version == 1


def test_levels_of_owned_subjects_only_get_stricter(
    people: dict[str, Principal], teams: Any
) -> None:
    register_version("a", record("id"), by=people["engineer"])
    own("a", teams["orders"])
    with pytest.raises(NotAllowed):
        set_level("a", "FULL", by=people["engineer"])
    set_level("a", "FULL", by=people["owner"])
    for laxer in ("BACKWARD", "FORWARD_TRANSITIVE", "NONE", ""):
        with pytest.raises(NotPermittedHere):
            set_level("a", laxer, by=people["owner"])
    set_level("a", "NONE", by=SYSTEM, approval=object())
    assert Subject.objects.get().compatibility == "NONE"


def test_owned_subjects_are_removed_for_good_only_by_decision(
    people: dict[str, Principal], teams: Any
) -> None:
    register_version("a", record("id"), by=people["engineer"])
    own("a", teams["orders"])
    assert delete_subject("a", by=people["owner"]) == [1]
    with pytest.raises(NotPermittedHere):
        delete_subject("a", by=people["owner"], permanent=True)
    assert delete_subject("a", by=SYSTEM, permanent=True, approval=object()) == [1]
    assert Subject.objects.count() == 0


def test_read_only_blocks_new_content_but_not_what_is_there(people: dict[str, Principal]) -> None:
    register_version("a", record("id"), by=people["engineer"])
    set_mode("a", "READONLY", by=people["governor"])
    assert register_version("a", record("id"), by=people["engineer"]).version == 1
    with pytest.raises(NotPermittedHere):
        register_version("a", record("id", optional=("x",)), by=people["engineer"])
    with pytest.raises(NotPermittedHere):
        delete_subject("a", by=people["engineer"])


def test_deleted_content_comes_back_with_its_id_and_a_new_version(
    people: dict[str, Principal],
) -> None:
    first = register_version("a", record("id"), by=people["engineer"])
    register_version("a", record("id", optional=("x",)), by=people["engineer"])
    delete_version("a", 1, by=people["engineer"])
    back = register_version("a", record("id"), by=people["engineer"])
    assert (back.version, back.schema_id) == (3, first.schema_id)
    assert sorted(SchemaVersion.objects.values_list("version", flat=True)) == [2, 3]


def test_references_pin_versions_and_protect_them(people: dict[str, Principal]) -> None:
    engineer = people["engineer"]
    register_version("line", record("id", name="Line"), by=engineer)
    outer = (
        '{"type":"record","name":"B","namespace":"shop","fields":[{"name":"l","type":"shop.Line"}]}'
    )
    with pytest.raises(InvalidSchemaText):
        register_version("b", outer, by=engineer)
    latest = [{"name": "shop.Line", "subject": "line", "version": -1}]
    done = register_version("b", outer, references=latest, by=engineer)
    assert done.references[0].version == 1
    assert register_version("b", outer, references=latest, by=engineer).created is False
    with pytest.raises(ReferencedElsewhere):
        delete_subject("line", by=engineer)
    for bad in (
        [{"name": "x", "subject": "line", "version": 7}],
        [{"name": "x", "subject": "no", "version": 1}],
    ):
        with pytest.raises(InvalidReference):
            register_version("c", outer, references=bad, by=engineer)
    shapeless: tuple[list[Any], ...] = (
        ["x"],
        [{}],
        [{"name": "x", "subject": "line", "version": "1"}],
    )
    for malformed in shapeless:
        with pytest.raises(MeshError):
            register_version("c", outer, references=malformed, by=engineer)


def test_the_gate_sees_the_candidate_and_decides(people: dict[str, Principal]) -> None:
    seen: list[Candidate] = []

    def gate(candidate: Candidate, principal: Principal, approval: Any) -> Allow | Refuse:
        seen.append(candidate)
        return Allow() if approval else Refuse(42205, "Not without an approval.")

    ports.set_gate(gate)
    with pytest.raises(RegistrationRefused) as caught:
        register_version("a", record("id"), by=people["engineer"])
    assert (caught.value.answer_code, caught.value.status) == (42205, 422)
    assert Subject.objects.count() == 0
    register_version("a", record("id"), by=people["engineer"], approval=object())
    register_version("a", record("id"), by=people["engineer"])
    assert [(one.subject, one.level, one.latest_version) for one in seen] == [
        ("a", "BACKWARD", 0),
        ("a", "BACKWARD", 0),
    ]


def test_an_approval_may_let_incompatible_content_in(people: dict[str, Principal]) -> None:
    register_version("a", record("id"), by=people["engineer"])
    ports.set_gate(lambda candidate, principal, approval: Allow())
    assert register_version("a", record("id", "price"), by=people["engineer"]).version == 2


def test_a_gate_that_fails_refuses(people: dict[str, Principal]) -> None:
    def broken(candidate: Candidate, principal: Principal, approval: Any) -> Allow:
        raise ValueError("no")

    ports.set_gate(broken)
    with pytest.raises(GateUnavailable):
        register_version("a", record("id"), by=people["engineer"])
    ports.set_gate(None)
    with pytest.raises(GateUnavailable):
        register_version("a", record("id"), by=people["engineer"])
    assert SchemaId.objects.count() == 0


def test_what_a_gate_writes_survives_its_refusal(people: dict[str, Principal]) -> None:
    def gate(candidate: Candidate, principal: Principal, approval: Any) -> Refuse:
        RegistryContext.objects.create(name=".written-by-the-gate")
        return Refuse(42205, "Proposed instead.", "http://example.invalid/governance/requests/1")

    ports.set_gate(gate)
    with pytest.raises(RegistrationRefused):
        register_version("a", record("id"), by=people["engineer"])
    assert RegistryContext.objects.filter(name=".written-by-the-gate").exists()


def test_registration_joins_the_transaction_of_an_outer_action(
    people: dict[str, Principal],
) -> None:
    @audited
    def outer(*, by: Principal) -> None:
        register_version("a", record("id"), by=by)
        raise NotAllowed

    with pytest.raises(NotAllowed):
        outer(by=people["engineer"])
    assert SchemaVersion.objects.count() == 0
    assert AuditEvent.objects.filter(action="schema_registered").count() == 0


def together(count: int, call: Callable[[int], Any]) -> list[Any]:
    """Run a call in threads that start at one moment; answers results and refusals."""
    barrier = threading.Barrier(count)
    results: list[Any] = [None] * count

    def run(index: int) -> None:
        barrier.wait(timeout=20)
        try:
            results[index] = call(index)
        except MeshError as error:
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=40)
    return results


@pytest.mark.django_db(transaction=True)
def test_sixteen_threads_with_one_schema_make_one_version(people: dict[str, Principal]) -> None:
    results = together(16, lambda index: register_version("a", record("id"), by=people["engineer"]))
    assert {(one.version, one.schema_id) for one in results} == {(1, 1)}
    assert sum(one.created for one in results) == 1
    assert SchemaVersion.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_sixteen_threads_with_different_schemas_number_without_gaps(
    people: dict[str, Principal],
) -> None:
    results = together(
        16,
        lambda index: register_version(
            "a", record("id", optional=(f"x{index}",)), by=people["engineer"]
        ),
    )
    assert sorted(one.version for one in results) == list(range(1, 17))
    assert sorted(one.schema_id for one in results) == list(range(1, 17))


@pytest.mark.django_db(transaction=True)
def test_one_content_in_sixteen_subjects_gets_one_id(people: dict[str, Principal]) -> None:
    results = together(
        16, lambda index: register_version(f"s{index}", record("id"), by=people["engineer"])
    )
    assert {one.schema_id for one in results} == {1}
    assert {one.version for one in results} == {1}
    assert RegistryContext.objects.get().last_id == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", range(3))
def test_jointly_incompatible_schemas_are_never_both_accepted(
    people: dict[str, Principal], round_number: int
) -> None:
    kinds = ("string", "int")
    plain = '{"type": "record", "name": "R", "fields": [{"name": "a", "type": "%s"}]}'
    results = together(
        8, lambda index: register_version("a", plain % kinds[index % 2], by=people["engineer"])
    )
    assert SchemaVersion.objects.count() == 1
    assert sum(isinstance(one, RegistrationRefused) for one in results) == 4


@pytest.mark.django_db(transaction=True)
def test_a_referrer_and_the_deletion_of_its_target_never_both_win(
    people: dict[str, Principal],
) -> None:
    engineer = people["engineer"]
    outer = (
        '{"type":"record","name":"B","namespace":"shop","fields":[{"name":"l","type":"shop.Line"}]}'
    )
    reference = [{"name": "shop.Line", "subject": "line", "version": 1}]
    register_version("line", record("id", name="Line"), by=engineer)

    def call(index: int) -> Any:
        if index % 2:
            return delete_subject("line", by=engineer)
        return register_version(f"b{index}", outer, references=reference, by=engineer)

    together(6, call)
    live = SchemaVersion.objects.filter(deleted_at__isnull=True)
    target_lives = live.filter(subject__name="line").exists()
    assert target_lives or not live.filter(subject__name__startswith="b").exists()


def test_identity_follows_the_documented_digest(people: dict[str, Principal]) -> None:
    import hashlib

    text = '{"type":"string"}'
    done = register_version("a", text, by=people["engineer"])
    stored = SchemaContent.objects.get().text
    assert done.guid == uuid.UUID(bytes=hashlib.md5(stored.encode()).digest())
    assert stored == '"string"'


def test_a_registration_costs_a_bounded_number_of_statements(
    people: dict[str, Principal], django_assert_max_num_queries: Any
) -> None:
    for index in range(12):
        register_version("a", record("id", optional=(f"x{index}",)), by=people["engineer"])
    with django_assert_max_num_queries(30):
        register_version("a", record("id", optional=("new",)), by=people["engineer"])
    with django_assert_max_num_queries(4):
        register_version("a", record("id", optional=("new",)), by=people["engineer"])
    assert connection.in_atomic_block
