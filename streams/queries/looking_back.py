"""What a promise would have met in the last two days: one topic's looks, or one group's lag."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Max, Min, Q

from mesh.kernel.database import database_now
from streams.models import LagSample, Topic

SPAN = timedelta(hours=48)  # samples are kept this long
STEADY_S = 4  # a rate between two looks that are closer says little
# A run of looks without a new record is a pause at least as long as from its first to its last look.
PAST = """
with looks as (
  select answered_at as at, array_position(log_end, null) is null as whole,
         (select sum(e) from unnest(log_end) as e) as ends
  from streams_topicsample
  where topic_id = %(topic)s and sweep_at > clock_timestamp() - make_interval(secs => %(span_s)s)
), steps as (
  select at, ends - lag(ends) over (order by at) as grown,
         extract(epoch from at - lag(at) over (order by at)) as seconds
  from looks where whole
), runs as (
  select at, count(*) filter (where grown is distinct from 0) over (order by at) as run from steps
), pauses as (
  select extract(epoch from max(at) - min(at)) as seconds from runs group by run
), rates as (
  select grown / seconds as rate from steps where seconds >= %(steady)s and grown >= 0
)
select (select min(at) from looks), (select count(*) from looks),
  (select count(*) from looks where whole),
  (select max(seconds) from pauses),
  (select count(*) from pauses where seconds > %(longest_pause_s)s),
  (select min(rate) from rates), (select count(*) from rates),
  (select count(*) from rates where rate < %(lowest_rate)s)
"""


@dataclass(frozen=True, slots=True)
class TopicPast:
    """Looks at a topic: pauses in seconds without a new record, rates in records per second."""

    since: datetime | None  # the first look; None: there was none
    looks: int
    whole_looks: int  # found every partition
    longest_pause_s: float | None
    pauses_over: int
    lowest_rate: float | None
    rates: int
    rates_below: int


@dataclass(frozen=True, slots=True)
class GroupPast:
    """Looks at a group's lag on a topic: proven ages of the oldest unread record."""

    since: datetime | None
    looks: int
    highest: float | None
    looks_over: int


def topic_past(
    topic: Topic, *, longest_pause_s: float | None, lowest_rate: float | None
) -> TopicPast:
    """The last two days of a topic the viewer was already shown. One query over its samples."""
    with connection.cursor() as cursor:
        cursor.execute(
            PAST,
            {
                "topic": topic.pk,
                "span_s": SPAN.total_seconds(),
                "steady": STEADY_S,
                "longest_pause_s": longest_pause_s,
                "lowest_rate": lowest_rate,
            },
        )
        row = cursor.fetchone()
    assert row is not None
    since, looks, whole, pause, over, rate, rates, below = row
    return TopicPast(since, looks, whole, _number(pause), over, _number(rate), rates, below)


def group_past(topic: Topic, group: str, *, limit: float | None, in_records: bool) -> GroupPast:
    """The last two days of a group's lag on a topic the viewer was already shown. One query."""
    name = "lag_records" if in_records else "age_lo_s"
    rows = LagSample.objects.filter(
        lag_of__topic=topic,
        lag_of__group__group_id=group,
        sweep_at__gt=database_now() - SPAN,
        **{f"{name}__isnull": False},
    )
    over = Q(**{f"{name}__gt": limit}) if limit is not None else Q(pk=None)
    found = rows.aggregate(
        since=Min("sweep_at"), looks=Count("pk"), highest=Max(name), over=Count("pk", filter=over)
    )
    return GroupPast(found["since"], found["looks"], _number(found["highest"]), found["over"])


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
