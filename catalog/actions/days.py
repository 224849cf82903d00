"""Days of promises: looks counted by verdict, written beside each judgement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

from catalog.models import PromiseDay
from catalog.sla.judge import Word

COLUMNS = {
    Word.PASS.value: "kept",
    Word.WARN.value: "at_risk",
    Word.FAIL.value: "failed",
    Word.UNKNOWN.value: "unknown",
}
KEEP_DAYS = timedelta(days=400)


def count_looks(words: Mapping[int, str], broken: Collection[int], slot_at: datetime) -> None:
    """Add one look to the day of each promise: `words` by the promise's key, `broken` those with an
    open incident. The caller holds the promises' locks. Two queries, whatever their number.
    """
    day = slot_at.astimezone(UTC).date()
    standing = {
        row.promise_id: row for row in PromiseDay.objects.filter(promise__in=words, day=day)
    }
    rows = []
    for promise_id, word in words.items():
        row = standing.get(promise_id) or PromiseDay(promise_id=promise_id, day=day)
        looks = Counter({name: getattr(row, name) for name in COLUMNS.values()})
        if word in COLUMNS:
            looks[COLUMNS[word]] += 1
        rows.append(
            PromiseDay(
                promise_id=promise_id,
                day=day,
                broken=row.broken or promise_id in broken,
                **looks,
            )
        )
    PromiseDay.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["promise", "day"],
        update_fields=[*COLUMNS.values(), "broken"],
    )


def forget_days(now: datetime) -> None:
    """Drop days older than thirteen months."""
    PromiseDay.objects.filter(day__lt=(now - KEEP_DAYS).astimezone(UTC).date()).delete()
