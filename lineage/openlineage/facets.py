"""What programs state in facets about which output comes from which input.

Facets are read leniently: whatever is not as specified is left out and named in a warning; the
event stays accepted. The explicit lineage facet is marked experimental by OpenLineage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from lineage.openlineage.naming import DatasetName

Basis = Literal["facet", "column"]
WARNING_LIMIT = 50


@dataclass(frozen=True, slots=True, order=True)
class Stated:
    """An output that comes from an input, as the program itself says."""

    output: DatasetName
    input: DatasetName
    basis: str


@dataclass(slots=True)
class Statements:
    """All that the facets of one event say."""

    stated: set[Stated] = field(default_factory=set)
    inputs: set[DatasetName] = field(default_factory=set)
    outputs: set[DatasetName] = field(default_factory=set)
    has_facet: bool = False
    warnings: list[str] = field(default_factory=list)

    def warn(self, text: str) -> None:
        if len(self.warnings) < WARNING_LIMIT:
            self.warnings.append(text)


def members(value: object) -> Mapping[str, object]:
    """The value if it is an object, else nothing."""
    return value if isinstance(value, dict) else {}


def facet(
    holder: Mapping[str, object], name: str, found: Statements
) -> Mapping[str, object] | None:
    """A facet by name; absent, null and deleted ones are no facet, other types a warning."""
    facets = holder.get("facets")
    if facets is not None and not isinstance(facets, dict):
        found.warn("facets is not an object")
    value = members(facets).get(name)
    if value is None:
        return None
    if not isinstance(value, dict):
        found.warn(f"facet {name} is not an object")
        return None
    return None if value.get("_deleted") is True else value


def read_column_lineage(
    output: DatasetName, holder: Mapping[str, object], found: Statements
) -> None:
    """columnLineage of one output: the datasets that its fields come from."""
    value = facet(holder, "columnLineage", found)
    if value is None:
        return
    fields = value.get("fields")
    if not isinstance(fields, dict):
        found.warn(f"columnLineage of {output.name} has no fields")
        return
    for column in fields.values():
        _state(output, members(column).get("inputFields"), "column", found)
    if value.get("dataset") is not None:
        _state(output, value["dataset"], "column", found)


def read_job_lineage(job: Mapping[str, object], own: tuple[str, str], found: Statements) -> None:
    """The explicit lineage facet of a job; with it, nothing is inferred from inputs and outputs."""
    value = facet(job, "lineage", found)
    if value is None:
        return
    entries = value.get("entries")
    if not isinstance(entries, list):
        found.warn("lineage facet has no entries")
        return
    found.has_facet = True
    for entry in entries:
        _read_entry(members(entry), own, found)


def read_dataset_lineage(
    dataset: DatasetName, holder: Mapping[str, object], found: Statements
) -> None:
    """The lineage facet of a dataset event: a catalogue's statement, without a job."""
    value = facet(holder, "lineage", found)
    if value is None:
        return
    found.has_facet = True
    for source in _sources(value):
        name = _dataset(source)
        if name is not None and source.get("type", "DATASET") == "DATASET":
            found.stated.add(Stated(dataset, name, "facet"))


def _read_entry(entry: Mapping[str, object], own: tuple[str, str], found: Statements) -> None:
    kind = entry.get("type")
    if kind == "JOB":
        if not _is_own_job(entry, own):
            return
        found.inputs |= {name for source in _sources(entry) if (name := _read(source)) is not None}
        return
    target = _dataset(entry)
    if kind != "DATASET" or target is None:
        found.warn("a lineage entry names no dataset or job")
        return
    found.outputs.add(target)
    for source in _sources(entry):
        name = _read(source)
        if name is not None and name != target:
            found.inputs.add(name)
            found.stated.add(Stated(target, name, "facet"))


def _is_own_job(entry: Mapping[str, object], own: tuple[str, str]) -> bool:
    named = (entry.get("namespace"), entry.get("name"))
    return named in ((None, None), own)


def _sources(entry: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """Inputs of an entry and of its fields."""
    holders = [entry, *map(members, members(entry.get("fields")).values())]
    for holder in holders:
        inputs = holder.get("inputs")
        yield from map(members, inputs if isinstance(inputs, list) else [])


def _read(source: Mapping[str, object]) -> DatasetName | None:
    return _dataset(source) if source.get("type") == "DATASET" else None


def _state(output: DatasetName, sources: object, basis: Basis, found: Statements) -> None:
    if not isinstance(sources, list):
        found.warn(f"columnLineage of {output.name} has a field without a list of inputs")
        return
    for source in sources:
        name = _dataset(members(source))
        if name is None:
            found.warn(f"columnLineage of {output.name} names an input without a name")
        elif name != output:
            found.stated.add(Stated(output, name, basis))


def _dataset(value: Mapping[str, object]) -> DatasetName | None:
    namespace, name = value.get("namespace"), value.get("name")
    if not isinstance(namespace, str) or not isinstance(name, str) or not namespace or not name:
        return None
    return DatasetName(namespace[:512], name[:512])
