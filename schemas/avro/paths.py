"""Field paths and types in words, as diffs, findings, tags and search show them.

A field path joins field names by dots; `[]` are array items, `{}` map values, and `<Name>` a
branch of a union that has more than one branch apart from primitives.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from schemas.avro.logical import logical_type
from schemas.avro.model import (
    ArrayNode,
    FixedNode,
    MapNode,
    NamedNode,
    Node,
    PrimitiveNode,
    RecordNode,
    UnionNode,
)

BRANCHES_SHOWN: Final = 20
LONGEST_TEXT: Final = 500  # characters of a type in words


def member_path(path: str, name: str) -> str:
    """The path of a field of the record at `path`."""
    return f"{path}.{name}" if path else name


def branch_paths(path: str, union: UnionNode) -> list[tuple[Node, str]]:
    """The complex branches of a union with their paths: that of the union if there is only one."""
    complex_branches = [one for one in union.branches if not isinstance(one, PrimitiveNode)]
    if len(complex_branches) < 2:
        return [(branch, path) for branch in complex_branches]
    names = Counter(one.name for one in complex_branches if isinstance(one, NamedNode))
    return [
        (branch, f"{path}<{_label(branch, names)}>" if isinstance(branch, NamedNode) else path)
        for branch in complex_branches
    ]


def _label(branch: NamedNode, names: Counter[str]) -> str:
    return branch.name if names[branch.name] == 1 else branch.full_name


def path_at(root: Node, pointer: str) -> str:
    """The field path of a place that a JSON pointer names in a schema, as `check` reports it.

    Steps that name no inner type, and an index into a union of the other side, stay at the place.
    """
    node, path = root, ""
    steps = iter(step for step in pointer.split("/") if step)
    for step in steps:
        if isinstance(node, RecordNode) and step == "fields":
            field = node.fields[int(next(steps))]
            node, path = field.type, member_path(path, field.name)
        elif isinstance(node, ArrayNode) and step == "items":
            node, path = node.items, f"{path}[]"
        elif isinstance(node, MapNode) and step == "values":
            node, path = node.values, f"{path}{{}}"
        elif isinstance(node, UnionNode) and step.isdigit() and int(step) < len(node.branches):
            branch = node.branches[int(step)]
            path = next((at for one, at in branch_paths(path, node) if one is branch), path)
            node = branch
    return path


def is_optional(node: Node) -> bool:
    """True when null is a value of the type."""
    return node.kind == "null" or (
        isinstance(node, UnionNode) and any(branch.kind == "null" for branch in node.branches)
    )


def without_null(node: Node) -> Node:
    """The other branch of a union of two with null; any other type as it is."""
    if isinstance(node, UnionNode) and len(node.branches) == 2:
        others = [branch for branch in node.branches if branch.kind != "null"]
        if len(others) == 1:
            return others[0]
    return node


def type_text(node: Node) -> str:
    """A type in words: `optional array of decimal(10, 2)`, `record Order`."""
    parts: list[str] = []
    length = 0
    pending: list[Node | str] = [node]
    while pending:
        piece = pending.pop()
        text = piece if isinstance(piece, str) else _flat_text(piece)
        if text is None:
            assert isinstance(piece, Node)
            pending.extend(reversed(_opened(piece)))
            continue
        parts.append(text)
        length += len(text)
        if length > LONGEST_TEXT:
            return "".join(parts)[:LONGEST_TEXT] + "…"
    return "".join(parts)


def _flat_text(node: Node) -> str | None:
    """A type without inner types in words, or None."""
    logical = logical_type(node)
    if isinstance(node, FixedNode):
        return f"{logical or 'fixed'} {node.name} of {node.size} bytes"
    if isinstance(node, NamedNode):
        return f"{node.kind} {node.name}"
    if isinstance(node, PrimitiveNode):
        return node.kind if logical is None else str(logical)
    return None


def _opened(node: Node) -> list[Node | str]:
    if isinstance(node, ArrayNode):
        return ["array of ", node.items]
    if isinstance(node, MapNode):
        return ["map of ", node.values]
    assert isinstance(node, UnionNode)
    other = without_null(node)
    if other is not node:
        return ["optional ", other]
    pieces: list[Node | str] = ["one of "]
    for index, branch in enumerate(node.branches[:BRANCHES_SHOWN]):
        pieces += [", ", branch] if index else [branch]
    if len(node.branches) > BRANCHES_SHOWN:
        pieces.append(f" and {len(node.branches) - BRANCHES_SHOWN} more")
    return pieces if node.branches else ["nothing"]
