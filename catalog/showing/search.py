"""The catalog's search page: results, facets, chips, each with its address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.dateparse import parse_datetime

from catalog.models import DataProduct, Domain
from catalog.queries.search import search
from catalog.search.finding import FACETS, Found, Hit
from catalog.showing.words import (
    FACET_WORDS,
    HEALTH,
    KIND_WORDS,
    Badge,
    health_badge,
    own_reason,
)
from mesh.audit.principal import Principal
from mesh.people.models import Team

Asked = Mapping[str, Sequence[str]]
SHOWN = 30
SORT_WORDS = {"relevance": "Relevance", "consumers": "Readers", "changed": "Newest change"}
FACET_ORDER = ("domain", "health", "tier", "lifecycle", "team")
OPERATORS = ("team:", "field:", "domain:", "tier:")


@dataclass(frozen=True, slots=True)
class Row:
    """One result as it is drawn."""

    hit: Hit
    badge: Badge
    reason: str
    team: str
    team_href: str
    domain: str
    second: str
    changed_at: Any


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Everything /search shows."""

    query: str
    rows: tuple[Row, ...]
    kind: str
    headline: str
    kinds: tuple[dict[str, object], ...]
    sorts: tuple[dict[str, object], ...]
    facets: tuple[dict[str, object], ...]
    chips: tuple[dict[str, str], ...]
    keep: tuple[tuple[str, str], ...]
    clear: str
    hints: tuple[str, ...]
    shown: str
    total: str
    next: str
    without: tuple[dict[str, object], ...]


def search_page(viewer: Principal, asked: Asked) -> SearchPage:
    """The page of a search; everything that is chosen stands in its address."""
    text = _one(asked, "q")
    kind = _one(asked, "kind") or "product"
    sort = _one(asked, "sort") or "relevance"
    chosen = {name: list(asked.get(name, ())) for name in FACETS if name != "kind"}
    narrowed = {**chosen, "kind": [kind] if kind in KIND_WORDS else []}
    cursor = _one(asked, "cursor") or None
    found = search(viewer, text, narrowed, cursor=cursor, limit=SHOWN, sort=sort)
    address = _Address(text, kind, sort, chosen)
    names = _facet_names(found, chosen)
    total = f"{found.total:,}" + ("" if found.is_exact else "+")
    return SearchPage(
        query=text,
        rows=_rows(found),
        kind=kind,
        headline=f"{total} {_noun(kind, found.total)}",
        kinds=_kinds(found, address),
        sorts=tuple(
            {"label": word, "href": address.to(sort=name), "current": name == sort}
            for name, word in SORT_WORDS.items()
        ),
        facets=_facets(found, kind, chosen, names),
        chips=_chips(chosen, address, names),
        keep=tuple(
            (name, value) for name, value in (("q", text), ("kind", kind), ("sort", sort)) if value
        ),
        clear=f"/search?{urlencode({'q': text, 'kind': kind})}",
        hints=found.query.hints,
        shown=str(len(found.items)),
        total=total,
        next=address.to(cursor=found.next_cursor) if found.next_cursor else "",
        without=_without(viewer, text, narrowed, address) if not found.items else (),
    )


@dataclass(frozen=True, slots=True)
class _Address:
    """The address of the present search, and of ones beside it."""

    text: str
    kind: str
    sort: str
    chosen: Mapping[str, Sequence[str]]

    def to(self, **changes: object) -> str:
        pairs: list[tuple[str, object]] = [("q", self.text)] if self.text else []
        pairs += [("kind", changes.get("kind", self.kind))]
        chosen = changes.get("chosen", self.chosen)
        assert isinstance(chosen, Mapping)
        pairs += [(name, value) for name, values in chosen.items() for value in values]
        sort = changes.get("sort", self.sort)
        pairs += [("sort", sort)] if sort != "relevance" else []
        pairs += [("cursor", changes["cursor"])] if changes.get("cursor") else []
        return f"/search?{urlencode(pairs)}"

    def less(self, name: str, value: str) -> str:
        """Without one chosen value."""
        left = {
            each: [word for word in values if (each, word) != (name, value)]
            for each, values in self.chosen.items()
        }
        return self.to(chosen=left)


def _rows(found: Found) -> tuple[Row, ...]:
    teams = dict(
        Team.objects.filter(slug__in={hit.team_slug for hit in found.items}).values_list(
            "slug", "name"
        )
    )
    domains = dict(
        Domain.objects.filter(slug__in={hit.domain_slug for hit in found.items}).values_list(
            "slug", "name"
        )
    )
    ids = [hit.id for hit in found.items if hit.kind == "product"]
    reasons = dict(
        DataProduct.objects.filter(public_id__in=ids).values_list("public_id", "health_reasons")
    )
    by_id = {str(public_id): rows for public_id, rows in reasons.items()}
    return tuple(_row(hit, teams, domains, by_id) for hit in found.items)


def _row(
    hit: Hit,
    teams: Mapping[str, str],
    domains: Mapping[str, str],
    reasons: Mapping[str, Sequence[Mapping[str, str]]],
) -> Row:
    words = [domains.get(hit.domain_slug, ""), hit.tier]
    return Row(
        hit=hit,
        badge=health_badge(hit.health),
        reason=own_reason(reasons.get(hit.id) or (), hit.name),
        team=teams.get(hit.team_slug, ""),
        team_href=f"/teams/{hit.team_slug}" if hit.team_slug else "",
        domain=hit.domain_slug,
        second=" · ".join(word for word in words if word),
        changed_at=parse_datetime(hit.changed_at) if hit.changed_at else None,
    )


def _kinds(found: Found, address: _Address) -> tuple[dict[str, object], ...]:
    counts = dict(found.facets["kind"])
    return tuple(
        {
            "label": word,
            "count": counts.get(kind, 0),
            "href": address.to(kind=kind, chosen={}),
            "current": kind == address.kind,
        }
        for kind, word in KIND_WORDS.items()
    )


def _facet_names(
    found: Found, chosen: Mapping[str, Sequence[str]]
) -> Mapping[tuple[str, str], str]:
    """How the values of the facets are called; what has no name is its own. Two queries."""
    names = {("health", value): words[1] for value, words in HEALTH.items()}
    for facet, model in (("domain", Domain), ("team", Team)):
        slugs = {value for value, _ in found.facets[facet]} | set(chosen[facet])
        named = model.objects.filter(slug__in=slugs).values_list("slug", "name")
        names |= {(facet, slug): name for slug, name in named}
    return names


def _facets(
    found: Found,
    kind: str,
    chosen: Mapping[str, Sequence[str]],
    names: Mapping[tuple[str, str], str],
) -> tuple[dict[str, object], ...]:
    return tuple(
        {
            "label": FACET_WORDS[name],
            "name": name,
            "options": [
                {
                    "value": value,
                    "label": names.get((name, value), value),
                    "count": count,
                    "chosen": value in chosen[name],
                }
                for value, count in found.facets[name][:20]
            ],
        }
        for name in FACET_ORDER
        if found.facets[name] and not (kind == name and not chosen[name])  # each is its own
    )


def _chips(
    chosen: Mapping[str, Sequence[str]],
    address: _Address,
    names: Mapping[tuple[str, str], str],
) -> tuple[dict[str, str], ...]:
    return tuple(
        {
            "label": FACET_WORDS[name].lower(),
            "value": names.get((name, value), value),
            "href": address.less(name, value),
        }
        for name, values in chosen.items()
        for value in values
    )


def _without(
    viewer: Principal, text: str, narrowed: Mapping[str, Sequence[str]], address: _Address
) -> tuple[dict[str, object], ...]:
    """Which filter to take off, and how many would be found then."""
    offers = []
    for name in FACET_ORDER:
        if not narrowed.get(name):
            continue
        left = {each: values for each, values in narrowed.items() if each != name}
        count = search(viewer, text, left, limit=1).total
        if count:
            rest = {each: values for each, values in left.items() if each != "kind"}
            offers.append(
                {
                    "label": FACET_WORDS[name].lower(),
                    "count": count,
                    "href": address.to(chosen=rest),
                }
            )
    return tuple(offers)


def _noun(kind: str, count: int) -> str:
    word = KIND_WORDS.get(kind, "results").lower()
    return word.removesuffix("s") if count == 1 else word


def _one(asked: Asked, name: str) -> str:
    values = asked.get(name) or [""]
    return values[-1].strip()
