"""Samples of real records: ids known and of this topic, payloads readable, nothing of them kept."""

from __future__ import annotations

import io
import json
from typing import Any

import fastavro
import pytest

from catalog.actions.schema_incidents import judge_subject
from catalog.models import DataProduct, Incident
from catalog.sampling import sample as sampling
from catalog.sampling.decoding import decode
from catalog.sampling.framing import Framed, unframe
from mesh.audit.principal import SYSTEM
from mesh.kernel.database import database_now
from schemas.models import SchemaId, Subject, SubjectCheck
from streams.kafka.results import Known, RawRecord, Reason, Tail, Unknown
from streams.models import Topic, TopicSamplingRun
from tests.factories import catalog, schemas

pytestmark = pytest.mark.django_db
ORDER = {"order_id": "secret-number", "customer_id": "c", "amount": 5}


def encoded(value: dict[str, Any], number: int, text: str = schemas.ORDER) -> bytes:
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, json.loads(text), value)
    return b"\x00" + number.to_bytes(4, "big") + stream.getvalue()


@pytest.fixture
def product(db: None) -> DataProduct:
    return catalog.active(sampling=True)


@pytest.fixture
def number(product: DataProduct) -> int:
    return SchemaId.objects.get(versions__subject__name="commerce.orders-value").number


@pytest.fixture
def look(product: DataProduct, monkeypatch: pytest.MonkeyPatch) -> Any:
    topic = Topic.objects.get()

    def sample(*values: bytes | None) -> TopicSamplingRun:
        records = tuple(
            RawRecord(0, offset, 0, "CreateTime", b"plain key", value, ())
            for offset, value in enumerate(values)
        )
        answer = Known(Tail(topic.name, records, "END", ()), 0, 0)
        monkeypatch.setattr(sampling.read, "tail", lambda *_, **__: answer)
        run = sampling.sample_topic(topic.pk, by=SYSTEM)
        assert run is not None
        return run

    return sample


def test_a_clean_sample_opens_nothing_and_keeps_no_payload(look: Any, number: int) -> None:
    run = look(encoded(ORDER, number), None, encoded(ORDER, number))
    assert (run.outcome, run.records) == ("done", 3)
    assert [(each["verdict"], each["count"]) for each in run.findings] == [("ok", 2)]
    assert "secret-number" not in json.dumps(run.findings)
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    ("bad", "verdict"),
    [
        (lambda number: b"\x00\x00\x0f\x42\x40abc", "unknown_id"),
        (lambda number: b"not framed", "unframed"),
        (lambda number: b"", "unframed"),
        (lambda number: encoded(ORDER, number)[:8], "undecodable"),
        (lambda number: encoded(ORDER, number) + b"more", "undecodable"),
    ],
)
def test_a_bad_record_opens_an_incident_that_a_clean_sample_closes(
    look: Any, number: int, bad: Any, verdict: str
) -> None:
    run = look(encoded(ORDER, number), bad(number))
    assert verdict in [each["verdict"] for each in run.findings]
    incident = Incident.objects.get()
    assert (incident.kind, incident.resolved_at) == ("schema", None)
    assert incident.target_key.startswith("topic:")
    assert DataProduct.objects.get().health == "failing"
    look(bad(number))
    assert Incident.objects.count() == 1
    look()
    assert Incident.objects.get().resolved_at is None
    look(encoded(ORDER, number))
    assert Incident.objects.get().resolved_at is not None


def test_a_schema_of_another_topic_is_foreign(look: Any) -> None:
    text = '{"type":"record","name":"Other","fields":[{"name":"a","type":"string"}]}'
    version = schemas.version(schemas.subject("elsewhere-value", text), text)
    run = look(encoded({"a": "x"}, version.schema_id.number, text))
    assert [each["verdict"] for each in run.findings] == ["foreign"]
    assert Incident.objects.get().evidence["schema_id"] == version.schema_id.number


def test_a_silent_broker_is_unknown_and_changes_no_incident(
    look: Any, product: DataProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(b"not framed")
    answer = Unknown(Reason.TIMEOUT, "no answer within 15 s")
    monkeypatch.setattr(sampling.read, "tail", lambda *_, **__: answer)
    run = sampling.sample_topic(Topic.objects.get().pk, by=SYSTEM)
    assert run is not None
    assert (run.outcome, run.reason, run.records) == ("unknown", "no answer within 15 s", 0)
    assert Incident.objects.get().resolved_at is None


def test_a_product_that_does_not_allow_it_is_not_sampled(product: DataProduct) -> None:
    DataProduct.objects.update(sampling=False)
    assert sampling.sample_topic(Topic.objects.get().pk, by=SYSTEM) is None
    assert not TopicSamplingRun.objects.exists()


def test_a_hostile_payload_ends_the_child_not_us() -> None:
    deep = '{"type":"record","name":"N","fields":[{"name":"n","type":["null","N"]}]}'
    answers = decode({1: deep}, [Framed(1, b"\x02" * 3_000_000)])
    assert answers[0] != ""
    huge = decode({2: '"bytes"'}, [Framed(2, b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f")])
    assert huge[0] != ""


@pytest.mark.parametrize("record", [b"", b"\x00", b"\x00\x00\x00\x00", b"\x01\x00\x00\x00\x01a"])
def test_what_is_not_framed_has_no_schema_id(record: bytes) -> None:
    assert unframe(record) is None


def test_an_incompatible_history_is_an_incident_until_it_is_compatible(
    product: DataProduct,
) -> None:
    subject = Subject.objects.get(name="commerce.orders-value")
    row = SubjectCheck.objects.create(
        subject=subject, checked_at=database_now(), level="BACKWARD", outcome="fail", versions=2,
        findings=[{"version": 2, "against": 1, "type": "x", "location": "/", "message": "m"}],
    )  # fmt: skip
    judge_subject(subject.pk)
    judge_subject(subject.pk)
    incident = Incident.objects.get()
    assert incident.target_key == f"subject:{subject.public_id}"
    row.outcome = "unknown"
    row.save(update_fields=["outcome"])
    judge_subject(subject.pk)
    assert Incident.objects.get().resolved_at is None
    row.outcome = "pass"
    row.save(update_fields=["outcome"])
    judge_subject(subject.pk)
    assert Incident.objects.get().resolved_at is not None
