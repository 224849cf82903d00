"""An OpenLineage event read: the envelope strictly, everything inside facets leniently."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from lineage.errors import InvalidEvent, TooManyDatasets
from lineage.openlineage.facets import (
    Stated,
    Statements,
    facet,
    members,
    read_column_lineage,
    read_dataset_lineage,
    read_job_lineage,
)
from lineage.openlineage.naming import DatasetName
from mesh.kernel.errors import Fault, MalformedRequest, clipped

Kind = Literal["run", "job", "dataset"]
TYPES = frozenset({"START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"})
LONGEST_NAME_BYTES = 512
DATASET_LIMIT = 10_000
FACET_LIMIT_BYTES = 64 * 1024  # larger ones (query plans) are not kept
AHEAD = timedelta(hours=1)
CANCELLED = "Job was cancelled."  # Flink 1 reports a user's cancel as a failure with this message


@dataclass(frozen=True, slots=True)
class Event:
    """What an event says. `warnings` name what was left out; the event counts all the same."""

    kind: Kind
    type: str
    at: datetime
    job: tuple[str, str] | None
    run_id: str
    inputs: tuple[DatasetName, ...]
    outputs: tuple[DatasetName, ...]
    stated: tuple[Stated, ...]
    has_facet: bool
    warnings: tuple[str, ...]
    dataset: DatasetName | None = None

    @property
    def size(self) -> int:
        return len(self.inputs) + len(self.outputs)


def digest(body: object) -> str:
    """Equal for equal events, whatever the order of members."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_event(body: object, now: datetime) -> Event:
    """The event in a JSON value. Raises MalformedRequest, InvalidEvent, TooManyDatasets."""
    if not isinstance(body, dict):
        said = "An event is a JSON object."
        raise MalformedRequest(said, faults=(Fault("", "type", said),))
    found = Statements()
    at = _time(body.get("eventTime"), now, found)
    kind = _kind(body)
    for name in ("producer", "schemaURL"):
        if not isinstance(body.get(name), str):
            found.warn(f"{name} is missing")
    if kind == "dataset":
        return _dataset_event(body, at, found)
    job_body = members(body["job"])
    job = (_text(job_body, "namespace", "/job"), _text(job_body, "name", "/job"))
    inputs, outputs = _datasets(body, "inputs", found), _datasets(body, "outputs", found)
    if len(inputs) + len(outputs) > DATASET_LIMIT:
        raise TooManyDatasets(f"At most {DATASET_LIMIT} datasets in one event.")
    for output, holder in outputs:
        read_column_lineage(output, holder, found)
    read_job_lineage(job_body, job, found)
    found.has_facet |= _copies_tables(body, job_body, found)
    if kind == "run":
        _check_run_facets(members(body["run"]), found)
    return Event(
        kind,
        _type(body, found) if kind == "run" else "OTHER",
        at,
        job,
        _run_id(body, found) if kind == "run" else "",
        _sorted({name for name, _ in inputs} | found.inputs),
        _sorted({name for name, _ in outputs} | found.outputs),
        _split(found.stated),
        found.has_facet,
        tuple(found.warnings),
    )


def stored_body(body: Mapping[str, object]) -> dict[str, object]:
    """The event without its bulky facets."""
    kept = dict(body)
    for name in ("run", "job", "dataset"):
        if isinstance(kept.get(name), dict):
            kept[name] = _slim(members(kept[name]))
    for name in ("inputs", "outputs"):
        items = kept.get(name)
        if isinstance(items, list):
            kept[name] = [_slim(members(item)) for item in items]
    return kept


def _slim(holder: Mapping[str, object]) -> dict[str, object]:
    kept = dict(holder)
    for name in ("facets", "inputFacets", "outputFacets"):
        facets = kept.get(name)
        if isinstance(facets, dict):
            kept[name] = {
                key: value
                for key, value in facets.items()
                if len(json.dumps(value)) <= FACET_LIMIT_BYTES
            }
    return kept


# -- envelope -------------------------------------------------------------------------------------


def _kind(body: Mapping[str, object]) -> Kind:
    has_job, has_run, has_dataset = (
        isinstance(body.get(n), dict) for n in ("job", "run", "dataset")
    )
    if has_dataset and (has_job or has_run):
        raise InvalidEvent("An event names a dataset or a job, not both.", pointer="/dataset")
    if has_dataset:
        return "dataset"
    if not has_job:
        raise InvalidEvent("An event names a job or a dataset.", pointer="/job")
    if body.get("run") is not None and not has_run:
        raise InvalidEvent("run is an object.", pointer="/run")
    return "run" if has_run else "job"


def _time(value: object, now: datetime, found: Statements) -> datetime:
    if not isinstance(value, str) or not value or len(value) > 64:
        raise InvalidEvent("eventTime is an ISO 8601 time.", pointer="/eventTime")
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            found.warn("eventTime has no time zone; taken as UTC")
            at = at.replace(tzinfo=UTC)
        at = at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidEvent(
            f"eventTime {clipped(value, 60)} is no ISO 8601 time.", pointer="/eventTime"
        ) from error
    if at > now + AHEAD:
        found.warn("eventTime lies in the future; taken as now")
        return now
    return at


def _type(body: Mapping[str, object], found: Statements) -> str:
    value = body.get("eventType")
    if value is None:
        return "OTHER"
    if not isinstance(value, str) or value not in TYPES:
        raise InvalidEvent(f"eventType is one of {', '.join(sorted(TYPES))}.", pointer="/eventType")
    if value == "FAIL":
        error = facet(members(body["run"]), "errorMessage", found) or {}
        return "ABORT" if error.get("message") == CANCELLED else "FAIL"
    return value


def _run_id(body: Mapping[str, object], found: Statements) -> str:
    run_id = _text(members(body["run"]), "runId", "/run")
    if len(run_id) != 36 or run_id.count("-") != 4:
        found.warn("runId is no UUID")
    return run_id


def _text(holder: Mapping[str, object], name: str, pointer: str) -> str:
    value = holder.get(name)
    where = f"{pointer}/{name}"
    if not isinstance(value, str) or not value.strip():
        raise InvalidEvent(f"{name} is a text that is not empty.", pointer=where)
    if len(value.encode("utf-8", "surrogatepass")) > LONGEST_NAME_BYTES:
        raise InvalidEvent(f"{name} is longer than {LONGEST_NAME_BYTES} bytes.", pointer=where)
    if any(ord(char) < 32 or 127 <= ord(char) < 160 for char in value):
        raise InvalidEvent(f"{name} holds a control character.", pointer=where)
    return value


# -- datasets -------------------------------------------------------------------------------------

Named = tuple[DatasetName, Mapping[str, object]]


def _datasets(body: Mapping[str, object], side: str, found: Statements) -> list[Named]:
    items = body.get(side)
    if items is None:
        return []
    if not isinstance(items, list):
        raise InvalidEvent(f"{side} is a list.", pointer=f"/{side}")
    named: list[Named] = []
    for index, item in enumerate(items):
        pointer = f"/{side}/{index}"
        if not isinstance(item, dict):
            raise InvalidEvent("A dataset is an object.", pointer=pointer)
        named += [(part, item) for part in _names(item, pointer, found)]
    return named


def _names(item: Mapping[str, object], pointer: str, found: Statements) -> list[DatasetName]:
    """The names of one dataset: several for a list of topics, none for a topic pattern."""
    namespace = _text(item, "namespace", pointer)
    is_kafka = namespace.lower().startswith("kafka://")
    if is_kafka and item.get("name") in (None, ""):
        found.warn("a Kafka dataset without a name (a topic pattern) was left out")
        return []
    if is_kafka and isinstance(item.get("name"), str) and ";" in str(item["name"]):
        names = DatasetName(namespace, str(item["name"])).parts()
        return [DatasetName(namespace, _text({"name": one.name}, "name", pointer)) for one in names]
    facet(item, "schema", found)
    return [DatasetName(namespace, _text(item, "name", pointer))]


def _dataset_event(body: Mapping[str, object], at: datetime, found: Statements) -> Event:
    holder = members(body["dataset"])
    name = DatasetName(_text(holder, "namespace", "/dataset"), _text(holder, "name", "/dataset"))
    read_dataset_lineage(name, holder, found)
    return Event(
        "dataset", "OTHER", at, None, "", (), (), _split(found.stated), found.has_facet,
        tuple(found.warnings), name,
    )  # fmt: skip


def _copies_tables(
    body: Mapping[str, object], job: Mapping[str, object], found: Statements
) -> bool:
    """Change-data connectors copy table by table: crossing their inputs and outputs is never true."""
    kind = facet(job, "jobType", found) or {}
    named = f"{kind.get('integration', '')} {body.get('producer', '')}"
    return "debezium" in named.lower()


def _check_run_facets(run: Mapping[str, object], found: Statements) -> None:
    """Facets of a run prove no flow; a broken parent is worth a warning."""
    parent = facet(run, "parent", found)
    if parent is not None and not isinstance(members(parent.get("run")).get("runId"), str):
        found.warn("facet parent has no run.runId")


def _sorted(names: set[DatasetName]) -> tuple[DatasetName, ...]:
    return tuple(sorted({part for name in names for part in name.parts()}))


def _split(stated: set[Stated]) -> tuple[Stated, ...]:
    pairs: Sequence[Stated] = [
        Stated(output, source, one.basis)
        for one in stated
        for output in one.output.parts()
        for source in one.input.parts()
    ]
    return tuple(sorted(set(pairs)))
