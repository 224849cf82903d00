"""Which fields and union branches of two schemas belong together when they are told in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from schemas.avro.model import Field, NamedNode, Node, RecordNode, UnionNode

Keys = Callable[[Node], list[str]]


@dataclass(frozen=True, slots=True)
class FieldMatch:
    """Fields of both sides (old, new) in the new order, and those of one side only."""

    pairs: tuple[tuple[Field, Field], ...]
    removed: tuple[Field, ...]
    added: tuple[Field, ...]
    pairs_in_old_order: tuple[tuple[Field, Field], ...]

    @property
    def is_reordered(self) -> bool:
        return self.pairs != self.pairs_in_old_order


@dataclass(frozen=True, slots=True)
class BranchMatch:
    """Branches of both sides (old, new) in the new order, and those of one side only."""

    pairs: tuple[tuple[Node, Node], ...]
    removed: tuple[Node, ...]
    added: tuple[Node, ...]
    is_reordered: bool


def matched_fields(old: RecordNode, new: RecordNode) -> FieldMatch:
    """Fields matched by name, then by an alias of the new one, then by one of the old one."""
    partner: dict[str, Field] = {  # name of the new field -> old field
        field.name: old.fields_by_name[field.name]
        for field in new.fields
        if field.name in old.fields_by_name
    }
    taken = set(partner)
    left_old = {field.name: field for field in old.fields if field.name not in partner}
    left_new = {field.name: field for field in new.fields if field.name not in partner}
    for field in left_new.values():
        alias = next((one for one in field.aliases if one in left_old and one not in taken), None)
        if alias is not None:
            partner[field.name] = left_old[alias]
            taken.add(alias)
    for old_field in left_old.values():
        names = [one for one in old_field.aliases if one in left_new and one not in partner]
        if names and old_field.name not in taken:
            partner[names[0]] = old_field
            taken.add(old_field.name)
    pairs = tuple((partner[one.name], one) for one in new.fields if one.name in partner)
    place = {field.name: index for index, field in enumerate(old.fields)}
    return FieldMatch(
        pairs=pairs,
        removed=tuple(one for one in old.fields if one.name not in taken),
        added=tuple(one for one in new.fields if one.name not in partner),
        pairs_in_old_order=tuple(sorted(pairs, key=lambda pair: place[pair[0].name])),
    )


def branches_of(node: Node) -> list[Node]:
    """The branches of a union; any other type is its only branch."""
    return node.branches if isinstance(node, UnionNode) else [node]


def matched_branches(old: Node, new: Node) -> BranchMatch:
    """Branches matched by kind or full name, then by simple name, then by alias.

    A single branch left over on each side counts as one branch that changed its type.
    """
    left_old, left_new = list(branches_of(old)), list(branches_of(new))
    partner: dict[int, Node] = {}  # identity of the new branch -> old branch
    for keys in (_exact_keys, _simple_keys, _alias_keys):
        _pair_up(left_old, left_new, partner, keys)
    rest_old = [one for one in left_old if one.kind != "null"]
    rest_new = [one for one in left_new if one.kind != "null"]
    if len(rest_old) == len(rest_new) == 1:
        partner[id(rest_new[0])] = rest_old[0]
        left_old.remove(rest_old[0])
        left_new.remove(rest_new[0])
    pairs = tuple((partner[id(one)], one) for one in branches_of(new) if id(one) in partner)
    place = {id(one): index for index, one in enumerate(branches_of(old))}
    order = [place[id(one)] for one, _ in pairs]
    return BranchMatch(pairs, tuple(left_old), tuple(left_new), order != sorted(order))


def _pair_up(
    left_old: list[Node], left_new: list[Node], partner: dict[int, Node], keys: Keys
) -> None:
    """Moves branches that share a key from both lists into `partner`."""
    by_key: dict[str, Node] = {}
    for branch in left_old:
        for key in keys(branch):
            by_key.setdefault(key, branch)
    taken: set[int] = set()
    for branch in tuple(left_new):
        hits = (by_key[key] for key in keys(branch) if key in by_key)
        hit = next((one for one in hits if id(one) not in taken), None)
        if hit is not None:
            partner[id(branch)] = hit
            taken.add(id(hit))
    left_old[:] = [one for one in left_old if id(one) not in taken]
    left_new[:] = [one for one in left_new if id(one) not in partner]


def _exact_keys(node: Node) -> list[str]:
    return [f"{node.kind} {node.full_name}" if isinstance(node, NamedNode) else node.kind]


def _simple_keys(node: Node) -> list[str]:
    return [f"{node.kind} {node.name}"] if isinstance(node, NamedNode) else []


def _alias_keys(node: Node) -> list[str]:
    if not isinstance(node, NamedNode):
        return []
    aliases = [alias.full_name for alias in node.aliases if alias.full_name is not None]
    return [f"{node.kind} {name}" for name in (node.full_name, *aliases)]
