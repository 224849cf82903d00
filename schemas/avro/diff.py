"""The difference between two schemas in field paths and plain words.

`diff(a, b)` and `diff(b, a)` mirror each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas.avro.changes import (
    Change,
    ChangeEffect,
    asked,
    asked_both,
    change_of,
    name_sides,
    only_symbol,
    record_of,
    shallow,
    shallow_union,
    untyped,
)
from schemas.avro.logical import logical_type
from schemas.avro.matching import matched_branches, matched_fields
from schemas.avro.model import (
    MISSING,
    ArrayNode,
    EnumNode,
    Field,
    FixedNode,
    MapNode,
    NamedNode,
    Node,
    RecordNode,
    Schema,
    UnionNode,
)
from schemas.avro.paths import branch_paths, is_optional, member_path, type_text
from schemas.avro.remedies import remedy
from schemas.avro.values import is_equal, json_text

__all__ = ["Change", "diff", "remedy"]

LARGEST_RESULT: Final = 2_000
LOGICAL_PROPERTIES: Final = frozenset({"logicalType", "precision", "scale"})


class _Sides:
    """The old and the new type at one field path."""

    __slots__ = ("new", "old", "path")

    def __init__(self, old: Node, new: Node, path: str) -> None:
        self.old = old
        self.new = new
        self.path = path


def diff(old: Schema, new: Schema) -> list[Change]:
    """What changed from `old` to `new`, in document order; empty when nothing did.

    Fields are matched by name, then by alias. At most 2,000 changes, then one of kind
    `truncated`. A pair of types that stands at several places is reported at the first.
    """
    changes: list[Change] = []
    seen: set[tuple[int, int]] = set()
    pending = [_Sides(old.root, new.root, "")]
    while pending:
        sides = pending.pop()
        key = (id(sides.old), id(sides.new))
        if key in seen:
            continue
        seen.add(key)
        changes += _own_changes(sides)
        if len(changes) > LARGEST_RESULT:
            words = f"There are more than {LARGEST_RESULT} changes."
            return [*changes[:LARGEST_RESULT], Change("truncated", "", None, None, words, "none")]
        pending += reversed(list(_inner_sides(sides)))
    return changes


def _own_changes(sides: _Sides) -> Iterator[Change]:
    old, new = sides.old, sides.new
    if isinstance(old, UnionNode) or isinstance(new, UnionNode):
        yield from _branch_changes(sides)
        return
    if old.kind != new.kind:
        yield _type_changed(sides)
        return
    if isinstance(old, NamedNode) and isinstance(new, NamedNode):
        yield from _named_changes(old, new, sides.path)
    if isinstance(old, RecordNode) and isinstance(new, RecordNode):
        yield from _record_changes(old, new, sides.path)
    elif isinstance(old, EnumNode) and isinstance(new, EnumNode):
        yield from _enum_changes(old, new, sides.path)
    elif isinstance(old, FixedNode) and isinstance(new, FixedNode) and old.size != new.size:
        before, after = f"{old.size} bytes", f"{new.size} bytes"
        what = f"changed its size from {before} to {after}"
        yield change_of("size-changed", sides.path, (before, after), what, _size_effect(old, new))
    yield from _logical_changes(sides)
    yield from _property_changes(sides)


def _size_effect(old: FixedNode, new: FixedNode) -> ChangeEffect:
    return asked(FixedNode("Cut", "", None, old.size), FixedNode("Cut", "", None, new.size))


def _inner_sides(sides: _Sides) -> Iterator[_Sides]:
    old, new, path = sides.old, sides.new, sides.path
    if isinstance(old, UnionNode) or isinstance(new, UnionNode):
        labels = _branch_labels(old, new, path)
        for old_branch, new_branch in matched_branches(old, new).pairs:
            label = labels.get(id(new_branch)) or labels.get(id(old_branch)) or path
            yield _Sides(old_branch, new_branch, label)
    elif isinstance(old, RecordNode) and isinstance(new, RecordNode):
        for old_field, new_field in matched_fields(old, new).pairs:
            yield _Sides(old_field.type, new_field.type, member_path(path, new_field.name))
    elif isinstance(old, ArrayNode) and isinstance(new, ArrayNode):
        yield _Sides(old.items, new.items, f"{path}[]")
    elif isinstance(old, MapNode) and isinstance(new, MapNode):
        yield _Sides(old.values, new.values, f"{path}{{}}")


def _branch_labels(old: Node, new: Node, path: str) -> dict[int, str]:
    """Paths of complex branches by identity, from the side that has more of them.

    Which side is old must not matter, so that differences mirror each other.
    """
    unions = [side for side in (new, old) if isinstance(side, UnionNode)]
    labelled = max((branch_paths(path, union) for union in unions), key=len)
    return {id(branch): label for branch, label in labelled}


def _type_changed(sides: _Sides) -> Change:
    before, after = type_text(sides.old), type_text(sides.new)
    what = f"changed from {before} to {after}"
    effect = asked(sides.old, sides.new)
    change = change_of("type-changed", sides.path, (before, after), what, effect)
    if effect != "breaks-old-readers-of-new-data":
        return change
    subject = f"`{sides.path}`" if sides.path else "The schema"
    words = f"{subject} {what}; old readers that expect {before} cannot read new data."
    return Change("type-changed", sides.path, before, after, words, effect)


def _branch_changes(sides: _Sides) -> Iterator[Change]:
    matched = matched_branches(sides.old, sides.new)
    for branch in matched.removed:
        one = shallow(branch)
        effect = asked_both((shallow_union(sides.new, branch), one), (one, one))
        what = _branch_words(branch, sides.new, "no longer allows", "is no longer optional")
        yield change_of("branch-removed", sides.path, (type_text(branch), None), what, effect)
    for branch in matched.added:
        one = shallow(branch)
        effect = asked_both((one, one), (shallow_union(sides.old, branch), one))
        what = _branch_words(branch, sides.old, "now also allows", "became optional")
        yield change_of("branch-added", sides.path, (None, type_text(branch)), what, effect)
    is_wrapped = isinstance(sides.old, UnionNode) != isinstance(sides.new, UnionNode)
    if matched.is_reordered or (is_wrapped and not matched.removed and not matched.added):
        texts = (type_text(sides.old), type_text(sides.new))
        what = "lists its branches in another order" if matched.is_reordered else "changed its form"
        yield change_of("type-changed", sides.path, texts, what)


def _branch_words(branch: Node, other_side: Node, allows: str, about_null: str) -> str:
    if branch.kind == "null" and not is_optional(other_side):
        return about_null
    return f"{allows} {type_text(branch)}"


def _named_changes(old: NamedNode, new: NamedNode, path: str) -> Iterator[Change]:
    if old.name != new.name:
        effect = asked_both(*name_sides(old, new))
        what = f"is now of the {new.kind} {new.name} instead of {old.name}"
        yield change_of("name-changed", path, (old.full_name, new.full_name), what, effect)
    elif old.namespace != new.namespace:
        what = f"moved the {new.kind} {new.name} from {_space(old)} to {_space(new)}"
        sides = (old.namespace, new.namespace)
        yield change_of("namespace-changed", path, sides, what)
    yield from _doc_changes(path, old.doc, new.doc)
    old_aliases = [alias.full_name or alias.name for alias in old.aliases]
    new_aliases = [alias.full_name or alias.name for alias in new.aliases]
    yield from _alias_changes(path, old_aliases, new_aliases)


def _space(node: NamedNode) -> str:
    return f"namespace {node.namespace}" if node.namespace else "no namespace"


def _doc_changes(path: str, before: str | None, after: str | None) -> Iterator[Change]:
    if before != after:
        yield change_of("doc-changed", path, (before, after), "has another description")


def _alias_changes(path: str, before: list[str], after: list[str]) -> Iterator[Change]:
    for alias in before:
        if alias not in after:
            yield change_of("alias-removed", path, (alias, None), f"lost the alias {alias}")
    for alias in after:
        if alias not in before:
            yield change_of("alias-added", path, (None, alias), f"got the alias {alias}")


def _record_changes(old: RecordNode, new: RecordNode, path: str) -> Iterator[Change]:
    matched = matched_fields(old, new)
    for field in matched.removed:
        effect = asked(record_of(field), record_of())
        where = member_path(path, field.name)
        sides = (type_text(field.type), None)
        yield change_of("field-removed", where, sides, "was removed", effect)
    for field in matched.added:
        effect = asked(record_of(), record_of(field))
        what = f"was added as {type_text(field.type)}"
        if not field.has_default:
            what += " without a default"
        where = member_path(path, field.name)
        yield change_of("field-added", where, (None, type_text(field.type)), what, effect)
    if matched.is_reordered:
        before = ", ".join(one.name for one, _ in matched.pairs_in_old_order)
        after = ", ".join(one.name for _, one in matched.pairs)
        what = "has its fields in another order"
        yield change_of("field-moved", path, (before, after), what)
    for old_field, new_field in matched.pairs:
        yield from _field_changes(old_field, new_field, member_path(path, new_field.name))


def _field_changes(old: Field, new: Field, path: str) -> Iterator[Change]:
    if old.name != new.name:
        effect = asked(record_of(untyped(old)), record_of(untyped(new)))
        what = f"was renamed from `{old.name}`"
        yield change_of("field-renamed", path, (old.name, new.name), what, effect)
    yield from _default_change(path, old.default, new.default)
    yield from _doc_changes(path, old.doc, new.doc)
    if old.order != new.order:
        what = f"changed its sort order from {old.order} to {new.order}"
        yield change_of("order-changed", path, (old.order, new.order), what)
    yield from _alias_changes(path, list(old.aliases), list(new.aliases))
    yield from _one_by_one(path, dict(old.properties), dict(new.properties))


def _default_change(path: str, old: object, new: object) -> Iterator[Change]:
    if old is MISSING and new is MISSING:
        return
    if old is MISSING:
        after = json_text(new)
        yield change_of("default-added", path, (None, after), f"got the default {after}")
    elif new is MISSING:
        before = json_text(old)
        yield change_of("default-removed", path, (before, None), f"lost its default {before}")
    elif not is_equal(old, new):
        before, after = json_text(old), json_text(new)
        what = f"changed its default from {before} to {after}"
        yield change_of("default-changed", path, (before, after), what)


def _enum_changes(old: EnumNode, new: EnumNode, path: str) -> Iterator[Change]:
    old_default = MISSING if old.default is None else old.default
    new_default = MISSING if new.default is None else new.default
    yield from _default_change(path, old_default, new_default)
    old_symbols, new_symbols = set(old.symbols), set(new.symbols)
    for symbol in old.symbols:
        if symbol not in new_symbols:
            effect = asked_both((new, only_symbol(new, symbol)), (old, old))
            what = f"no longer knows the symbol {symbol}"
            yield change_of("symbol-removed", path, (symbol, None), what, effect)
    for symbol in new.symbols:
        if symbol not in old_symbols:
            effect = asked_both((new, new), (old, only_symbol(old, symbol)))
            what = f"got the symbol {symbol}"
            yield change_of("symbol-added", path, (None, symbol), what, effect)
    kept_old = [symbol for symbol in old.symbols if symbol in new_symbols]
    kept_new = [symbol for symbol in new.symbols if symbol in old_symbols]
    if kept_old != kept_new:
        sides = (", ".join(kept_old), ", ".join(kept_new))
        yield change_of("symbol-reordered", path, sides, "lists its symbols in another order")


def _logical_changes(sides: _Sides) -> Iterator[Change]:
    old, new = _annotations(sides.old), _annotations(sides.new)
    if is_equal(old, new):
        return
    before, after = _annotation_text(sides.old), _annotation_text(sides.new)
    what = f"changed its meaning from {before} to {after}"
    yield change_of("logical-changed", sides.path, (before, after), what)


def _annotations(node: Node) -> dict[str, object]:
    return {key: value for key, value in node.properties.items() if key in LOGICAL_PROPERTIES}


def _annotation_text(node: Node) -> str:
    logical = logical_type(node)
    if logical is not None:
        return str(logical)
    annotations = _annotations(node)
    return f"{node.kind} {json_text(annotations)}" if annotations else f"plain {node.kind}"


def _property_changes(sides: _Sides) -> Iterator[Change]:
    old, new = dict(sides.old.properties), dict(sides.new.properties)
    for key in LOGICAL_PROPERTIES:
        old.pop(key, None)
        new.pop(key, None)
    yield from _one_by_one(sides.path, old, new)


def _one_by_one(path: str, old: dict[str, object], new: dict[str, object]) -> Iterator[Change]:
    for key in dict.fromkeys([*old, *new]):
        before = json_text(old[key]) if key in old else None
        after = json_text(new[key]) if key in new else None
        is_same = key in old and key in new and is_equal(old[key], new[key])
        if not is_same:
            what = f"changed its property {key} from {before or 'absent'} to {after or 'absent'}"
            yield change_of("property-changed", path, (before, after), what)
