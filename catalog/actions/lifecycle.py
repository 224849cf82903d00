"""The step from draft to active, with every guard evaluated and named."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from catalog.actions.ownership import write_scopes
from catalog.actions.ports import refuse_published
from catalog.actions.products import changed, locked
from catalog.errors import LifecycleGuard, TopicAlreadyPublished
from catalog.models import DataProduct, Port, PortTopic, Promise, TopicSubject
from mesh.audit.actions import audited, record
from mesh.audit.principal import Principal
from mesh.kernel.database import database_now
from mesh.kernel.errors import Fault
from mesh.people.authz.doors import require
from mesh.people.models import Membership
from schemas.models import SchemaVersion

SWEEPS = 2  # evidence that a topic exists may be this many sweeps old …
SLACK_S = 15  # … plus the time a sweep takes


@audited
def activate_product(
    product_id: int, *, by: Principal, approval: int | None = None, why: str = ""
) -> DataProduct:
    """Make a product and its ports active; repeating it changes nothing.

    Raises NotAllowed, LifecycleGuard (one fault per failed guard), TopicAlreadyPublished.
    """
    product = locked(product_id)
    require(by, "product.edit", product)
    if product.lifecycle == DataProduct.Lifecycle.ACTIVE:
        return product
    ports = list(Port.objects.filter(product=product))
    if faults := activation_faults(product, ports):
        raise LifecycleGuard(faults[0].detail, faults=tuple(faults))
    _go_live(ports)
    before = {"lifecycle": product.lifecycle}
    product.lifecycle = DataProduct.Lifecycle.ACTIVE
    product.activated_at = product.changed_at = database_now()
    product.revision += 1
    product.save(
        update_fields=["lifecycle", "activated_at", "changed_at", "revision", "updated_at"]
    )
    write_scopes(product)
    record(
        "product_activated", product, by=by, why=why, before=before,
        after={"lifecycle": product.lifecycle}, request_number=approval,
    )  # fmt: skip
    changed(product, "product_lifecycle_changed")
    return product


def _go_live(ports: Sequence[Port]) -> None:
    bound = list(PortTopic.objects.filter(port__in=ports).select_related("topic", "port"))
    for row in bound:
        refuse_published(row.topic, row.port)
    started = Port.objects.filter(pk__in=[port.pk for port in ports]).exclude(lifecycle="active")
    started.update(lifecycle="active", revision=F("revision") + 1)
    try:
        with transaction.atomic():
            PortTopic.objects.filter(port__in=ports).update(live=True)
    except IntegrityError as error:
        raise TopicAlreadyPublished(pointer="/ports") from error


def activation_faults(product: DataProduct, ports: Sequence[Port]) -> list[Fault]:
    """Every guard that is not met, with what to do about it. Constant number of queries."""
    faults = []
    owners = Membership.objects.filter(team_id=product.team_id, role="owner", user__is_active=True)
    if not owners.exists():
        faults.append(
            Fault("/team", "no_owner", f"{product.team} has no active owner: add one to the team.")
        )
    if not product.purpose.strip():
        faults.append(Fault("/purpose", "purpose_empty", "Say what the product is for."))
    outputs = [port for port in ports if port.direction == Port.Direction.OUTPUT]
    if not outputs:
        faults.append(Fault("/ports", "no_output", "Add an output port on a topic."))
    return faults + _port_faults(outputs) + _promise_faults(outputs)


def _port_faults(outputs: Sequence[Port]) -> list[Fault]:
    rows = list(PortTopic.objects.filter(port__in=outputs).select_related("topic__cluster", "port"))
    described, now = _described([row.topic_id for row in rows]), database_now()
    faults = []
    for port in outputs:
        mine = [row for row in rows if row.port_id == port.pk]
        pointer = f"/ports/{port.name}"
        if not mine:
            faults.append(Fault(f"{pointer}/topic", "no_topic", f"Put port {port} on a topic."))
        for row in mine:
            if detail := absence(row, now):
                faults.append(Fault(f"{pointer}/topic", "topic_not_seen", detail))
            if row.topic_id not in described:
                detail = f"Register a value schema for {row.topic.name} and bind its subject."
                faults.append(Fault(f"{pointer}/value_subjects", "no_schema", detail))
    return faults


def absence(row: PortTopic, now: datetime) -> str:
    """Why the topic cannot be taken to exist now; "" when it was seen lately."""
    topic, cluster = row.topic, row.topic.cluster
    if topic.ended_at is not None:
        return f"{topic.name} does not exist on {cluster.name} any more."
    allowed = timedelta(seconds=SWEEPS * cluster.sweep_interval_s + SLACK_S)
    if now - topic.last_seen <= allowed:
        return ""
    return (
        f"{topic.name} was last seen on {cluster.name} at {topic.last_seen:%H:%M:%S}: "
        "wait for the next look at the cluster, or check its connection."
    )


def _described(topic_ids: Sequence[int]) -> set[int]:
    bound = TopicSubject.objects.filter(topic_id__in=topic_ids, side="value")
    pairs = list(bound.values_list("topic_id", "subject_id"))
    live = set(
        SchemaVersion.objects.filter(
            subject_id__in=[subject for _, subject in pairs], deleted_at__isnull=True
        ).values_list("subject_id", flat=True)
    )
    return {topic for topic, subject in pairs if subject in live}


def _promise_faults(outputs: Sequence[Port]) -> list[Fault]:
    unread = Promise.objects.filter(port__in=outputs, ended_at__isnull=True).exclude(state="parsed")
    return [
        Fault(f"/promises/{promise.property}", "promise_unread",
              f"The promise {promise.words or promise.property} cannot be judged: word it clearly.")
        for promise in unread
    ]  # fmt: skip
