"""The viewer's products: health with its reason, the slowest reader and the newest record against their limits."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, IntegerField, QuerySet, Value, When

from catalog.models import DataProduct, PortTopic, Promise
from catalog.showing.words import HEALTH, Badge, health_badge, lag_state, own_reason
from mesh.audit.principal import Principal
from mesh.kernel.wording import age, duration, interval
from mesh.people.authz.doors import scope
from streams.models import Cluster
from streams.queries.facts import LagFacts, TopicFacts, lag_facts, topic_facts
from streams.queries.lists import reason_words

SHOWN = 20
LOUDNESS = {"bad": 4, "warn": 3, "info": 2, "ok": 1, "unknown": 0}
WITHOUT_REASON = {
    "healthy": "every promise kept",
    "unpromised": "it promises nothing",
    "unknown": "nothing was judged yet",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A measured interval against its limit; an empty value says that it is not known."""

    value: str
    note: str
    state: str
    low: float | None = None
    high: float | None = None
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class MyProduct:
    """One line of "My products"."""

    name: str
    href: str
    domain: str
    second: str
    badge: Badge
    reason: str
    reader: Reading
    newest: Reading
    kept: str
    kept_second: str


@dataclass(frozen=True, slots=True)
class Mine:
    """The products of the viewer's teams; rows are those in the worst health first."""

    products: tuple[DataProduct, ...]
    rows: tuple[MyProduct, ...]
    silent: tuple[Cluster, ...]

    @property
    def total(self) -> int:
        return len(self.products)

    def count(self, *healths: str) -> int:
        """How many products are in one of these states."""
        return sum(product.health in healths for product in self.products)


def my_products(viewer: Principal, now: datetime) -> Mine:
    """Products of the viewer's teams, worst first; six queries however many there are."""
    products = tuple(_products(viewer))
    shown = products[:SHOWN]
    placed = PortTopic.objects.filter(port__product__in=shown, direction="output", live=True)
    topics: dict[int, list[int]] = defaultdict(list)
    for product_id, topic_id in placed.values_list("port__product_id", "topic_id"):
        topics[product_id].append(topic_id)
    known = [topic for found in topics.values() for topic in found]
    facts, lags = topic_facts(known), lag_facts(known)
    promises = defaultdict(list)
    standing = Promise.objects.filter(port__product__in=shown, ended_at__isnull=True)
    for promise in standing.select_related("now", "port"):
        promises[promise.port.product_id].append(promise)
    rows = tuple(
        _row(
            product,
            [facts[topic] for topic in topics[product.pk] if topic in facts],
            [lag for (topic, _), lag in lags.items() if topic in topics[product.pk]],
            promises[product.pk],
            now,
        )
        for product in shown
    )
    return Mine(products, rows, tuple(_silent(viewer, known)))


def _products(viewer: Principal) -> QuerySet[DataProduct]:
    rows = DataProduct.objects.filter(team_id__in=viewer.team_ids()).exclude(lifecycle="retired")
    places = [When(health=word, then=Value(place)) for place, word in enumerate(HEALTH)]
    loud = Case(*places, default=Value(len(HEALTH)), output_field=IntegerField())
    return scope(viewer, "catalog.read", rows.select_related("domain", "team")).order_by(
        loud, "slug"
    )


def _silent(viewer: Principal, topic_ids: Sequence[int]) -> QuerySet[Cluster]:
    """Clusters of these topics that do not answer; of all topics for whoever runs the platform."""
    rows = Cluster.objects.filter(state__in=("unreachable", "suspended")).order_by("name")
    if viewer.has_platform_role("platform_admin"):
        return rows
    return rows.filter(topics__in=topic_ids).distinct()


def _row(
    product: DataProduct,
    facts: Sequence[TopicFacts],
    lags: Sequence[LagFacts],
    promises: Sequence[Promise],
    now: datetime,
) -> MyProduct:
    kept, second = _kept(promises)
    return MyProduct(
        name=product.name,
        href=f"/products/{product.slug}",
        domain=product.domain.slug,
        second=" · ".join(word for word in (product.domain.name, product.tier) if word),
        badge=_badge(product),
        reason=own_reason(product.health_reasons, product.name)
        or WITHOUT_REASON.get(product.health, ""),
        reader=slowest(lags, promises, now),
        newest=newest(facts, promises, now),
        kept=kept,
        kept_second=second,
    )


def _badge(product: DataProduct) -> Badge:
    if product.lifecycle in ("draft", "proposed"):
        return Badge("info", product.get_lifecycle_display())
    return health_badge(product.health)


def slowest(lags: Sequence[LagFacts], promises: Sequence[Promise], now: datetime) -> Reading:
    """The reader that is furthest behind; how many readers could not be measured is said too."""
    if not lags:
        return Reading("no reader", "nobody commits offsets yet", "plain")
    limits = {
        row.consumer: row.magnitude for row in promises if row.consumer and row.base_unit == "s"
    }
    measured = [lag for lag in lags if lag.age_lo_s is not None and lag.status != "unknown"]
    if not measured:
        return Reading("", _because(lags[0].unknown_reason), "unknown")
    worst = max(measured, key=_loudness)
    low, high = float(worst.age_lo_s or 0), _high(worst)
    limit = limits.get(worst.group_name)
    note = worst.group_name + (f", limit {duration(limit)}" if limit is not None else "")
    if len(measured) < len(lags):
        note += f"; {len(measured)} of {len(lags)} readers measured"
    state = lag_state(worst.status)
    if worst.cluster_state == Cluster.State.UNREACHABLE:
        state, note = "stale", f"{note}, as of {age(worst.as_of, now=now)}"
    words = "up to date" if worst.lag_records == 0 and low == 0 else interval(low, high)
    return Reading(words, note, state, low, high, limit)


def _loudness(lag: LagFacts) -> tuple[int, float, float]:
    high = _high(lag)
    return (
        LOUDNESS.get(lag_state(lag.status), 0),
        float(lag.age_lo_s or 0),
        math.inf if high is None else high,
    )


def _high(lag: LagFacts) -> float | None:
    return None if lag.age_hi_s is None or lag.age_hi_s < 0 else float(lag.age_hi_s)


def newest(facts: Sequence[TopicFacts], promises: Sequence[Promise], now: datetime) -> Reading:
    """How old the newest record is, on the topic where it is oldest."""
    if not facts:
        return Reading("no topic", "no live output port", "plain")
    for topic in facts:
        if topic.unknown_reason or topic.as_of is None:
            note = _because(topic.unknown_reason)
            seen = f", last answer {age(topic.as_of, now=now)}" if topic.as_of else ""
            return Reading("", note + seen, "unknown")
    ages = [pair for pair in map(_age_of_newest, facts) if pair is not None]
    if len(ages) < len(facts):
        return Reading("not seen yet", "no append since the first look", "plain")
    low, high = max(ages, key=lambda pair: pair[0])
    limit = next((row.magnitude for row in promises if row.property == "freshness"), None)
    is_late = limit is not None and low > limit
    note = f"limit {duration(limit)}" if limit is not None else "by append"
    return Reading(interval(low, high), note, "bad" if is_late else "ok", low, high, limit)


def _age_of_newest(topic: TopicFacts) -> tuple[float, float | None] | None:
    if topic.as_of is None or topic.advanced_before is None:
        return None
    low = max((topic.as_of - topic.advanced_before).total_seconds(), 0.0)
    after = topic.advanced_after
    return low, None if after is None else (topic.as_of - after).total_seconds()


def _kept(promises: Sequence[Promise]) -> tuple[str, str]:
    """Promises in words: "2 of 3 kept" and what the others are."""
    if not promises:
        return "none", ""
    words = [row.now.word if hasattr(row, "now") else "unknown" for row in promises]
    others: Mapping[str, str] = {"fail": "broken", "warn": "at risk", "unknown": "not judged"}
    said = [f"{words.count(word)} {label}" for word, label in others.items() if word in words]
    kept = sum(word in ("pass", "skip") for word in words)
    return f"{kept} of {len(words)} kept", ", ".join(said)


def _because(reason: str) -> str:
    return reason_words(reason) or "not looked at yet"
