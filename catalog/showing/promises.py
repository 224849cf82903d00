"""Promises as they are drawn: what is promised, how it is now, how it went lately."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from catalog.models import Incident, Promise
from catalog.queries.promises import day_words, promise_list
from catalog.showing.words import Badge, strip, verdict_badge
from catalog.sla.days import strip_of_days
from catalog.sla.judge import Measurement, interval_words
from catalog.sla.model import BaseUnit
from mesh.audit.principal import Principal
from mesh.kernel import clock
from mesh.kernel.wording import grouped, interval

BASIS = {
    "freshness": "age of the newest record, by append",
    "throughput": "records written, by log ends",
    "availability": "looks that found every partition",
    "retention": "by the topic's configuration",
    "consumerLatency": "oldest unread record, worst partition",
}
ORDER = ("bad", "warn", "unknown", "ok", "plain")
GROUP_WORDS = {
    "bad": "Broken", "warn": "At risk", "unknown": "Not judged", "ok": "Kept", "plain": "Nothing due",
}  # fmt: skip
ROWS = 300
_MEASURED = re.compile(r"^Measured [^;]*?(?:; |\.(?=\s|$)\s*)")


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """One promise."""

    id: str
    words: str
    literal: str
    basis: str
    product: str
    href: str
    domain: str
    second: str
    port: str
    badge: Badge
    value: str
    reason: str
    low: float | None
    high: float | None
    limit: float | None
    days: tuple[str, ...]  # the last thirty, oldest first
    looks: tuple[str, ...]  # the last twenty, oldest first
    since: datetime | None
    as_of: datetime | None
    incident: int | None


@dataclass(frozen=True, slots=True)
class PromiseGroup:
    """Promises in one state."""

    state: str
    label: str
    rows: tuple[PromiseRow, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """Everything /promises shows."""

    headline: str
    rest: str
    states: tuple[dict[str, object], ...]
    groups: tuple[PromiseGroup, ...]
    total: int
    is_narrowed: bool


def promise_rows(
    promises: Sequence[Promise], incidents: Mapping[str, int]
) -> tuple[PromiseRow, ...]:
    """Rows, worst first. `incidents`: number of the open incident by the promise's public id.

    One query: the days of all of them.
    """
    today = clock.now().astimezone(UTC).date()
    days = day_words(promises, today)
    rows = [
        _row(
            promise,
            incidents.get(str(promise.public_id)),
            strip_of_days(days[promise.pk], today),
        )
        for promise in promises
    ]
    return tuple(
        sorted(rows, key=lambda row: (ORDER.index(row.badge.state), row.product, row.words))
    )


def _row(promise: Promise, incident: int | None, days: Sequence[str]) -> PromiseRow:
    now = getattr(promise, "now", None)
    product = promise.port.product
    value = _value(promise)
    return PromiseRow(
        id=str(promise.public_id),
        words=promise.words,
        literal=literal_words(promise.literal),
        basis=BASIS.get(promise.property, "not measured here"),
        product=product.name,
        href=f"/products/{product.slug}/promises",
        domain=product.domain.slug if product.domain_id else "",
        second=" · ".join(word for word in (product.domain.name, product.tier) if word),
        port=str(promise.port),
        badge=verdict_badge(now.word if now is not None else ""),
        value=value,
        reason=_reason(promise),
        low=now.value_lo if now is not None else None,
        high=now.value_hi if now is not None else None,
        limit=promise.magnitude,
        days=tuple(days),
        looks=tuple(strip(now.recent if now is not None else [])),
        since=now.since if now is not None else None,
        as_of=now.judged_at if now is not None else None,
        incident=incident,
    )


def _value(promise: Promise) -> str:
    """The measured value in words, "" when there is none."""
    now = getattr(promise, "now", None)
    if now is None or now.value_lo is None:
        return ""
    high = math.inf if now.value_hi is None else now.value_hi
    if promise.property == "retention" and math.isinf(high):
        return "for ever"
    if promise.base_unit == "s":
        return interval(now.value_lo, now.value_hi)
    if promise.base_unit == "1/s" and now.value_lo == now.value_hi:
        return f"{grouped(_cut(now.value_lo))} records/s"
    return interval_words(Measurement(now.value_lo, high), BaseUnit(promise.base_unit))


def _cut(value: float) -> float:
    """Two places below ten, one beyond; cut and never rounded up across a limit."""
    places = 100 if abs(value) < 10 else 10
    return math.floor(round(value * places, 6)) / places


def _reason(promise: Promise) -> str:
    """What the verdict adds to the value, promise and basis beside it: often nothing."""
    now = getattr(promise, "now", None)
    if now is None:
        return "No look at the topic has judged it yet."
    if now.word == "unknown":
        return str(now.reason)
    left = _MEASURED.sub("", now.reason).removeprefix(f"promised: {promise.words}.").strip()
    basis = BASIS.get(promise.property, "")
    return "" if left.rstrip(".").lower() == basis.lower() else f"{left[:1].upper()}{left[1:]}"


def literal_words(literal: Mapping[str, object]) -> str:
    """The promise as it was written: "freshness: 30 s"."""
    value = " ".join(
        str(literal[name]) for name in ("value", "unit") if literal.get(name) not in (None, "")
    )
    return f"{literal.get('property', '')}: {value}"


def board(viewer: Principal, asked: Mapping[str, str]) -> Board:
    """All standing promises the viewer may see, worst first."""
    promises = list(promise_list(viewer, {"product": asked.get("product", "")})[:ROWS])
    if asked.get("domain"):
        promises = [p for p in promises if p.port.product.domain.slug == asked["domain"]]
    open_incidents = {
        key: number
        for number, key in Incident.objects.filter(
            kind="promise",
            resolved_at__isnull=True,
            target_key__in=[str(promise.public_id) for promise in promises],
        ).values_list("number", "target_key")
    }
    rows = promise_rows(promises, open_incidents)
    counts = {state: sum(row.badge.state == state for row in rows) for state in ORDER}
    chosen = asked.get("state", "")
    shown = [row for row in rows if not chosen or row.badge.state == chosen]
    return Board(
        headline=_headline(counts, len(rows)),
        rest=_rest(counts),
        states=_states(counts, len(rows), chosen, asked),
        groups=tuple(
            PromiseGroup(
                state, GROUP_WORDS[state], tuple(r for r in shown if r.badge.state == state)
            )
            for state in ORDER
            if any(row.badge.state == state for row in shown)
        ),
        total=len(rows),
        is_narrowed=bool(chosen or asked.get("product") or asked.get("domain")),
    )


def _headline(counts: Mapping[str, int], total: int) -> str:
    if not total:
        return "Nothing is promised yet."
    if not counts["bad"]:
        return f"None of {total} promises is broken now."
    verb = "is" if counts["bad"] == 1 else "are"
    return f"{counts['bad']} of {total} promises {verb} broken now."


def _rest(counts: Mapping[str, int]) -> str:
    """The other states in words: "1 is at risk. 28 are kept." Nothing is said of none."""
    said = (("warn", "at risk"), ("unknown", "not judged"), ("ok", "kept"))
    return " ".join(
        f"{counts[state]} {'is' if counts[state] == 1 else 'are'} {word}."
        for state, word in said
        if counts[state]
    )


def _states(
    counts: Mapping[str, int], total: int, chosen: str, asked: Mapping[str, str]
) -> tuple[dict[str, object], ...]:
    keep = {name: asked[name] for name in ("product", "domain") if asked.get(name)}

    def href(state: str) -> str:
        query = urlencode({**keep, **({"state": state} if state else {})})
        return f"/promises?{query}" if query else "/promises"

    first = {"label": "All", "count": total, "href": href(""), "current": not chosen}
    return (
        first,
        *(
            {
                "label": GROUP_WORDS[state],
                "state": state,
                "count": counts[state],
                "href": href(state),
                "current": chosen == state,
            }
            for state in ORDER
            if counts[state] or chosen == state
        ),
    )
