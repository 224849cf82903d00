"""What a promise would have met lately, in a sentence beside the field where it is typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from catalog.actions.promises import read_row
from catalog.registering.promises import CONSUMER, literal
from catalog.sla.model import BaseUnit, PromiseForm
from mesh.audit.principal import Principal
from mesh.kernel.wording import coarse, duration, grouped, share
from mesh.people.authz.doors import scope
from streams.models import Topic
from streams.queries.looking_back import TopicPast, group_past, topic_past

FEW_LOOKS = 10  # fewer say nothing about a promise


def measured_lately(
    viewer: Principal,
    topic: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    now: datetime,
) -> list[str]:
    """For each typed row how the observed topic would have kept it; "" where it was not watched.

    A blank value is told what was measured alone. Two queries over samples of two days, and one
    per consumer group.
    """
    seen = _topic(viewer, topic)
    if seen is None:
        return ["" for _ in rows]
    forms = [_form(row) for row in rows]
    limits = {form.property.value: _limit(form) for form in forms if form is not None}
    past = topic_past(
        seen, longest_pause_s=limits.get("freshness"), lowest_rate=limits.get("throughput")
    )
    return [
        _group(seen, row, form, now)
        if row.get("property") == CONSUMER
        else _look_back(str(row.get("property", "")), past, form, now)
        for row, form in zip(rows, forms, strict=True)
    ]


def _form(row: Mapping[str, Any]) -> PromiseForm | None:
    return read_row(literal(row)).form if str(row.get("value") or "").strip() else None


def _limit(form: PromiseForm | None) -> float | None:
    return None if form is None or form.magnitude is None else float(form.magnitude)


def _look_back(name: str, past: TopicPast, form: PromiseForm | None, now: datetime) -> str:
    if name not in SENTENCES or past.since is None or past.looks < FEW_LOOKS:
        return ""
    return f"In the last {_span(past.since, now)}: {SENTENCES[name](past, _limit(form), form)}"


def _group(topic: Topic, row: Mapping[str, Any], form: PromiseForm | None, now: datetime) -> str:
    group = str(row.get("consumer") or "").strip()
    if not group:
        return ""
    in_records = form is not None and form.base_unit is BaseUnit.RECORDS
    limit = _limit(form)
    past = group_past(topic, group, limit=limit, in_records=in_records)
    if past.since is None or past.highest is None or past.looks < FEW_LOOKS:
        return ""
    value = f"{grouped(past.highest)} records" if in_records else duration(past.highest)
    worst = (
        f"at most {value} were unread."
        if in_records
        else f"the oldest unread record was {value} old."
    )
    said = f"In the last {_span(past.since, now)}: {worst}"
    return said if limit is None else f"{said} {_would_in(past.looks_over, past.looks)}"


def _topic(viewer: Principal, given: Mapping[str, Any]) -> Topic | None:
    rows = scope(viewer, "streams.read", Topic.objects.filter(ended_at__isnull=True))
    return rows.filter(
        name=str(given.get("topic") or ""), cluster__name=str(given.get("cluster") or "")
    ).first()


def _freshness(past: TopicPast, limit: float | None, form: PromiseForm | None) -> str:
    del form
    if past.longest_pause_s is None:
        return "nothing measured."
    said = f"the longest pause was {duration(past.longest_pause_s)}."
    return said if limit is None else f"{said} {_would(past.pauses_over, 'time')}"


def _throughput(past: TopicPast, limit: float | None, form: PromiseForm | None) -> str:
    if past.lowest_rate is None:
        return "no rate was measured."
    said = f"the slowest look saw {grouped(round(past.lowest_rate, 1))} records/s."
    if limit is None or form is None or form.base_unit is not BaseUnit.RECORDS_PER_SECOND:
        return said
    return f"{said} {_would_in(past.rates_below, past.rates)}"


def _availability(past: TopicPast, limit: float | None, form: PromiseForm | None) -> str:
    del form
    found = past.whole_looks / past.looks
    said = f"{share(found)} of {past.looks} looks found every partition."
    if limit is None:
        return said
    return f"{said} It would {'not have been kept' if found < limit else 'have been kept'}."


SENTENCES = {
    "freshness": _freshness,
    "throughput": _throughput,
    "availability": _availability,
}


def _would(count: int, noun: str) -> str:
    if not count:
        return "It would have been kept."
    return f"It would have been broken {'once' if count == 1 else f'{count} {noun}s'}."


def _would_in(count: int, looks: int) -> str:
    if not count:
        return "It would have been kept."
    return f"It would have failed at {count} of {looks} looks."


def _span(since: datetime, now: datetime) -> str:
    return coarse((now - since).total_seconds())
