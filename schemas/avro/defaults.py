"""Whether the default of a field fits its type, as Avro Java decides it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from schemas.avro.errors import InvalidSchema
from schemas.avro.model import (
    MISSING,
    ArrayNode,
    ForwardNode,
    MapNode,
    Node,
    PrimitiveNode,
    RecordNode,
    UnionNode,
)

WORK_LIMIT = 100_000  # comparisons per default; a doubling chain of defaults stops here

Comparison = tuple[Node, object]


class OpenRecordReached(Exception):
    """The default holds an object for a record whose fields are not known yet."""


class DefaultCheck:
    """Checks defaults while a text is being read.

    `is_open` tells whether the record of a full name is still being read. `touched_forward` is
    set when a verdict rests on a type that is defined further down: such a default is to be
    checked again at the end.
    """

    def __init__(self, is_open: Callable[[str], bool]) -> None:
        self._is_open = is_open
        self.touched_forward = False

    def fits(self, node: Node, value: object) -> bool:
        """True when the value is a default for the type. Raises InvalidSchema (limit) when
        finding out takes too long."""
        self.touched_forward = False
        first = node.branches[0] if isinstance(node, UnionNode) and node.branches else node
        if isinstance(first, PrimitiveNode) and _fits_primitive(first.kind, value):
            return True
        try:
            return self._decide(node, value)
        except OpenRecordReached:
            return False

    def _decide(self, node: Node, value: object) -> bool:
        # Each open question: does every (True) or any (False) comparison hold, and those left.
        questions: list[tuple[bool, Iterator[Comparison]]] = [(True, iter([(node, value)]))]
        work = 0
        verdict = True
        while questions:
            needs_all, comparisons = questions[-1]
            if verdict is not needs_all:
                questions.pop()
                continue
            following = next(comparisons, None)
            if following is None:
                questions.pop()
                continue
            work += 1
            if work > WORK_LIMIT:
                raise InvalidSchema("limit", "the default takes too long to check")
            question = self._compare(*following)
            if isinstance(question, bool):
                verdict = question
            else:
                questions.append(question)
                verdict = question[0]
        return verdict

    def _compare(self, node: Node, value: object) -> bool | tuple[bool, Iterator[Comparison]]:
        if isinstance(node, PrimitiveNode):
            return _fits_primitive(node.kind, value)
        if isinstance(node, UnionNode):
            return _question(False, ((branch, value) for branch in node.branches))
        if isinstance(node, ArrayNode):
            if not isinstance(value, list):
                return False
            return _question(True, ((node.items, item) for item in value))
        if isinstance(node, MapNode):
            if not isinstance(value, dict):
                return False
            return _question(True, ((node.values, item) for item in value.values()))
        if isinstance(node, RecordNode):
            return isinstance(value, dict) and _question(True, _record_members(node, value))
        if isinstance(node, ForwardNode):
            return self._fits_forward(node, value)
        return isinstance(value, str)  # enum and fixed: symbols and length are not checked

    def _fits_forward(self, node: ForwardNode, value: object) -> bool:
        if not isinstance(value, dict):
            return False
        if self._is_open(node.full_name):
            raise OpenRecordReached
        self.touched_forward = True
        return True


def _question(
    needs_all: bool, comparisons: Iterable[Comparison]
) -> tuple[bool, Iterator[Comparison]]:
    return needs_all, iter(comparisons)


def _record_members(record: RecordNode, value: dict[str, object]) -> Iterator[Comparison]:
    for field in record.fields:
        if field.name in value:
            yield field.type, value[field.name]
        elif not field.default_is_checked:
            yield field.type, field.default


def _fits_primitive(kind: str, value: object) -> bool:
    if value is MISSING:
        return False
    match kind:
        case "string" | "bytes":
            return isinstance(value, str)
        case "int":
            return type(value) is int and -(2**31) <= value < 2**31
        case "long":
            return type(value) is int and -(2**63) <= value < 2**63
        case "float" | "double":
            return type(value) is int or type(value) is float
        case "boolean":
            return isinstance(value, bool)
        case _:
            return value is None
