"""Readers of products that a viewer may not see keep their verdict and lose their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mesh.audit.principal import Principal
from mesh.people.authz.doors import visible_q
from mesh.people.models import ObjectScope

BLANK: Mapping[str, object] = {
    "name": "restricted", "group": "", "product": "", "product_id": "", "team": "", "reads": "",
    "reason": "", "reasons": [],
}  # fmt: skip
NAMELESS = "a restricted reader"


@dataclass(frozen=True, slots=True)
class Veil:
    """What one viewer may not read of the readers that a change hits: their names, wherever they stand."""

    hidden: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()  # longest first

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


def veil_of(viewer: Principal, rows: Sequence[Mapping[str, Any]]) -> Veil:
    """What must stay hidden of these readers and of every sentence about them."""
    hidden = hidden_products(viewer, products_of(rows))
    named = {
        str(row[member])
        for row in rows
        if str(row.get("product_id")) in hidden
        for member in ("name", "group", "product")
        if row.get(member)
    }
    return Veil(hidden, tuple(sorted(named, key=lambda name: (-len(name), name))))


def hidden_products(viewer: Principal, product_ids: Iterable[str]) -> frozenset[str]:
    """Which of these products the viewer may not see. One query, or none for who sees all."""
    wanted = {product_id for product_id in product_ids if product_id}
    sees_all = viewer.has_role("governor", "auditor") or viewer.has_platform_role("steward")
    if sees_all or not wanted:
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
