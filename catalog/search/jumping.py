"""The few best hits of each kind, for the palette: one statement for objects, one for fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.search.finding import COUNTED, Statement, matches, rank_by_names, run, seen_by, tsquery
from catalog.search.query import Query, Term, parse, split
from mesh.audit.principal import Principal
from mesh.people.authz.doors import may

EACH = 5  # of one kind
FIELDS_READ = 2_000  # fields that match are ordered among this many
SHOWN = "kind, object_id, href, name, line, product_slug"


@dataclass(frozen=True, slots=True)
class Spot:
    """Something to go to; `line` says what it is."""

    kind: str
    href: str
    name: str
    line: str


def jump(viewer: Principal, text: str) -> list[Spot]:
    """The best hits of each kind that the viewer may see, and of fields. At most two statements."""
    query = parse(text.replace("\x00", " "))
    if not (query.terms or query.operators):
        return []
    return [*_objects(viewer, query), *_fields(viewer, query)]


def recalled(viewer: Principal, hrefs: Sequence[str]) -> list[Spot]:
    """What stands at these addresses now, in their order, if the viewer may still see it."""
    if not hrefs:
        return []
    made = Statement()
    made.add(f"with shown as (select {SHOWN} from catalog_searchdocument d where d.href = any(%s)",  # noqa: S608  (constant names)
             list(hrefs))  # fmt: skip
    seen_by(made, viewer)
    made.add(") select jsonb_build_object('items', (select jsonb_agg(to_jsonb(shown)) from shown))")
    found = {row["href"]: _spot(row) for row in run(made)["items"] or []}
    return [found[href] for href in hrefs if href in found]


def _objects(viewer: Principal, query: Query) -> list[Spot]:
    made = Statement()
    made.add(
        f"with found as materialized (select d.id, {', '.join(f'd.{name}' for name in SHOWN.split(', '))},"
    )
    made.add("d.popularity,")
    rank_by_names(made, query)
    made.add("true as is_found from catalog_searchdocument d where true")
    seen_by(made, viewer)
    for name in ("kind", "team_slug", "tier", "lifecycle", "health"):
        values = query.values(name.removesuffix("_slug"))
        if values:
            made.add(f"and d.{name} = any(%s)", values)
    if values := query.values("domain"):
        made.add("and d.domain_ids && array(select public_id from catalog_domain where slug = any(%s))",
                 values)  # fmt: skip
    matches(made, query)
    made.add(f"limit {COUNTED + 1}), placed as (select *, row_number() over (partition by kind")
    made.add("order by rank, popularity desc, lower(name), id) as place from found)")
    made.add(
        f", shown as (select {SHOWN}, rank, popularity, place from placed where place <= {EACH}"  # noqa: S608  (constants)
    )
    made.add("order by rank, popularity desc, lower(name), id)")
    made.add("select jsonb_build_object('items', (select jsonb_agg(to_jsonb(shown)) from shown))")
    return [_spot(row) for row in run(made)["items"] or []]


def _fields(viewer: Principal, query: Query) -> list[Spot]:
    """Fields named so before fields only described so; the shortest path is the plainest answer."""
    asked = [Term(split(value), is_prefix=True) for value in query.values("field") if split(value)]
    terms = [*query.wanted, *asked]
    if not terms or not may(viewer, "schema.read"):
        return []
    made = Statement()
    made.add(
        "with hit as materialized (select product_id, field_id, path from catalog_fielddocument"
    )
    made.add("where vector @@")
    tsquery(made, terms)
    made.add(f"limit {FIELDS_READ}), shown as (select 'field' as kind, d.object_id,")
    made.add(
        "d.href || '/schema' as href, hit.path as name, min(s.type_text) || ' in ' || d.name as line,"
    )
    made.add("d.product_slug from hit join catalog_dataproduct p on p.id = hit.product_id")
    made.add("join catalog_searchdocument d on d.kind = 'product' and d.object_id = p.public_id")
    made.add("join schemas_field s on s.id = hit.field_id where true")
    seen_by(made, viewer)
    made.add("group by hit.path, d.object_id, d.href, d.name, d.product_slug, d.popularity")
    words = [f"%{piece}%" for term in terms for piece in term.pieces]
    made.add("order by lower(hit.path) like any(%s) desc, length(hit.path),", words)
    made.add(f"d.popularity desc, hit.path, d.name limit {EACH})")
    made.add("select jsonb_build_object('items', (select jsonb_agg(to_jsonb(shown)) from shown))")
    return [_spot(row) for row in run(made)["items"] or []]


def _spot(row: dict[str, str]) -> Spot:
    return Spot(row["kind"], row["href"], row["name"], row["line"] or row["product_slug"])
