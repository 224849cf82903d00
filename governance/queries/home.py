"""The first page: what waits on me, my products, what is wrong now, what changed upstream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from catalog.models import DataProduct, Incident, PortTopic, Promise, TopicSubject
from catalog.queries.incidents import censored, incident_list
from governance.queries.requests import InboxRow, inbox
from lineage.reading.flows import step_up
from mesh.audit.principal import Principal
from mesh.kernel import clock
from mesh.kernel.wording import interval
from mesh.people.authz.doors import scope
from mesh.people.models import ApiKey, Team
from schemas.models import SchemaVersion
from streams.models import Cluster, GroupTopicLag

PRODUCTS_MOST = 20
CHANGED_DAYS = 7
UPSTREAM_STEPS = 3
HEALTH = {
    "failing": ("bad", "Late or broken"),
    "at_risk": ("warn", "At risk"),
    "unknown": ("unknown", "Not judged"),
    "healthy": ("ok", "Healthy"),
    "unpromised": ("silent", "Nothing promised"),
}


@dataclass(frozen=True, slots=True)
class MyProduct:
    """One of the viewer's products with its slowest reader against the tightest limit."""

    slug: str
    name: str
    domain: str
    second: str
    state: str
    words: str
    reason: str
    reader: str
    lag: str
    low: float | None
    high: float | None
    limit: float | None
    lag_state: str
    consumers: int


@dataclass(frozen=True, slots=True)
class Home:
    """Everything the first page shows."""

    headline: str
    rest: str
    waiting: Sequence[InboxRow]
    products: Sequence[MyProduct]
    incidents: Sequence[Incident]
    changed: Sequence[dict[str, Any]]
    steps: Sequence[dict[str, Any]]
    silent: Sequence[Cluster]

    @property
    def steps_done(self) -> int:
        return sum(bool(step["done"]) for step in self.steps)


def home(viewer: Principal) -> Home:
    """The page of one person."""
    waiting = inbox(viewer, "assigned")
    mine = my_products(viewer)
    near = incidents_near(viewer, [product.pk for product in mine])
    products = _rows(mine)
    headline, rest = _sentence(viewer, len(waiting), products, len(near))
    return Home(
        headline, rest, waiting, products, near, changed_upstream(viewer, mine), _steps(viewer, mine),
        list(scope(viewer, "cluster.read", Cluster.objects.filter(state="unreachable"))),
    )  # fmt: skip


def my_products(viewer: Principal) -> list[DataProduct]:
    """Products of the viewer's teams, or of the domains that the viewer is steward of."""
    rows = scope(viewer, "catalog.read", DataProduct.objects.select_related("team", "domain"))
    mine = Q(team_id__in=viewer.team_ids())
    domains = viewer.domain_ids("steward")
    if domains:
        mine |= Q(domain__public_id__in=domains)
    return list(rows.filter(mine).exclude(lifecycle="retired").order_by("slug")[:PRODUCTS_MOST])


def incidents_near(viewer: Principal, product_ids: Sequence[int]) -> list[Incident]:
    """Open incidents of my products and of what they read; of all products when I have none."""
    rows = incident_list(viewer, {"state": "open"})
    if product_ids:
        near = set(
            DataProduct.objects.filter(pk__in=product_ids).values_list("public_id", flat=True)
        )
        near |= {UUID(key) for key in upstream_of([str(key) for key in near])}
        rows = rows.filter(product__public_id__in=near)
    return censored(viewer, list(rows.order_by("-started_at")[:6]))


def upstream_of(keys: Sequence[str]) -> set[str]:
    """Products that feed these ones, up to three steps away; one step costs two queries for all."""
    seen, frontier = set(keys), list(keys)
    for _ in range(UPSTREAM_STEPS):
        found = {flow.src.product_key for flow in step_up(frontier).flows if flow.certain}
        frontier = sorted(found - seen - {""})
        seen |= set(frontier)
        if not frontier:
            break
    return seen - set(keys)


def _rows(products: Sequence[DataProduct]) -> list[MyProduct]:
    """Constant number of queries for all of them."""
    bound = PortTopic.objects.filter(port__product__in=products, direction="output", live=True)
    topics = {row.topic_id: row.port.product_id for row in bound.select_related("port")}
    slowest: dict[int, GroupTopicLag] = {}
    lags = GroupTopicLag.objects.filter(topic_id__in=topics, group__ended_at__isnull=True)
    for lag in lags.select_related("group"):
        product_id = topics[lag.topic_id]
        known = slowest.get(product_id)
        if known is None or _slowness(lag) > _slowness(known):
            slowest[product_id] = lag
    limits: dict[int, float] = {}
    promised = Promise.objects.filter(
        port__product__in=products, ended_at__isnull=True, magnitude__isnull=False, base_unit="s",
        consumer__gt="",
    )  # fmt: skip
    for promise in promised.select_related("port"):
        assert promise.magnitude is not None
        product_id = promise.port.product_id
        limits[product_id] = min(limits.get(product_id, promise.magnitude), promise.magnitude)
    return [_row(product, slowest.get(product.pk), limits.get(product.pk)) for product in products]


def _slowness(lag: GroupTopicLag) -> tuple[bool, float]:
    """Unknown counts as slower than anything known; -1 is no upper bound."""
    if lag.age_hi_s is None:
        return True, 0.0
    return False, float("inf") if lag.age_hi_s < 0 else float(lag.age_hi_s)


def _row(product: DataProduct, lag: GroupTopicLag | None, limit: float | None) -> MyProduct:
    state, words = HEALTH.get(product.health, ("unknown", "Not judged"))
    if product.lifecycle == "draft":
        state, words = "plain", "Draft"
    low = lag.age_lo_s if lag is not None else None
    high = lag.age_hi_s if lag is not None and (lag.age_hi_s or 0) >= 0 else None
    known = lag is not None and lag.age_hi_s is not None
    said = (
        interval(low, high)
        if known and low is not None
        else "unknown"
        if lag is not None
        else "no reader"
    )
    reasons = [
        reason if isinstance(reason, str) else str(reason.get("text", ""))
        for reason in product.health_reasons
    ]
    return MyProduct(
        product.slug, product.name, product.domain.slug, f"{product.domain.slug} · {product.tier or 'no tier'}",
        state, words, next(iter(reasons), ""), lag.group.group_id if lag is not None else "", said,
        float(low) if low is not None else None, float(high) if high is not None else None, limit,
        _lag_state(known, low, high, limit), product.consumer_count,
    )  # fmt: skip


def _lag_state(known: bool, low: int | None, high: int | None, limit: float | None) -> str:
    if not known:
        return "unknown"
    if limit is None or (high is not None and high <= limit):
        return "ok"
    return "bad" if low is not None and low > limit else "warn"


def changed_upstream(viewer: Principal, products: Sequence[DataProduct]) -> list[dict[str, Any]]:
    """New schema versions of what my products read, in the last seven days."""
    keys = upstream_of([str(product.public_id) for product in products])
    rows = scope(viewer, "catalog.read", DataProduct.objects.filter(public_id__in=keys))
    topics = dict(
        PortTopic.objects.filter(port__product__in=rows, direction="output", live=True).values_list(
            "topic_id", "port__product__slug"
        )
    )
    subjects = {
        row.subject_id: topics[row.topic_id]
        for row in TopicSubject.objects.filter(topic_id__in=topics)
    }
    since = clock.now() - timedelta(days=CHANGED_DAYS)
    versions = SchemaVersion.objects.filter(
        subject_id__in=subjects, created_at__gte=since, deleted_at__isnull=True, version__gt=1
    )
    return [
        {
            "title": f"{subjects[version.subject_id]}, schema {version.version}",
            "href": f"/subjects/{version.subject.public_id}",
            "icon": "git-branch",
            "state": "",
            "text": f"Registered by {version.created_by_label or 'somebody unknown'}.",
            "second": version.subject.name,
            "at": version.created_at,
        }
        for version in versions.select_related("subject").order_by("-created_at")[:8]
    ]


def _sentence(
    viewer: Principal, waiting: int, products: Sequence[MyProduct], incidents: int
) -> tuple[str, str]:
    """The answer first: what waits, and how my products are."""
    first = f"{waiting} {'decision waits' if waiting == 1 else 'decisions wait'} on you."
    if not waiting:
        first = "Nothing waits on you."
    if products:
        bad = sum(product.state == "bad" for product in products)
        dark = sum(product.state == "unknown" for product in products)
        noun = "product" if len(products) == 1 else "products"
        parts = [f"{bad} {'is' if bad == 1 else 'are'} late or broken"] if bad else []
        parts += [f"{dark} cannot be judged"] if dark else []
        return first, f"Of your {len(products)} {noun}, {' and '.join(parts) or 'none is late'}."
    if viewer.team_ids():
        return first, "Your teams have no product yet."
    return (
        first,
        f"{incidents} {'incident is' if incidents == 1 else 'incidents are'} open in the mesh.",
    )


def _steps(viewer: Principal, products: Sequence[DataProduct]) -> list[dict[str, Any]]:
    """What a newcomer does first; done is seen from what is there."""
    in_team = bool(viewer.team_ids())
    has_key = ApiKey.objects.filter(user_id=viewer.user_pk, revoked_at__isnull=True).exists()
    team = Team.objects.filter(pk__in=viewer.team_ids()).first()
    active = any(product.lifecycle == "active" for product in products)
    return [
        {"done": in_team, "words": "Belong to a team", "href": "/account"},
        {"done": bool(team and (team.contact or team.on_call)), "words": "Say how your team is reached",
         "href": f"/teams/{team.slug}" if team else "/account"},
        {"done": has_key, "words": "Make a key for your programs", "href": "/developer"},
        {"done": bool(products), "words": "Register a product", "href": "/products/new"},
        {"done": active, "words": "See it live", "href": "/search"},
    ]  # fmt: skip
