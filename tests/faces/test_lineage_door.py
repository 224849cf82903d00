"""The OpenLineage door over HTTP: stock client, examples of the specification, bad input."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from lineage.models import Edge, LineageEvent, Run
from mesh.audit.principal import Principal
from streams.models import ClusterAlias
from tests.factories import lineage, streams

pytestmark = pytest.mark.django_db
EXAMPLES = Path(__file__).parent.parent / "rooms" / "lineage" / "openlineage"
EVENTS = sorted(
    path for path in (EXAMPLES / "events").rglob("*.json") if "no_run_id" not in path.name
)
FACETS = sorted((EXAMPLES / "facets").glob("*/*.json"))
URL = "/api/v1/lineage"
NAME = {"namespace": "db", "name": "t"}


@pytest.fixture
def headers(robot: Principal, key_of: Any) -> dict[str, str]:
    made: dict[str, str] = key_of(robot, "lineage:write")
    return made


def event(**members: Any) -> dict[str, Any]:
    return {
        "eventType": "START", "eventTime": "2026-01-15T10:00:00Z", "producer": "p", "schemaURL": "s",
        "run": {"runId": "41fb5137-f0fd-4ee5-ba5c-56f8571d1bd7"},
        "job": {"namespace": "n", "name": "j"}, "inputs": [NAME], **members,
    }  # fmt: skip


STRANGE_ENTRIES: list[Any] = [[None, 5], [{"type": []}], [{"type": "JOB", "inputs": 5}], {}, "x"]


def send(client: Client, body: Any, headers: dict[str, str], path: str = URL, **more: str) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    extra: Any = {**headers, **more}
    return client.generic("POST", path, raw, content_type="application/json", **extra)


def test_a_new_event_is_created_and_the_same_one_again_is_fine(
    client: Client, headers: dict[str, str]
) -> None:
    first, again = send(client, event(), headers), send(client, event(), headers)
    assert (first.status_code, first.json()) == (201, {})
    assert (again.status_code, again.json()) == (200, {})
    assert LineageEvent.objects.count() == 1


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_events_of_real_programs_are_accepted(
    path: Path, client: Client, headers: dict[str, str]
) -> None:
    answer = send(client, json.loads(path.read_text()), headers)
    assert answer.status_code == 201, answer.content


@pytest.mark.parametrize("path", FACETS, ids=lambda path: path.stem)
def test_every_facet_example_is_accepted_inside_an_event(
    path: Path, client: Client, headers: dict[str, str]
) -> None:
    value = json.loads(path.read_text())
    if "Run" in path.parent.name:
        body = event(run={"runId": "r", "facets": value})
    elif "Job" in path.parent.name or "job" in path.stem.lower():
        body = event(job={"namespace": "n", "name": "j", "facets": value})
    else:
        body = event(outputs=[{**NAME, "name": "out", "facets": value}])
    assert send(client, body, headers).status_code == 201


def test_invalid_facets_are_warnings(client: Client, headers: dict[str, str]) -> None:
    path = EXAMPLES / "events" / "invalid" / "event_invalid_run_facet.json"
    assert send(client, json.loads(path.read_text()), headers).status_code == 201
    assert any("parent" in text for text in LineageEvent.objects.get().warnings)


def test_a_missing_run_id_is_refused_at_its_place(client: Client, headers: dict[str, str]) -> None:
    path = EXAMPLES / "events" / "invalid" / "event_no_run_id.json"
    answer = send(client, json.loads(path.read_text()), headers)
    assert answer.status_code == 422
    assert answer["Content-Type"].startswith("application/problem+json")
    assert answer.json()["errors"][0]["pointer"] == "/run/runId"
    assert not LineageEvent.objects.exists()


def test_an_event_about_a_job_and_a_dataset_is_neither(
    client: Client, headers: dict[str, str]
) -> None:
    answer = send(client, event(dataset=NAME), headers)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/dataset")


def test_packed_events_are_read(client: Client, headers: dict[str, str]) -> None:
    packed = gzip.compress(json.dumps(event()).encode())
    assert send(client, packed, headers, HTTP_CONTENT_ENCODING="gzip").status_code == 201


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (b"{", "", 400),
        (b"", "", 400),
        (b'"text"', "", 400),
        (b"[" * 100 + b"]" * 100, "", 400),
        (b"not packed", "gzip", 400),
        (b"{}", "br", 415),
        (gzip.compress(b" " * 6_000_000 + b"{}"), "gzip", 413),
        (b'{"eventTime": "2026-01-15T10:00:00Z", "job": {"namespace": "a\\u0000", "name": "j"}}', "", 400),
    ],
)  # fmt: skip
def test_bodies_that_cannot_be_read_are_refused(
    body: bytes, encoding: str, status: int, client: Client, headers: dict[str, str]
) -> None:
    more = {"HTTP_CONTENT_ENCODING": encoding} if encoding else {}
    answer = send(client, body, headers, **more)
    assert answer.status_code == status
    assert answer.json()["code"]


def test_a_body_just_over_a_mebibyte_is_fine_and_over_five_is_not(
    client: Client, headers: dict[str, str]
) -> None:
    def padded(size: int) -> bytes:
        return json.dumps(event(note="x" * size)).encode()

    assert send(client, padded(1024 * 1024 + 1), headers).status_code == 201
    assert send(client, padded(5 * 1024 * 1024), headers).status_code == 413


def test_a_batch_tells_which_events_failed(client: Client, headers: dict[str, str]) -> None:
    events = [event(), {"eventTime": "never"}, event(job={"namespace": "n", "name": "other"})]
    answer = send(client, events, headers, f"{URL}/batch")
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "partial_success"
    assert body["summary"] == {
        "received": 3, "successful": 2, "failed": 1, "retriable": 0, "non_retriable": 1
    }  # fmt: skip
    assert [(one["index"], one["retriable"]) for one in body["failed_events"]] == [(1, False)]
    assert Run.objects.count() == 2


def test_an_array_at_the_single_door_is_a_batch(client: Client, headers: dict[str, str]) -> None:
    assert send(client, [event()], headers).json()["status"] == "success"


def test_a_batch_has_a_limit_and_is_an_array(client: Client, headers: dict[str, str]) -> None:
    assert send(client, [{}] * 1001, headers, f"{URL}/batch").status_code == 413
    assert send(client, {}, headers, f"{URL}/batch").status_code == 400


def test_a_key_without_the_scope_and_no_key_are_refused(
    client: Client, robot: Principal, key_of: Any
) -> None:
    assert send(client, event(), key_of(robot, "catalog:read")).status_code == 403
    null = send(client, event(), {"HTTP_AUTHORIZATION": "Bearer null"})
    assert null.status_code == 401
    assert "Authorization: Bearer trb_" in null.json()["detail"]
    assert not LineageEvent.objects.exists()


HOSTILE: list[Any] = [
    {"eventTime": "2026-01-15T10:00:00Z", "job": None, "run": [], "dataset": 5},
    event(eventType=None, inputs=None, outputs=None),
    event(run={"runId": "r", "facets": {"errorMessage": {"message": 5}}}, eventType="FAIL"),
    event(outputs=[{**NAME, "facets": {"columnLineage": {"fields": {"a": 5}}}}]),
    event(
        outputs=[
            {**NAME, "facets": {"columnLineage": {"fields": {"a": {"inputFields": [None, 5, {}]}}}}}
        ]
    ),
    event(outputs=[{**NAME, "facets": {"columnLineage": {"fields": {}, "dataset": 7}}}]),
    *(
        event(job={"namespace": "n", "name": "j", "facets": {"lineage": {"entries": entries}}})
        for entries in STRANGE_ENTRIES
    ),
    {
        "eventTime": "2026-01-15T10:00:00Z",
        "dataset": {**NAME, "facets": {"lineage": {"inputs": [{}], "fields": []}}},
    },
]


@pytest.mark.parametrize("body", HOSTILE)
def test_no_shape_of_json_breaks_the_door(
    body: Any, client: Client, headers: dict[str, str]
) -> None:
    assert send(client, body, headers).status_code in (201, 422)


@pytest.mark.django_db(transaction=True)
def test_the_stock_client_sends_plain_and_packed(
    live_server: Any, robot: Principal, key_of: Any
) -> None:
    from openlineage.client import OpenLineageClient
    from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, RunEvent, RunState
    from openlineage.client.event_v2 import Run as ClientRun
    from openlineage.client.transport.http import (
        ApiKeyTokenProvider,
        HttpCompression,
        HttpConfig,
        HttpTransport,
    )

    ClusterAlias.objects.create(
        cluster=streams.cluster(), address="127.0.0.1:19092", origin="bootstrap"
    )
    lineage.product("orders")
    lineage.product("shipments")
    key = key_of(robot, "lineage:write")["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    for state, compression in ((RunState.START, None), (RunState.COMPLETE, HttpCompression.GZIP)):
        transport = HttpTransport(
            HttpConfig(
                url=live_server.url,
                auth=ApiKeyTokenProvider({"api_key": key}),
                compression=compression,
            )
        )
        OpenLineageClient(transport=transport).emit(
            RunEvent(
                eventType=state,
                eventTime="2026-11-25T02:00:00+00:00",
                run=ClientRun(runId="01939c5b-1f3c-7c4e-9b0a-2f6d1f0a0001"),
                job=Job(namespace="spark", name="enrich"),
                inputs=[InputDataset(namespace="kafka://127.0.0.1:19092", name="orders")],
                outputs=[OutputDataset(namespace="kafka://127.0.0.1:19092", name="shipments")],
                producer="https://example.org/enrich",
            )
        )
    run = Run.objects.get()
    assert (run.state, run.events) == ("COMPLETE", 2)
    assert set(Edge.objects.values_list("src__label", "kind", "dst__label")) == {
        ("orders", "reads", "enrich"), ("enrich", "writes", "shipments"), ("orders", "derives", "shipments")
    }  # fmt: skip
