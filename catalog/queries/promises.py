"""Promises and their verdicts."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import date, timedelta

from django.db.models import QuerySet

from catalog.models import DataProduct, Promise, PromiseDay, Verdict
from catalog.sla.days import STRIP_DAYS, day_word
from mesh.audit.principal import Principal
from mesh.kernel.errors import NotFound
from mesh.people.authz.doors import scope


def promise_list(viewer: Principal, chosen: Mapping[str, str]) -> QuerySet[Promise]:
    """Standing promises of visible products, narrowed by product (slug), property and word."""
    products = scope(viewer, "promise.read", DataProduct.objects.all())
    rows = Promise.objects.filter(ended_at__isnull=True, port__product__in=products)
    if chosen.get("product"):
        rows = rows.filter(port__product__slug=chosen["product"])
    if chosen.get("property"):
        rows = rows.filter(property=chosen["property"])
    if chosen.get("word"):
        rows = rows.filter(now__word=chosen["word"])
    return rows.select_related("now", "port__product__team", "port__product__domain")


def day_words(promises: Collection[Promise], today: date) -> dict[int, dict[date, str]]:
    """The word of each of the last days of promises the viewer was already shown. One query."""
    rows = PromiseDay.objects.filter(
        promise__in=[promise.pk for promise in promises],
        day__gt=today - timedelta(days=STRIP_DAYS),
        day__lte=today,
    )
    words: dict[int, dict[date, str]] = {promise.pk: {} for promise in promises}
    for row in rows:
        words[row.promise_id][row.day] = day_word(
            row.kept, row.at_risk, row.failed, row.unknown, broken=row.broken
        )
    return words


def promise_of(viewer: Principal, reference: str) -> Promise:
    """One promise by public id, also an ended one. Raises NotFound."""
    products = scope(viewer, "promise.read", DataProduct.objects.all())
    rows = Promise.objects.filter(port__product__in=products).select_related("now", "port__product")
    try:
        found = rows.filter(public_id=uuid.UUID(reference)).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound
    return found


def verdict_list(viewer: Principal, promise: Promise) -> QuerySet[Verdict]:
    """Judgements of a promise the viewer was already shown."""
    return Verdict.objects.filter(promise=promise)
