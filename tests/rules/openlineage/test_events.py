"""The envelope is strict, facets are lenient."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lineage.errors import InvalidEvent, TooManyDatasets
from lineage.openlineage.events import digest, read_event, stored_body
from lineage.openlineage.naming import DatasetName
from mesh.kernel.errors import MalformedRequest

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
RUN_ID = "41fb5137-f0fd-4ee5-ba5c-56f8571d1bd7"


def event(**members: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "eventType": "START", "eventTime": "2026-01-15T10:00:00Z", "run": {"runId": RUN_ID},
        "job": {"namespace": "flink", "name": "enrich"}, "producer": "p", "schemaURL": "s",
        "inputs": [{"namespace": "kafka://b:9092", "name": "orders"}],
        "outputs": [{"namespace": "kafka://b:9092", "name": "shipments"}],
    }  # fmt: skip
    body.update(members)
    return {name: value for name, value in body.items() if value is not ...}


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"eventTime": ...}, "/eventTime"),
        ({"eventTime": "yesterday"}, "/eventTime"),
        ({"eventTime": 5}, "/eventTime"),
        ({"eventTime": "9999-12-31T23:59:59-12:00"}, "/eventTime"),
        ({"eventType": "DONE"}, "/eventType"),
        ({"eventType": ["START"]}, "/eventType"),
        ({"run": {}}, "/run/runId"),
        ({"run": "text"}, "/run"),
        ({"run": {"runId": 5}}, "/run/runId"),
        ({"job": ...}, "/job"),
        ({"job": {"name": "x"}}, "/job/namespace"),
        ({"job": {"namespace": "n", "name": " "}}, "/job/name"),
        ({"job": {"namespace": "n", "name": "x" * 513}}, "/job/name"),
        ({"job": {"namespace": "n\x07", "name": "x"}}, "/job/namespace"),
        ({"dataset": {"namespace": "n", "name": "x"}}, "/dataset"),
        ({"inputs": {}}, "/inputs"),
        ({"inputs": ["orders"]}, "/inputs/0"),
        ({"inputs": [{"namespace": "db"}]}, "/inputs/0/name"),
        ({"outputs": [{"name": "x"}]}, "/outputs/0/namespace"),
    ],
)
def test_a_wrong_envelope_is_refused_at_its_place(members: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidEvent) as caught:
        read_event(event(**members), NOW)
    assert caught.value.faults[0].pointer == pointer


@pytest.mark.parametrize("body", [None, 5, "text", [], True])
def test_an_event_is_an_object(body: Any) -> None:
    with pytest.raises(MalformedRequest):
        read_event(body, NOW)


@pytest.mark.parametrize(
    ("members", "warning"),
    [
        ({"eventTime": "2026-01-15T10:00:00"}, "no time zone"),
        ({"eventTime": "2026-01-16T10:00:00Z"}, "future"),
        ({"producer": ...}, "producer is missing"),
        ({"schemaURL": ...}, "schemaURL is missing"),
        ({"run": {"runId": "batch-7"}}, "runId is no UUID"),
        ({"inputs": [{"namespace": "kafka://b:9092"}]}, "topic pattern"),
        (
            {"outputs": [{"namespace": "d", "name": "t", "facets": {"columnLineage": []}}]},
            "is not an object",
        ),
        (
            {"outputs": [{"namespace": "d", "name": "t", "facets": {"columnLineage": {}}}]},
            "has no fields",
        ),
        ({"outputs": [{"namespace": "d", "name": "t", "facets": "x"}]}, "facets is not an object"),
        ({"job": {"namespace": "n", "name": "j", "facets": {"lineage": {}}}}, "has no entries"),
        ({"run": {"runId": RUN_ID, "facets": {"parent": {"run": {}}}}}, "parent"),
    ],
)
def test_what_is_odd_is_accepted_and_named(members: dict[str, Any], warning: str) -> None:
    assert any(warning in text for text in read_event(event(**members), NOW).warnings)


def test_null_stands_for_absent() -> None:
    body = event(inputs=None, outputs=[{"namespace": "d", "name": "t", "facets": {"schema": None}}])
    found = read_event(body, NOW)
    assert (found.inputs, found.warnings) == ((), ())


def test_a_time_ahead_is_taken_as_now() -> None:
    assert read_event(event(eventTime="2027-01-01T00:00:00Z"), NOW).at == NOW


def test_a_missing_type_is_other() -> None:
    assert read_event(event(eventType=...), NOW).type == "OTHER"


def test_flinks_cancel_is_an_abort_and_other_failures_are_not() -> None:
    def failed(message: str) -> str:
        run = {"runId": RUN_ID, "facets": {"errorMessage": {"message": message}}}
        return read_event(event(eventType="FAIL", run=run), NOW).type

    assert (failed("Job was cancelled."), failed("out of memory")) == ("ABORT", "FAIL")


def test_too_many_datasets_are_refused() -> None:
    many = [{"namespace": "d", "name": f"t{number}"} for number in range(10_001)]
    with pytest.raises(TooManyDatasets):
        read_event(event(inputs=many), NOW)


def test_a_flink_list_of_topics_is_several_datasets() -> None:
    found = read_event(
        event(inputs=[{"namespace": "kafka://b", "name": "orders;orders_clean"}]), NOW
    )
    assert [one.name for one in found.inputs] == ["orders", "orders_clean"]


def test_columns_say_where_an_output_comes_from() -> None:
    source = {"namespace": "d", "name": "raw", "field": "id"}
    output = {"namespace": "d", "name": "t",
              "facets": {"columnLineage": {"fields": {"id": {"inputFields": [source]}}}}}  # fmt: skip
    (stated,) = read_event(event(outputs=[output]), NOW).stated
    assert (stated.input, stated.output, stated.basis) == (
        DatasetName("d", "raw"), DatasetName("d", "t"), "column"
    )  # fmt: skip


def test_an_entry_for_the_events_own_job_is_an_input() -> None:
    entry = {"type": "JOB", "inputs": [{"namespace": "d", "name": "tx", "type": "DATASET"}]}
    job = {"namespace": "n", "name": "j", "facets": {"lineage": {"entries": [entry]}}}
    found = read_event(event(job=job, inputs=[], outputs=[]), NOW)
    assert (found.inputs, found.stated, found.has_facet) == ((DatasetName("d", "tx"),), (), True)


def test_bulky_facets_are_not_kept() -> None:
    body = event(run={"runId": RUN_ID, "facets": {"plan": "x" * 70_000, "small": {"a": 1}}})
    assert list(stored_body(body)["run"]["facets"]) == ["small"]  # type: ignore[index,call-overload]  # a run


def test_the_order_of_members_makes_no_other_event() -> None:
    body = event()
    assert digest(body) == digest(dict(reversed(body.items())))
    assert digest(body) != digest(event(eventType="COMPLETE"))


def test_a_time_far_ahead_is_never_later_than_now() -> None:
    assert read_event(event(eventTime=(NOW + timedelta(minutes=30)).isoformat()), NOW).at > NOW


def test_a_connector_that_copies_tables_has_no_crossed_pairs() -> None:
    job = {"namespace": "n", "name": "j", "facets": {"jobType": {"integration": "DEBEZIUM"}}}
    assert read_event(event(job=job), NOW).has_facet
    assert not read_event(event(), NOW).has_facet
