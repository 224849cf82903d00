"""What feeds the viewer's products, and what changed there lately with what it means for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from catalog.models import DataProduct, PortTopic, Promise, TopicSubject
from lineage.reading.flows import step_up
from mesh.audit.models import AuditEvent
from mesh.audit.principal import Principal
from mesh.people.authz.doors import scope
from schemas.models import Field, SchemaVersion

DEPTH = 4  # products further up are on the lineage tab
DAYS = 7
SHOWN = 8
ACTIONS = {
    "product_activated": ("circle-check", "made active"),
    "product_edited": ("pencil", "description changed"),
    "product_deprecated": ("hourglass", "deprecated"),
    "product_retired": ("hourglass", "retired"),
    "port_created": ("plug", "port added"),
    "promise_made": ("target", "promise made"),
    "promise_changed": ("target", "promise changed"),
    "promise_ended": ("target", "promise ended"),
}


@dataclass(frozen=True, slots=True)
class Feeder:
    """An upstream product, how many steps away, and which of the viewer's products it feeds."""

    product: DataProduct
    hops: int
    feeds: tuple[str, ...]

    @property
    def words(self) -> str:
        """ "read by your orders" for a neighbour, "upstream of your orders" beyond."""
        named = ", ".join(self.feeds[:2]) + (
            f" and {len(self.feeds) - 2} more" if len(self.feeds) > 2 else ""
        )
        return f"{'read by' if self.hops == 1 else 'upstream of'} your {named}"


@dataclass(frozen=True, slots=True)
class UpstreamChange:
    """A line of "Changed upstream"."""

    title: str
    at: datetime
    icon: str
    text: str
    second: str
    href: str


def feeders(viewer: Principal, products: Sequence[DataProduct]) -> dict[int, Feeder]:
    """Visible upstream products by primary key; queries per hop, not per product."""
    names = {str(product.public_id): product.name for product in products}
    feeds: dict[str, set[str]] = {key: {name} for key, name in names.items()}
    hops = dict.fromkeys(names, 0)
    frontier = list(names)
    for hop in range(1, DEPTH + 1):
        if not frontier:
            break
        fresh = []
        for flow in step_up(frontier).flows:
            if flow.certain and flow.src.is_product and flow.dst.key in feeds:
                feeds.setdefault(flow.src.key, set()).update(feeds[flow.dst.key])
                if flow.src.key not in hops:
                    hops[flow.src.key] = hop
                    fresh.append(flow.src.key)
        frontier = fresh
    found = [key for key in hops if key not in names]
    rows = scope(viewer, "catalog.read", DataProduct.objects.filter(public_id__in=found))
    return {
        row.pk: Feeder(row, hops[str(row.public_id)], tuple(sorted(feeds[str(row.public_id)])))
        for row in rows
    }


def changed_upstream(known: Mapping[int, Feeder], now: datetime) -> tuple[UpstreamChange, ...]:
    """The newest changes of the last seven days upstream. At most seven queries."""
    if not known:
        return ()
    since = now - timedelta(days=DAYS)
    found = [*_acts(known, since), *_versions(known, since)]
    return tuple(sorted(found, key=lambda change: change.at, reverse=True)[:SHOWN])


def _acts(known: Mapping[int, Feeder], since: datetime) -> list[UpstreamChange]:
    """What people changed, by the audit trail."""
    promises = dict(
        Promise.objects.filter(port__product_id__in=known).values_list(
            "public_id", "port__product_id"
        )
    )
    by_promise = {str(public_id): known[pk] for public_id, pk in promises.items()}
    by_product = {str(feeder.product.public_id): feeder for feeder in known.values()}
    about = Q(product_id__in=by_product) | Q(object_kind="promise", object_id__in=by_promise)
    events = AuditEvent.objects.filter(about, action__in=ACTIONS, outcome="done", at__gte=since)
    found = []
    for event in events.order_by("-id")[:SHOWN]:
        feeder = by_product.get(event.product_id) or by_promise[event.object_id]
        icon, words = ACTIONS[event.action]
        tab = "promises" if event.object_kind == "promise" else "history"
        found.append(
            UpstreamChange(
                f"{feeder.product.name}, {words}",
                event.at,
                icon,
                _change_words(event.action, event.change),
                feeder.words,
                f"/products/{feeder.product.slug}/{tab}",
            )
        )
    return found


def _change_words(action: str, change: Mapping[str, Sequence[object]]) -> str:
    """What changed, shortly: "Fresh within 30 min, was 15 min" or the members' names."""
    pair = change.get("words")
    if pair and len(pair) == 2:
        before, after = (str(each or "") for each in pair)
        if before and after:
            return f"“{after}”, was “{before}”."
        return f"“{after or before}”."
    return f"{', '.join(sorted(change))}." if action == "product_edited" else ""


def _versions(known: Mapping[int, Feeder], since: datetime) -> list[UpstreamChange]:
    """Schema versions registered for topics of the feeders."""
    placed = dict(
        PortTopic.objects.filter(
            port__product_id__in=known, direction="output", live=True
        ).values_list("topic_id", "port__product_id")
    )
    owners: dict[int, int] = {}
    subjects = TopicSubject.objects.filter(topic_id__in=placed).values_list(
        "subject_id", "topic_id"
    )
    for subject_id, topic_id in subjects:
        owners.setdefault(subject_id, placed[topic_id])
    versions = list(
        SchemaVersion.objects.filter(
            subject_id__in=owners, created_at__gte=since, deleted_at__isnull=True
        )
        .select_related("subject", "schema_id")
        .order_by("-created_at")[:SHOWN]
    )
    said = _field_words(versions)
    return [
        UpstreamChange(
            f"{known[owners[version.subject_id]].product.name}, schema {version.version}",
            version.created_at,
            "code",
            said[version.pk],
            known[owners[version.subject_id]].words,
            f"/subjects/{version.subject.public_id}",
        )
        for version in versions
    ]


def _field_words(versions: Sequence[SchemaVersion]) -> dict[int, str]:
    """For each version, which fields it adds and removes against the one before it."""
    before = Q(pk__in=[])
    for version in versions:
        before |= Q(subject_id=version.subject_id, version=version.version - 1)
    earlier = {
        (row.subject_id, row.version): row
        for row in SchemaVersion.objects.filter(before).select_related("schema_id")
    }
    contents = {row.schema_id.content_id for row in (*versions, *earlier.values())}
    paths: dict[int, set[str]] = defaultdict(set)
    for content_id, path in Field.objects.filter(content_id__in=contents).values_list(
        "content_id", "path"
    ):
        paths[content_id].add(path)
    said = {}
    for version in versions:
        last = earlier.get((version.subject_id, version.version - 1))
        now = paths[version.schema_id.content_id]
        said[version.pk] = (
            "First version." if last is None else _difference(paths[last.schema_id.content_id], now)
        )
    return said


def _difference(before: set[str], after: set[str]) -> str:
    parts = [
        f"{word} {_listed(found)}"
        for word, found in (("adds", after - before), ("removes", before - after))
        if found
    ]
    said = ", ".join(parts)
    return (
        f"{said[0].upper()}{said[1:]}."
        if said
        else "The same fields; types or documentation changed."
    )


def _listed(paths: Iterable[str]) -> str:
    ordered = sorted(paths)
    more = f" and {len(ordered) - 3} more" if len(ordered) > 3 else ""
    return ", ".join(ordered[:3]) + more
