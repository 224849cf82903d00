"""Judging what is promised on a cluster after a look at it: verdicts, incidents, health."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from catalog import signals
from catalog.actions.days import count_looks, forget_days
from catalog.actions.health import refresh_health
from catalog.actions.incidents import Breach, close_incident, open_incident, worsen
from catalog.judging.facts import AVAILABILITY_WINDOW_S, load
from catalog.judging.measures import Judged, judge_topic, worst_of
from catalog.models import DataProduct, Incident, PortTopic, Promise, PromiseState, Verdict
from catalog.sla.incident import Step, next_state
from catalog.sla.judge import Measurement, Word
from catalog.sla.model import Property
from mesh.audit.actions import announce, audited
from mesh.audit.principal import Principal
from mesh.kernel.database import database_now
from streams.models import Cluster, Sweep, Topic

RECENT = 20  # words kept beside the newest verdict
KEEP_VERDICTS = timedelta(hours=48)
SILENT_SWEEPS = 3  # a cluster nobody looked at for this many intervals is unknown
STATE_FIELDS = ["word", "reason", "value_lo", "value_hi", "quality", "judged_at", "since", "recent"]


@audited
def judge(cluster_id: int, sweep_id: int | None, *, by: Principal) -> list[int]:
    """Judge every standing promise on the cluster's topics; products whose promises were judged.

    Repeating a slot changes nothing. `sweep_id` None: nobody looked, so everything is unknown.
    """
    del by  # the system judges; the frame of an action names who acts
    cluster = Cluster.objects.get(pk=cluster_id)
    sweep = Sweep.objects.filter(pk=sweep_id, cluster=cluster).first() if sweep_id else None
    now = database_now()
    slot_at = sweep.started_at if sweep is not None else now
    places = _places(cluster)
    promises = _due(list(places), slot_at)
    judged = _judged(cluster, sweep, promises, places, now)
    _write(judged, slot_at)
    products = sorted({promise.port.product_id for promise in promises})
    broken = _incidents(judged, slot_at)
    count_looks({promise.pk: one.verdict.word.value for promise, one in judged}, broken, slot_at)
    refresh_health(products)
    if products:
        announce(signals.promises_judged, product_ids=products)
    return products


@audited
def judge_silent(*, by: Principal) -> list[int]:
    """Turn the verdicts of clusters that nobody looks at any more into unknown; their ids."""
    now = database_now()
    silent = [
        cluster.pk
        for cluster in Cluster.objects.filter(last_sweep_at__isnull=False)
        if cluster.last_sweep_at is not None
        and now - cluster.last_sweep_at
        > timedelta(seconds=SILENT_SWEEPS * cluster.sweep_interval_s + 30)
    ]
    for cluster_id in silent:
        judge(cluster_id, None, by=by)
    return silent


@audited
def forget_verdicts(*, by: Principal) -> int:
    """Drop raw verdicts older than two days, and days past their time; the number of verdicts."""
    del by
    now = database_now()
    forget_days(now)
    count, _ = Verdict.objects.filter(slot_at__lt=now - KEEP_VERDICTS).delete()
    return count


def _places(cluster: Cluster) -> dict[int, list[Topic]]:
    """Topics of each live output port on the cluster, by port."""
    rows = PortTopic.objects.filter(
        live=True, direction="output", topic__cluster=cluster
    ).select_related("topic")
    places: dict[int, list[Topic]] = defaultdict(list)
    for row in rows:
        places[row.port_id].append(row.topic)
    return places


def _due(port_ids: Sequence[int], slot_at: datetime) -> list[Promise]:
    """Standing promises that this slot has not judged, locked so that two judges never race."""
    rows = Promise.objects.filter(port_id__in=port_ids, ended_at__isnull=True)
    locked = rows.select_for_update(no_key=True, of=("self",)).select_related("port")
    promises = list(locked.order_by("pk"))  # the locks first: what stands is read under them
    newest = dict(
        PromiseState.objects.filter(promise__in=promises).values_list("promise_id", "judged_at")
    )
    return [
        promise for promise in promises if promise.pk not in newest or newest[promise.pk] < slot_at
    ]


def _judged(
    cluster: Cluster,
    sweep: Sweep | None,
    promises: Sequence[Promise],
    places: dict[int, list[Topic]],
    now: datetime,
) -> list[tuple[Promise, Judged]]:
    topics = {topic.pk: topic for each in promises for topic in places[each.port_id]}
    facts = load(
        cluster,
        sweep,
        list(topics.values()),
        now=now,
        groups=[promise.consumer for promise in promises if promise.consumer],
        availability_windows=[
            promise.window_s or AVAILABILITY_WINDOW_S
            for promise in promises
            if promise.property == Property.AVAILABILITY.value
        ],
        rate_windows=[
            promise.window_s
            for promise in promises
            if promise.property == Property.THROUGHPUT.value and promise.window_s
        ],
    )
    return [
        (
            promise,
            worst_of([judge_topic(promise, topic, facts) for topic in places[promise.port_id]]),
        )
        for promise in promises
    ]


def _write(judged: Sequence[tuple[Promise, Judged]], slot_at: datetime) -> None:
    before = {
        state.promise_id: state
        for state in PromiseState.objects.filter(promise__in=[promise for promise, _ in judged])
    }
    verdicts, states = [], []
    for promise, one in judged:
        low, high, quality = _interval(one)
        word, reason = one.verdict.word.value, one.verdict.reason[:300]
        members = {
            "word": word,
            "reason": reason,
            "value_lo": low,
            "value_hi": high,
            "quality": quality,
        }
        verdicts.append(Verdict(promise=promise, slot_at=slot_at, **members))
        last = before.get(promise.pk)
        is_same = last is not None and last.word == word
        states.append(
            PromiseState(
                promise=promise,
                judged_at=slot_at,
                since=last.since if last is not None and is_same else slot_at,
                recent=[*(last.recent if last is not None else []), word][-RECENT:],
                **members,
            )
        )
    Verdict.objects.bulk_create(verdicts, ignore_conflicts=True)
    PromiseState.objects.bulk_create(
        states, update_conflicts=True, unique_fields=["promise"], update_fields=STATE_FIELDS
    )


def _interval(one: Judged) -> tuple[float | None, float | None, str]:
    """The measured interval as columns; an open upper end is NULL and called lower_bound."""
    if not isinstance(one.measured, Measurement):
        return None, None, "unknown"
    high = one.measured.value_hi
    return one.measured.value_lo, None if math.isinf(high) else high, one.measured.quality


def _incidents(judged: Sequence[tuple[Promise, Judged]], slot_at: datetime) -> set[int]:
    """Open, close and worsen; the promises that had an open incident before or have one now."""
    states = {
        state.promise_id: state
        for state in PromiseState.objects.filter(promise__in=[promise for promise, _ in judged])
    }
    keys = {str(promise.public_id): promise for promise, _ in judged}
    standing = {
        incident.target_key: incident
        for incident in Incident.objects.filter(
            kind=Incident.Kind.PROMISE, target_key__in=keys, resolved_at__isnull=True
        )
    }
    broken = {keys[key].pk for key in standing}
    for promise, one in judged:
        incident = standing.get(str(promise.public_id))
        step = next_state(states[promise.pk].recent, incident is not None)
        if step is Step.OPEN:
            open_incident(_breach(promise, one, slot_at))
            broken.add(promise.pk)
        elif step is Step.CLOSE and incident is not None:
            close_incident(incident, f"Kept again: {one.verdict.reason}")
        elif incident is not None and one.verdict.word is Word.FAIL:
            worsen(incident, _evidence(promise, one), _distance(one))
    return broken


def _breach(promise: Promise, one: Judged, slot_at: datetime) -> Breach:
    product = DataProduct.objects.select_related("team").get(pk=promise.port.product_id)
    return Breach(
        kind=Incident.Kind.PROMISE,
        target_key=str(promise.public_id),
        product=product,
        promise=promise,
        title=f"{product.name}: “{promise.words}” is broken",
        started_at=_started(promise, slot_at),
        worst_value=_distance(one),
        evidence=_evidence(promise, one),
    )


def _started(promise: Promise, slot_at: datetime) -> datetime:
    """The slot after the last one that kept the promise."""
    kept = Verdict.objects.filter(promise=promise, word__in=["pass", "warn"])
    last = kept.order_by("-slot_at").values_list("slot_at", flat=True).first()
    failed = Verdict.objects.filter(promise=promise, word="fail")
    if last is not None:
        failed = failed.filter(slot_at__gt=last)
    first = failed.order_by("slot_at").values_list("slot_at", flat=True).first()
    return first or slot_at


def _evidence(promise: Promise, one: Judged) -> dict[str, object]:
    low, high, quality = _interval(one)
    return {
        "measured": [low, high],
        "value": one.verdict.value_text,
        "quality": quality,
        "limit": promise.magnitude,
        "comparator": promise.comparator,
        "unit": promise.base_unit,
        "words": promise.words,
        "reason": one.verdict.reason,
        "group": promise.consumer,
        "topic": one.topic.name,
        "topic_id": str(one.topic.public_id),
        "as_of": one.as_of.isoformat() if one.as_of else None,
    }


def _distance(one: Judged) -> float | None:
    """The value that shows how bad it is: the proven end of the interval."""
    return one.measured.value_lo if isinstance(one.measured, Measurement) else None
