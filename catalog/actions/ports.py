"""Ports: where a product gives or takes data, on which topic, described by which subjects."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from catalog.actions.ownership import write_scopes
from catalog.actions.products import changed, guard_active, locked, touch
from catalog.errors import PortExists, SubjectOwned, TopicAlreadyPublished
from catalog.members import PORT_MEMBERS, check
from catalog.models import DataProduct, Port, PortTopic, TopicSubject
from mesh.audit.actions import audited, record
from mesh.audit.principal import Principal
from mesh.kernel.errors import InvalidInput, NotFound
from mesh.people.authz.doors import require
from mesh.people.models import ObjectScope
from schemas.models import Subject
from streams.models import Topic

SIDES = ("key", "value")
STRATEGIES = ("topic", "record", "topic_record", "custom")


@audited
def add_port(  # noqa: PLR0913  (what a person fills in)
    product_id: int,
    *,
    direction: str,
    name: str,
    by: Principal,
    version: str = "1",
    description: str = "",
    upstream: DataProduct | None = None,
    group_name: str = "",
    approval: int | None = None,
) -> Port:
    """A new port; on an active product it is active at once (then `approval` is needed).

    `upstream` (input ports) is the product that is read: its first live output port is meant.
    Raises NotAllowed, NeedsRequest, InvalidInput, PortExists.
    """
    product = locked(product_id)
    require(by, "product.edit", product)
    guard_active(product, by, approval)
    check(
        {
            "direction": direction, "name": name, "version": version,
            "description": description, "group_name": group_name,
        },
        PORT_MEMBERS,
    )  # fmt: skip
    _check_upstream(product, direction, upstream)
    try:
        with transaction.atomic():
            port = Port.objects.create(
                product=product,
                direction=direction,
                name=name,
                version=version,
                description=description,
                upstream=None if upstream is None else first_output(upstream),
                group_name=group_name,
                lifecycle="active" if product.lifecycle == "active" else "draft",
            )
    except IntegrityError as error:
        detail = f"{product.slug} already has the {direction} port {name} v{version}."
        raise PortExists(detail, pointer="/name") from error
    touch(product)
    write_scopes(product)
    after = {"direction": direction, "name": name, "version": version, "group_name": group_name}
    record("port_created", port, by=by, after=after, request_number=approval)
    changed(product, "port_created")
    return port


@audited
def bind_topic(
    port_id: int, topic: Topic, *, by: Principal, approval: int | None = None
) -> PortTopic:
    """Put a port on a topic; repeating it changes nothing.

    The claim counts from activation on. Raises NotAllowed, NeedsRequest, TopicAlreadyPublished.
    """
    port = _port(port_id)
    product = locked(port.product_id)
    require(by, "product.edit", product)
    bound = PortTopic.objects.filter(port=port, topic=topic).first()
    if bound is not None:
        return bound
    guard_active(product, by, approval)
    refuse_published(topic, port)
    live = port.lifecycle == "active"
    try:
        with transaction.atomic():
            bound = PortTopic.objects.create(
                port=port,
                topic=topic,
                environment_id=topic.cluster.environment_id,
                direction=port.direction,
                live=live,
            )
    except IntegrityError as error:
        raise TopicAlreadyPublished(pointer="/topic") from error
    touch(product, port)
    write_scopes(product)
    record("port_bound", port, by=by, after={"topic": topic.name}, request_number=approval)
    changed(product, "port_changed")
    return bound


@audited
def bind_subject(  # noqa: PLR0913  (the columns of the binding)
    port_id: int,
    topic: Topic,
    subject: Subject,
    side: str,
    *,
    by: Principal,
    strategy: str = "topic",
    record_name: str = "",
    approval: int | None = None,
) -> TopicSubject:
    """Say that a subject describes the keys or values of a port's topic; repeatable.

    Raises NotAllowed, NeedsRequest, InvalidInput, SubjectOwned (it belongs to another team).
    """
    port = _port(port_id)
    product = locked(port.product_id)
    require(by, "product.edit", product)
    if side not in SIDES:
        raise InvalidInput("A subject describes the key or the value.", pointer="/side")
    if strategy not in STRATEGIES:
        raise InvalidInput(f"A strategy is one of {', '.join(STRATEGIES)}.", pointer="/strategy")
    if not PortTopic.objects.filter(port=port, topic=topic).exists():
        raise InvalidInput("The port is not on this topic.", pointer="/topic")
    bound = TopicSubject.objects.filter(topic=topic, subject=subject, side=side).first()
    if bound is not None:
        return bound
    guard_active(product, by, approval)
    _refuse_foreign(subject, product)
    bound = TopicSubject.objects.create(
        topic=topic, subject=subject, side=side, strategy=strategy, record_name=record_name
    )
    touch(product, port)
    write_scopes(product)
    after = {"topic": topic.name, "subject": subject.name, "side": side}
    record("subject_bound", port, by=by, after=after, request_number=approval)
    changed(product, "port_changed")
    return bound


def first_output(product: DataProduct) -> Port | None:
    """The output port that a reader of the product means: the first active one, else the first."""
    outputs = product.ports.filter(direction=Port.Direction.OUTPUT)
    ranked = sorted(outputs, key=lambda port: (port.lifecycle != "active", port.pk))
    return ranked[0] if ranked else None


def refuse_published(topic: Topic, port: Port) -> None:
    """Raise TopicAlreadyPublished when another live output port has the topic."""
    if port.direction != Port.Direction.OUTPUT:
        return
    other = (
        PortTopic.objects.filter(topic=topic, direction=Port.Direction.OUTPUT, live=True)
        .exclude(port=port)
        .select_related("port__product")
        .first()
    )
    if other is None:
        return
    hidden = other.port.product.visibility == "restricted"
    owner = "another product" if hidden else other.port.product.name
    raise TopicAlreadyPublished(
        f'The topic "{topic.name}" is already published by {owner}.', pointer="/topic"
    )


def _port(port_id: int) -> Port:
    port = Port.objects.select_related("product").filter(pk=port_id).first()
    if port is None:
        raise NotFound
    return port


def _check_upstream(product: DataProduct, direction: str, upstream: DataProduct | None) -> None:
    if upstream is None:
        return
    if direction != Port.Direction.INPUT:
        raise InvalidInput("Only an input port reads another product.", pointer="/upstream")
    if upstream.pk == product.pk:
        raise InvalidInput("A product cannot be its own input.", pointer="/upstream")


def _refuse_foreign(subject: Subject, product: DataProduct) -> None:
    owner = ObjectScope.objects.filter(kind="subject", object_id=subject.public_id).first()
    if owner is None or owner.team_id in (None, product.team_id):
        return
    raise SubjectOwned(
        f'The subject "{subject.name}" belongs to another product; its team must bind it.',
        pointer="/subject",
    )
