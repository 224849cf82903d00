"""Search in one statement: match, permission, facets that ignore their own selection, one page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core import signing
from django.db import connection, transaction

from catalog.search.query import Query, Term, field_expression, parse, split
from mesh.audit.principal import Principal
from mesh.kernel import clock
from mesh.kernel.errors import Cursor, MalformedRequest
from mesh.people.authz.doors import may, sees_all

FACETS = ("kind", "domain", "team", "tier", "lifecycle", "health")
COLUMN = {
    "kind": "kind", "team": "team_slug", "tier": "tier", "lifecycle": "lifecycle",
    "health": "health",
}  # fmt: skip
SCOPED_KINDS = {"topic": "streams.read", "group": "streams.read", "subject": "schema.read"}
COUNTED = 20_000  # more matches than this are not counted one by one
SORTS = {  # two numbers that come before the name and the row id
    "relevance": ("rank", "-popularity"),
    "consumers": ("-popularity", "rank"),
    "changed": ("-coalesce(extract(epoch from changed_at), 0)", "rank"),
    "name": ("0", "0"),
}
NARROW = (
    "id", "kind", "object_id", "href", "name", "line", "product_slug", "team_slug", "domain_slug",
    "domain_ids", "lifecycle", "tier", "health", "popularity", "changed_at",
)  # fmt: skip
EVERY = " and ".join(f"in_{name}" for name in FACETS)
KEYS = ("sort_first", "sort_second", "sort_name", "id")
PAGE = 50
VALUES = 20  # of one facet
CURSOR_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Hit:
    """One result; `field` is the schema field that matched, "" when the match is elsewhere."""

    kind: str
    id: str
    href: str
    name: str
    line: str
    product_slug: str
    team_slug: str
    domain_slug: str
    lifecycle: str
    tier: str
    health: str
    consumers: int
    changed_at: str | None
    field: str = ""
    field_type: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of results with facet counts over everything that matches."""

    query: Query
    items: list[Hit]
    facets: dict[str, list[tuple[str, int]]]
    total: int
    is_exact: bool
    next_cursor: str | None
    took_ms: int
    chosen: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Statement:
    """SQL and its bound values, grown piece by piece."""

    parts: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def add(self, sql: str, *values: Any) -> None:
        self.parts.append(sql)
        self.values += values


def search(
    viewer: Principal,
    text: str,
    chosen: Mapping[str, Sequence[str]],
    *,
    cursor: str | None = None,
    limit: int = PAGE,
    sort: str = "relevance",
) -> Found:
    """Everything the viewer may see that matches. Raises MalformedRequest, Cursor."""
    if "\x00" in text:
        raise MalformedRequest(
            "The search holds a character that cannot be searched.", pointer="?q"
        )
    if sort not in SORTS:
        raise MalformedRequest(f"Sort by one of: {', '.join(SORTS)}.", pointer="?sort")
    started = clock.monotonic()
    query = parse(text)
    selection = _selection(query, chosen)
    stamp = json.dumps([query.text, selection, sort], sort_keys=True)
    after = _opened(cursor, stamp)
    answer = run(_statement(viewer, query, selection, sort, after, limit))
    rows = answer["items"] or []
    following = [rows[limit - 1][key] for key in KEYS] if len(rows) > limit else None
    return Found(
        query=query,
        items=[_hit(row) for row in rows[:limit]],
        facets=_facets(answer["facets"] or [], selection),
        total=min(answer["total"], COUNTED),
        is_exact=not answer["filled"],
        next_cursor=_sealed(following, stamp) if following else None,
        took_ms=int((clock.monotonic() - started) * 1000),
        chosen=selection,
    )


def _selection(query: Query, chosen: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Facet values from the form and from operators in the text, together."""
    return {name: sorted({*chosen.get(name, ()), *query.values(name)})[:VALUES] for name in FACETS}


def _statement(
    viewer: Principal,
    query: Query,
    selection: Mapping[str, list[str]],
    sort: str,
    after: list[Any] | None,
    limit: int,
) -> Statement:
    made = Statement()
    made.add(f"with found as materialized (select {', '.join(f'd.{name}' for name in NARROW)},")
    rank_by_names(made, query)
    for name in FACETS:
        _facet_flag(made, name, selection[name])
    made.add("true as is_found from catalog_searchdocument d where true")
    seen_by(made, viewer)
    matches(made, query)
    made.add(f"limit {COUNTED + 1})")
    _page(made, query, sort, after, limit)
    made.add("select jsonb_build_object('items', (select jsonb_agg(to_jsonb(shown)) from shown),")
    # EVERY, COUNTED, sorts and columns are constants of this module; values are always bound
    made.add(f"'total', (select count(*) from found where {EVERY}),")  # noqa: S608
    made.add(f"'filled', (select count(*) > {COUNTED} from found),")  # noqa: S608
    made.add("'facets', (select jsonb_agg(to_jsonb(counted)) from (")
    made.add(" union all ".join(_facet_counts(name) for name in FACETS))
    made.add(") counted))")
    return made


def rank_by_names(made: Statement, query: Query) -> None:
    """1 the name itself, 2 all words in names, 3 elsewhere."""
    if not query.wanted:
        made.add("3 as rank,")
        return
    plain = " ".join(query.text.lower().split())
    made.add(
        "case when lower(d.name) = %s or (d.product_slug = %s and d.kind = 'product') then 1",
        plain,
        plain,
    )
    made.add("when d.names_vector @@")
    tsquery(made, query.terms)
    made.add("then 2 else 3 end as rank,")


def _facet_flag(made: Statement, name: str, values: list[str]) -> None:
    if not values:
        made.add(f"true as in_{name},")
    elif name == "domain":
        made.add(
            "d.domain_ids && array(select public_id from catalog_domain where slug = any(%s))"
            " as in_domain,",
            values,
        )
    else:
        made.add(f"d.{COLUMN[name]} = any(%s) as in_{name},", values)


def seen_by(made: Statement, viewer: Principal) -> None:
    """The rule of scope() on the columns of the row itself."""
    hidden = [kind for kind, action in SCOPED_KINDS.items() if not may(viewer, action)]
    if hidden:
        made.add("and d.kind <> all(%s)", hidden)
    if sees_all(viewer):
        return
    products = [grant.scope_id for grant in viewer.grants if grant.scope_kind == "product"]
    made.add(
        "and (d.visibility <> 'restricted' or d.team_pk = any(%s::bigint[])"
        " or d.domain_ids && %s::uuid[] or d.product_id = any(%s::uuid[]))",
        sorted(viewer.team_ids()),
        sorted(viewer.domain_ids("steward")),
        products,
    )


def matches(made: Statement, query: Query) -> None:
    if query.terms:
        made.add("and d.all_vector @@")
        tsquery(made, query.terms)
    for value in query.values("field"):
        if expression := field_expression(value):
            made.add(
                "and d.kind = 'product' and exists (select 1 from catalog_fielddocument f"
                " join catalog_dataproduct p on p.id = f.product_id where p.public_id = d.object_id"
                " and f.vector @@ to_tsquery('pg_catalog.simple', %s))",
                expression,
            )
    for name in ("topic", "subject", "group"):
        for pieces in filter(None, map(split, query.values(name))):
            made.add(
                "and d.names_vector @@ phraseto_tsquery('pg_catalog.simple', %s)"
                " and d.kind in ('product', %s)",
                " ".join(pieces),
                name,
            )


def tsquery(made: Statement, terms: Sequence[Term], join: str = "&&") -> None:
    """Every term in both readings; made of quoted lexemes only."""
    made.add("(")
    for index, term in enumerate(terms):
        sign = f"{join} " if index else ""
        made.add(
            f"{sign}{'!!' if term.is_excluded else ''}"
            "(to_tsquery('pg_catalog.simple', %s) || to_tsquery('pg_catalog.english', %s))",
            term.expression,
            term.expression,
        )
    made.add(")")


def _page(made: Statement, query: Query, sort: str, after: list[Any] | None, limit: int) -> None:
    """The rows shown, each with the field that matched (looked up for these rows alone)."""
    first, second = SORTS[sort]
    made.add(
        f", keyed as (select *, ({first})::float8 as sort_first, ({second})::float8 as sort_second,"  # noqa: S608
        f" lower(name) as sort_name from found where {EVERY})"
        ", page as (select * from keyed"
    )
    if after is not None:
        made.add(
            "where (sort_first, sort_second, sort_name, id)"
            " > (%s::float8, %s::float8, %s::text, %s::bigint)",
            *after,
        )
    made.add(f"order by sort_first, sort_second, sort_name, id limit {limit + 1})")
    made.add(
        ", shown as (select page.*, hit.path as field_path, hit.type_text as field_type from page"
    )
    made.add("left join lateral (select f.path, s.type_text from catalog_fielddocument f")
    made.add(
        "join catalog_dataproduct p on p.id = f.product_id join schemas_field s on s.id = f.field_id"
    )
    made.add("where page.kind = 'product' and p.public_id = page.object_id and f.vector @@")
    asked = [Term(split(value), is_prefix=True) for value in query.values("field") if split(value)]
    if terms := [*query.wanted, *asked]:
        tsquery(made, terms, "||")
    else:
        made.add("''::tsquery")
    made.add("order by length(f.path), f.path limit 1) hit on true")
    made.add("order by sort_first, sort_second, sort_name, page.id)")


def _facet_counts(name: str) -> str:
    others = " and ".join(f"in_{other}" for other in FACETS if other != name)
    if name == "domain":
        return (
            "(select 'domain' as facet, named.slug::text as value, count(*) as count from found"  # noqa: S608
            " cross join lateral unnest(domain_ids) as place(public_id)"
            f" join catalog_domain named on named.public_id = place.public_id where {others}"
            " group by named.slug)"
        )
    column = COLUMN[name]
    return (
        f"(select '{name}' as facet, {column}::text as value, count(*) as count from found"  # noqa: S608
        f" where {others} and {column} <> '' group by {column})"
    )


def run(statement: Statement) -> dict[str, Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        # without this the planner reads and detoasts every row
        cursor.execute("set local enable_seqscan = off")
        cursor.execute("\n".join(statement.parts), statement.values)
        row = cursor.fetchone()
        cursor.execute("set local enable_seqscan = on")
    assert row is not None
    answer: dict[str, Any] = row[0] if isinstance(row[0], dict) else json.loads(row[0])
    return answer


def _hit(row: Mapping[str, Any]) -> Hit:
    return Hit(
        kind=row["kind"],
        id=row["object_id"],
        href=row["href"],
        name=row["name"],
        line=row["line"],
        product_slug=row["product_slug"],
        team_slug=row["team_slug"],
        domain_slug=row["domain_slug"],
        lifecycle=row["lifecycle"],
        tier=row["tier"],
        health=row["health"],
        consumers=row["popularity"],
        changed_at=row["changed_at"],
        field=row["field_path"] or "",
        field_type=row["field_type"] or "",
    )


def _facets(
    rows: Sequence[Mapping[str, Any]], selection: Mapping[str, list[str]]
) -> dict[str, list[tuple[str, int]]]:
    """Counts by facet, largest first; zero counts only where they are chosen."""
    counted: dict[str, dict[str, int]] = {
        name: dict.fromkeys(selection[name], 0) for name in FACETS
    }
    for row in rows:
        counted[row["facet"]][row["value"]] = row["count"]
    return {
        name: sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))
        for name, values in counted.items()
    }


def _sealed(following: list[Any], stamp: str) -> str:
    return signing.dumps([following, _digest(stamp)], salt="search")


def _opened(text: str | None, stamp: str) -> list[Any] | None:
    if not text:
        return None
    try:
        following, sealed = signing.loads(text, salt="search", max_age=CURSOR_SECONDS)
    except signing.SignatureExpired as error:
        raise Cursor("The cursor is older than a day; search again.", pointer="?cursor") from error
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise MalformedRequest("The cursor is not one of ours.", pointer="?cursor") from error
    if sealed != _digest(stamp):
        raise Cursor("The cursor belongs to another search.", pointer="?cursor")
    return list(following)


def _digest(stamp: str) -> str:
    return hashlib.sha256(stamp.encode()).hexdigest()[:16]
