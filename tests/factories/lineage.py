"""Products as lineage knows them: nodes that own topics, groups that read."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from lineage.actions import DeclaredInput, know_topics, observe, own_nodes
from lineage.evidence.observing import moved_sightings
from mesh.people.models import ObjectScope, Team
from streams.models import ConsumerGroup, Topic
from tests.factories import streams

SPACE = UUID("018f0000-0000-7000-8000-000000000000")


def product_id(slug: str) -> str:
    """The id of a product, always the same for a slug."""
    return str(uuid5(SPACE, slug))


def product(slug: str, *, inputs: tuple[DeclaredInput, ...] = (), team: Team | None = None,
            visibility: str = "organisation") -> Topic:  # fmt: skip
    """A product with one output topic named after it. Answers the topic."""
    topic = Topic.objects.filter(name=slug).first() or streams.topic(slug)
    know_topics([topic.pk])
    own_nodes(product_id(slug), slug, [topic.pk], [], inputs)
    for kind, key in (("product", product_id(slug)), ("topic", str(topic.public_id))):
        ObjectScope.objects.update_or_create(
            kind=kind, object_id=key,
            defaults={"team": team, "product_id": product_id(slug), "product_slug": slug,
                      "visibility": visibility},
        )  # fmt: skip
    return topic


def reads(upstream: str, group: str = "", port: str = "in") -> DeclaredInput:
    """An input port on another product."""
    topics = Topic.objects.filter(name=upstream).values_list("pk", flat=True)
    return DeclaredInput(port, product_id(upstream), upstream, list(topics), group)


def moved(group: ConsumerGroup, *topics: Topic) -> None:
    """A sweep saw commits of the group move on the topics."""
    observe(moved_sightings([(group.pk, topic.pk) for topic in topics]))


def node(**members: Any) -> Any:
    """The one node with these members."""
    from lineage.models import Node

    return Node.objects.get(**members)
