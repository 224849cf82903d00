"""The home page: what waits on the viewer, how their products are, what happens near them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from catalog.models import Incident
from catalog.queries.incidents import incident_list
from governance.desk.mine import Mine, my_products
from governance.desk.start import Step, getting_started
from governance.desk.upstream import Feeder, UpstreamChange, changed_upstream, feeders
from governance.queries.policies import policies
from governance.queries.requests import InboxRow, inbox
from mesh.audit.principal import Principal
from mesh.kernel import clock
from mesh.people.authz.doors import may, sees_all
from mesh.people.models import ObjectScope

WAITING_SHOWN = 5
INCIDENTS_SHOWN = 8
UNWELL = ("failing", "at_risk")


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that only the viewer, or few beside them, can move on."""

    title: str
    href: str
    icon: str
    where: str
    text: str
    open_for: datetime | None
    due: datetime | None


@dataclass(frozen=True, slots=True)
class Near:
    """An open incident in the viewer's products or upstream of them."""

    title: str
    href: str
    since: datetime
    text: str
    answered: str


@dataclass(frozen=True, slots=True)
class Home:
    """Everything the home page shows."""

    headline: str
    rest: str
    waiting: tuple[Waiting, ...]
    waiting_total: int
    decisions: int
    mine: Mine
    near: tuple[Near, ...]
    near_total: int
    changed: tuple[UpstreamChange, ...]
    feeder_count: int
    steps: tuple[Step, ...]
    policies: tuple[dict[str, str], ...]
    has_team: bool
    now: datetime

    @property
    def steps_done(self) -> int:
        return sum(step.done for step in self.steps)


def home(viewer: Principal) -> Home:
    """The page for one person. Constant queries, save what the inbox needs per waiting request."""
    now = clock.now()
    mine = my_products(viewer, now)
    above = feeders(viewer, mine.products)
    incidents = _near(viewer, mine, above)
    requests = inbox(viewer, "assigned")
    open_ones = [
        incident
        for incident in incidents
        if incident.acknowledged_at is None and incident.product.team_id in viewer.team_ids()
    ]
    waiting = [*map(_acknowledge, open_ones), *map(_decide, requests)]
    return Home(
        headline=_headline(len(requests), len(open_ones)),
        rest=_rest(viewer, mine),
        waiting=tuple(waiting[:WAITING_SHOWN]),
        waiting_total=len(waiting),
        decisions=len(requests),
        mine=mine,
        near=tuple(_incident(viewer, row, above) for row in incidents[:INCIDENTS_SHOWN]),
        near_total=len(incidents),
        changed=changed_upstream(above, now),
        feeder_count=len(above),
        steps=() if mine.total else getting_started(viewer),
        policies=_policies(viewer),
        has_team=bool(viewer.team_ids()),
        now=now,
    )


def _near(viewer: Principal, mine: Mine, above: Mapping[int, Feeder]) -> list[Incident]:
    """Open incidents the viewer has to do with, the viewer's own first, then the nearest."""
    rows = incident_list(viewer, {"state": "open"})
    if not viewer.has_role("governor", "platform_admin") and not viewer.has_platform_role(
        "steward"
    ):
        about = Q(product__in=[product.pk for product in mine.products]) | Q(product__in=above)
        domains = list(viewer.domain_ids("steward"))
        if domains:
            owned = ObjectScope.objects.filter(kind="product", domain_ids__overlap=domains)
            about |= Q(product__public_id__in=owned.values("object_id"))
        rows = rows.filter(about)
    teams = viewer.team_ids()

    def place(incident: Incident) -> tuple[int, int]:
        if incident.product.team_id in teams:
            return 0, -incident.pk
        feeder = above.get(incident.product_id)
        return (99 if feeder is None else feeder.hops), -incident.pk

    return sorted(rows.order_by("-number")[:200], key=place)


def _acknowledge(incident: Incident) -> Waiting:
    promised = f" Promised: “{incident.promise.words}”." if incident.promise is not None else ""
    return Waiting(
        f"Acknowledge: {incident.title}",
        f"/incidents/{incident.number}",
        "triangle-alert",
        incident.product.name,
        f"Nobody has said yet that they look at it.{promised}",
        incident.started_at,
        None,
    )


def _decide(row: InboxRow) -> Waiting:
    hit = f" Breaks {', '.join(row.readers[:3])}." if row.hurt else ""
    unknown = f" {row.unknown} readers cannot be judged." if row.unknown else ""
    where = " · ".join(word for word in (f"request {row.number}", row.environment) if word)
    return Waiting(
        f"Decide: {row.title}",
        f"/governance/requests/{row.number}",
        "git-pull-request",
        where,
        f"{row.requester} asks: {row.what}.{hit}{unknown}",
        row.since if row.due_at is None else None,
        row.due_at,
    )


def _incident(viewer: Principal, incident: Incident, above: Mapping[int, Feeder]) -> Near:
    feeder = above.get(incident.product_id)
    if incident.product.team_id in viewer.team_ids():
        relation = "Your product."
    elif feeder is not None:
        relation = f"{incident.product.name} is {feeder.words}."
    else:
        relation = f"{incident.product.name}, {incident.product.team.name}."
    promised = f"Promised: “{incident.promise.words}”. " if incident.promise is not None else ""
    answered = (
        f"{incident.acknowledged_by or 'Somebody'} is on it"
        if incident.acknowledged_at is not None
        else "not acknowledged"
    )
    return Near(
        incident.title,
        f"/incidents/{incident.number}",
        incident.started_at,
        promised + relation,
        answered,
    )


def _policies(viewer: Principal) -> tuple[dict[str, str], ...]:
    """Policies that some product fails, for those who look after all of them."""
    if not sees_all(viewer):
        return ()
    return tuple(
        {
            "label": row.code,
            "value": _products_words(row.failing),
            "href": f"/governance/policies/{row.code}",
        }
        for row in policies(viewer)
        if row.failing
    )[:6]


def _products_words(count: int) -> str:
    return f"{count} product fails it" if count == 1 else f"{count} products fail it"


def _headline(decisions: int, incidents: int) -> str:
    said = []
    if decisions:
        said.append(f"{decisions} decision{'' if decisions == 1 else 's'}")
    if incidents:
        said.append(f"{incidents} incident{'' if incidents == 1 else 's'} to acknowledge")
    if not said:
        return "Nothing waits on you."
    verb = "waits" if decisions + incidents == 1 else "wait"
    return f"{' and '.join(said)} {verb} on you."


def _rest(viewer: Principal, mine: Mine) -> str:
    if not viewer.team_ids():
        return "You belong to no team, so no product is yours."
    if not mine.total:
        return "Your teams answer for no product yet."
    unwell, unjudged = mine.count(*UNWELL), mine.count("unknown")
    silent = mine.count("unpromised")
    said = [
        f"{count} {words}"
        for count, words in (
            (unwell, "needs a look" if unwell == 1 else "need a look"),
            (unjudged, "cannot be judged"),
            (silent, "promises nothing" if silent == 1 else "promise nothing"),
        )
        if count
    ]
    if not said:
        return "All your products are healthy." if mine.total > 1 else "Your product is healthy."
    if mine.total == 1:
        return f"Your one product {said[0][2:]}."
    return f"Of your {mine.total} products, {_joined(said)}."


def _joined(said: Sequence[str]) -> str:
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"


def may_register(viewer: Principal) -> bool:
    """Should "Register a product" be offered?"""
    return may(viewer, "product.create")
