"""Who wants to hear of a product."""

from __future__ import annotations

from catalog.models import DataProduct, Subscription
from mesh.audit.actions import audited, record
from mesh.audit.principal import Principal
from mesh.kernel.errors import NotAllowed
from mesh.people.authz.doors import require


@audited
def subscribe(product: DataProduct, *, by: Principal) -> bool:
    """Subscribe the person; True when they were not before. Raises NotAllowed for programs."""
    require(by, "subscribe", product)
    _, created = Subscription.objects.get_or_create(user_id=_person(by), product=product)
    if created:
        record("product_subscribed", product, by=by)
    return created


@audited
def unsubscribe(product: DataProduct, *, by: Principal) -> bool:
    """End the person's subscription; True when there was one."""
    require(by, "subscribe", product)
    count, _ = Subscription.objects.filter(user_id=_person(by), product=product).delete()
    if count:
        record("product_unsubscribed", product, by=by)
    return bool(count)


def _person(by: Principal) -> int:
    if by.user_pk is None:
        raise NotAllowed("Only people subscribe; a program has no inbox.")
    return by.user_pk
