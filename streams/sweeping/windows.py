"""What judging needs of the past: samples of lagging groups, log-end history of their topics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection

from streams.lag.model import UNKNOWN, EndPoint, Number, Sample
from streams.models import LagSample, TopicSample

WINDOW_SAMPLES = 30
RECENT_SAMPLES = 60  # raw readings of the log end; older ones one a minute
HISTORY = timedelta(hours=24)


@dataclass(slots=True)
class TopicPast:
    """Earlier readings of one topic, oldest first, with start and end arrays."""

    rows: list[tuple[datetime, datetime, datetime, list[int | None], list[int | None]]] = field(
        default_factory=list
    )

    def ends_of(self, partition: int) -> list[EndPoint]:
        """Readings of one partition's log end."""
        found = []
        for _, asked, answered, _, ends in self.rows:
            end = ends[partition] if partition < len(ends) else None
            if end is not None:
                found.append(EndPoint(_ms(asked), _ms(answered), end))
        return found

    def at(self, sweep_at: datetime, partition: int) -> tuple[Number, Number]:
        """Log start and end in the sweep of that moment."""
        for moment, _, _, starts, ends in reversed(self.rows):
            if moment == sweep_at:
                start = starts[partition] if partition < len(starts) else None
                end = ends[partition] if partition < len(ends) else None
                return (UNKNOWN if start is None else start, UNKNOWN if end is None else end)
            if moment < sweep_at:
                break
        return UNKNOWN, UNKNOWN


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def topic_pasts(topic_ids: Collection[int], now: datetime, interval_s: int) -> dict[int, TopicPast]:
    """Recent readings of all topics. One query."""
    since = now - timedelta(seconds=interval_s * RECENT_SAMPLES)
    return _load(topic_ids, since, now, "")


def older_pasts(topic_ids: Collection[int], now: datetime, interval_s: int) -> dict[int, TopicPast]:
    """One reading a minute of the last day, for topics with readers far behind. One query."""
    thinning = "and extract(epoch from sweep_at)::bigint %% 60 < %s"
    return _load(topic_ids, now - HISTORY, now, thinning, interval_s)


def _load(
    topic_ids: Collection[int], since: datetime, until: datetime, extra: str, *arguments: int
) -> dict[int, TopicPast]:
    pasts: dict[int, TopicPast] = defaultdict(TopicPast)
    if not topic_ids:
        return pasts
    table = TopicSample._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"select topic_id, sweep_at, asked_at, answered_at, log_start, log_end from {table} "  # noqa: S608
            f"where topic_id = any(%s) and sweep_at > %s and sweep_at < %s {extra} order by sweep_at",
            [list(topic_ids), since, until, *arguments],
        )
        for topic_id, *row in cursor.fetchall():
            pasts[topic_id].rows.append((row[0], row[1], row[2], row[3], row[4]))
    return pasts


def lag_pasts(
    lag_ids: Collection[int], now: datetime, interval_s: int
) -> dict[int, list[LagSample]]:
    """The newest samples of each group and topic, oldest first. One query."""
    since = now - timedelta(seconds=interval_s * (WINDOW_SAMPLES + 2))
    found: dict[int, list[LagSample]] = defaultdict(list)
    for sample in LagSample.objects.filter(
        lag_of_id__in=list(lag_ids), sweep_at__gt=since
    ).order_by("sweep_at"):
        found[sample.lag_of_id].append(sample)
    return found


def samples_of(past: Sequence[LagSample], topic: TopicPast | None, partition: int) -> list[Sample]:
    """The window of one partition from stored rows; a commit of -1 means that there was none."""
    window = []
    for row in past[-WINDOW_SAMPLES:]:
        stored = row.committed[partition] if partition < len(row.committed) else None
        committed: Number | None = UNKNOWN if stored is None else (None if stored < 0 else stored)
        start, end = topic.at(row.sweep_at, partition) if topic else (UNKNOWN, UNKNOWN)
        window.append(Sample(_ms(row.sweep_at), committed, start, end))
    return window


def merged(recent: Mapping[int, TopicPast], older: Mapping[int, TopicPast]) -> dict[int, TopicPast]:
    """Older thinned readings before the recent ones."""
    result = dict(recent)
    for topic_id, past in older.items():
        newest = recent.get(topic_id, TopicPast())
        first = newest.rows[0][0] if newest.rows else None
        result[topic_id] = TopicPast(
            [row for row in past.rows if first is None or row[0] < first] + newest.rows
        )
    return result
