"""Which records have no finite value: they contain themselves without a way out."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.avro.model import Node, RecordNode, UnionNode


def endless_records(records: Iterable[RecordNode]) -> set[int]:
    """The identities of records whose decoding never ends.

    Null, an empty array or map, and any other branch of a union are ways out. `records` must be
    all records of a schema.
    """
    found = list(records)
    users: dict[int, list[RecordNode]] = {}
    for record in found:
        for inner in _records_inside(record):
            users.setdefault(id(inner), []).append(record)
    finite: set[int] = set()
    pending = list(found)
    while pending:
        record = pending.pop()
        if id(record) not in finite and _is_finite(record, finite):
            finite.add(id(record))
            pending.extend(users.get(id(record), ()))
    return {id(record) for record in found} - finite


def _is_finite(record: RecordNode, finite: set[int]) -> bool:
    return all(_ends(field.type, finite) for field in record.fields)


def _ends(node: Node, finite: set[int]) -> bool:
    if isinstance(node, UnionNode):
        return any(
            not isinstance(branch, RecordNode) or id(branch) in finite for branch in node.branches
        )
    return not isinstance(node, RecordNode) or id(node) in finite


def _records_inside(record: RecordNode) -> Iterable[RecordNode]:
    for field in record.fields:
        branches = field.type.branches if isinstance(field.type, UnionNode) else [field.type]
        for branch in branches:
            if isinstance(branch, RecordNode):
                yield branch
