"""Domains and products, made by the catalogue's own actions."""

from __future__ import annotations

from typing import Any

from catalog.actions.domains import create_domain
from catalog.actions.lifecycle import activate_product
from catalog.actions.ports import add_port, bind_subject, bind_topic
from catalog.actions.products import create_product
from catalog.actions.promises import set_promises
from catalog.models import DataProduct, Domain, Port, Promise
from mesh.audit.principal import SYSTEM
from mesh.people.models import Team
from streams.models import Topic
from tests.factories import people, schemas, streams


def domain(slug: str = "commerce", parent: Domain | None = None) -> Domain:
    """A domain."""
    found = Domain.objects.filter(slug=slug).first()
    return found or create_domain(slug=slug, name=slug.title(), parent=parent, by=SYSTEM)


def draft(slug: str = "orders", *, team: Team | None = None, **members: Any) -> DataProduct:
    """A draft product with a purpose."""
    members = {"purpose": "Every change of an order.", "name": slug.title(), **members}
    members.setdefault("domain", domain())
    return create_product(slug=slug, team=team or people.team(), by=SYSTEM, **members)


def output(product: DataProduct, topic: Topic, *, name: str = "changes") -> Port:
    """An output port on a topic whose values have a subject."""
    port = add_port(product.pk, direction="output", name=name, by=SYSTEM)
    bind_topic(port.pk, topic, by=SYSTEM)
    subject = schemas.subject(f"{topic.name}-value")
    bind_subject(port.pk, topic, subject, "value", by=SYSTEM)
    return port


def active(slug: str = "orders", *, team: Team | None = None, **members: Any) -> DataProduct:
    """An active product with one output port on the topic `<domain>.<slug>`."""
    product = draft(slug, team=team, **members)
    people.with_owner(product.team)
    output(product, streams.topic(f"{product.domain.slug}.{slug}"))
    return activate_product(product.pk, by=SYSTEM)


def promise(product: DataProduct, **row: Any) -> Promise:
    """A promise on the product's first output port."""
    port = product.ports.filter(direction="output").first()
    assert port is not None
    return set_promises(port.pk, [row], by=SYSTEM)[0]
