"""Readers of products that a viewer may not see keep their verdict and lose their names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from mesh.audit.principal import Principal
from mesh.people.authz.doors import sees_all, visible_q
from mesh.people.models import ObjectScope
from streams.models import GroupTopicLag

BLANK: Mapping[str, object] = {
    "name": "restricted", "group": "", "product": "", "product_id": "", "team": "", "reads": "",
    "reason": "", "reasons": [],
}  # fmt: skip
NAMELESS = "a restricted reader"
READER_SLOTS = ("hurt-reader", "reader-agrees")  # slots that exist because a team reads the product
READERS_OWNER = "an owner of a restricted reader"


@dataclass(frozen=True, slots=True)
class Veil:
    """What one viewer may not read of the readers that a change hits: their names, wherever they stand."""

    hidden: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()  # longest first
    teams: frozenset[str] | None = None  # whose readers the viewer sees; None for whoever sees all

    def hides_slot(self, code: str, team: str) -> bool:
        """Would the team of this slot tell that it reads what the viewer may not see?"""
        return code in READER_SLOTS and self.teams is not None and team not in self.teams

    def rows(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The readers, those of hidden products nameless."""
        return blanked(rows, self.hidden)

    def text(self, text: str) -> str:
        """A sentence with every hidden name replaced."""
        for name in self.names:
            text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", NAMELESS, text)
        return text

    def document(self, value: Any) -> Any:
        """The same for every text of a JSON value."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {key: self.document(member) for key, member in value.items()}
        if isinstance(value, list | tuple):
            return [self.document(member) for member in value]
        return value


def veil_of(
    viewer: Principal, rows: Sequence[Mapping[str, Any]], topics: Collection[str] = ()
) -> Veil:
    """What must stay hidden of these readers and of every sentence about them.

    `topics` are those whose reading teams are asked: no row names these readers.
    """
    hidden = hidden_products(viewer, products_of(rows))
    named = {
        str(row[member])
        for row in rows
        if str(row.get("product_id")) in hidden
        for member in ("name", "group", "product")
        if row.get(member)
    }
    names = tuple(sorted(named, key=lambda name: (-len(name), name)))
    if sees_all(viewer):
        return Veil(hidden, names)
    seen = {str(row.get("team")) for row in rows if str(row.get("product_id")) not in hidden}
    return Veil(hidden, names, frozenset(seen | seen_teams(viewer, topics)))


def seen_teams(viewer: Principal, topics: Collection[str]) -> set[str]:
    """Teams whose groups on these topics the viewer may see. One query, or none for no topic."""
    if not topics:
        return set()
    reading = GroupTopicLag.objects.filter(topic__name__in=topics, group__ended_at__isnull=True)
    owners = ObjectScope.objects.filter(
        kind="consumergroup", object_id__in=reading.values("group__public_id")
    )
    open_to = owners.filter(~Q(visibility="restricted") | visible_q(viewer))
    return set(open_to.values_list("team__name", flat=True))


def hidden_products(viewer: Principal, product_ids: Iterable[str]) -> frozenset[str]:
    """Which of these products the viewer may not see. One query, or none for who sees all."""
    wanted = {product_id for product_id in product_ids if product_id}
    if sees_all(viewer) or not wanted:
        return frozenset()
    restricted = ObjectScope.objects.filter(
        kind="product", object_id__in=wanted, visibility="restricted"
    ).exclude(visible_q(viewer))
    return frozenset(str(found) for found in restricted.values_list("object_id", flat=True))


def products_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The products that readers belong to."""
    return [str(row["product_id"]) for row in rows if row.get("product_id")]


def blanked(rows: Sequence[Mapping[str, Any]], hidden: frozenset[str]) -> list[dict[str, Any]]:
    """The rows with those of hidden products made nameless."""
    return [{**row, **BLANK} if str(row.get("product_id")) in hidden else dict(row) for row in rows]
