"""Whom incidents and new schema versions concern: owners, followers, and products that read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from catalog.models import DataProduct, Incident, Port, Subscription
from lineage.queries import downstream_products
from mesh.audit.models import OutboxEvent
from mesh.people.models import Membership, ObjectScope
from mesh.people.telling import Story, register_teller


def register() -> None:
    """Name the events told here."""
    register_teller(incident_stories, "incident_opened", "incident_resolved")
    register_teller(schema_stories, "schema_registered")


def incident_stories(events: Sequence[OutboxEvent]) -> Iterable[Story]:
    """An incident opened or closed: its owners, then whoever follows or reads the product."""
    incidents = {
        str(row.public_id): row
        for row in Incident.objects.select_related("product__team").filter(
            public_id__in=[event.object_id for event in events]
        )
    }
    near: dict[int, dict[int, str]] = {}
    for event in events:
        if (incident := incidents.get(event.object_id)) is None:
            continue
        product = incident.product
        if product.pk not in near:
            near[product.pk] = _near(product)
        owners = _owners(product)
        words = (
            "It opened."
            if event.name == "incident_opened"
            else "It holds again; the incident is closed."
        )
        others = {pk: why for pk, why in near[product.pk].items() if pk not in owners}
        for family, audience in (("incident", owners), ("near", others)):
            yield Story(event, family, _titled(product, incident.title), words,
                        f"/incidents/{incident.number}", audience, product.public_id)  # fmt: skip


def schema_stories(events: Sequence[OutboxEvent]) -> Iterable[Story]:
    """A subject of a product got a version: whoever follows or reads the product, not its owners."""
    owned = dict(
        ObjectScope.objects.filter(
            kind="subject",
            object_id__in={event.object_id for event in events},
            product_id__isnull=False,
        ).values_list("object_id", "product_id")
    )
    if not owned:
        return
    rows = DataProduct.objects.select_related("team").filter(public_id__in=set(owned.values()))
    products = {row.public_id: (row, _near(row), _owners(row)) for row in rows}
    for event in events:
        product_id = owned.get(UUID(event.object_id))
        if product_id is None or product_id not in products:
            continue
        product, near, owners = products[product_id]
        audience = {pk: why for pk, why in near.items() if pk not in owners}
        version = event.payload.get("version")
        yield Story(event, "schema", f"{product.name}: {event.payload.get('label', 'schema')}",
                    f"Version {version} was registered.", f"/subjects/{event.object_id}", audience,
                    product.public_id)  # fmt: skip


def _titled(product: DataProduct, title: str) -> str:
    """The title with the product's name in front, once."""
    return title if title.startswith(product.name) else f"{product.name}: {title}"


def _owners(product: DataProduct) -> dict[int, str]:
    members = Membership.objects.filter(team_id=product.team_id).values_list("user_id", flat=True)
    return dict.fromkeys(members, f"your team {product.team.name} owns {product.name}")


def _near(product: DataProduct) -> dict[int, str]:
    """Followers, then members of teams whose products read this one; four queries."""
    followers = Subscription.objects.filter(product=product).values_list("user_id", flat=True)
    audience = dict.fromkeys(followers, f"you follow {product.name}")
    declared = Port.objects.filter(direction="input", upstream__product=product)
    readers = {row.public_id for row in DataProduct.objects.filter(ports__in=declared)}
    readers |= {UUID(str(found)) for found, _ in downstream_products(product.public_id, depth=1)}
    reading = DataProduct.objects.filter(public_id__in=readers).exclude(lifecycle="retired")
    teams = {row.team_id: row.name for row in reading.exclude(pk=product.pk).order_by("-name")}
    members = Membership.objects.filter(team_id__in=teams).values_list("user_id", "team_id")
    for user_pk, team_pk in members:
        audience.setdefault(user_pk, f"your {teams[team_pk]} reads {product.name}")
    return audience
