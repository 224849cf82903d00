"""Readers of a product as lines of a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from catalog.queries.consumers import Reader
from catalog.showing.overview import age_words
from catalog.showing.product import ProductHead
from catalog.showing.words import lag_state
from streams.lag.model import Status


@dataclass(frozen=True, slots=True)
class ReaderRow:
    """One reader."""

    group: str
    group_href: str
    product: str
    product_href: str
    team: str
    topic: str
    state: str
    status: str
    lag: str
    records: int | None
    low: float | None
    high: float | None
    limit: float | None
    known: str
    reason: str
    as_of: datetime | None
    moved_at: datetime | None


def reader_rows(head: ProductHead) -> tuple[ReaderRow, ...]:
    """Lines in the order of the readers: slowest first, silent ones last."""
    limits = {
        promise.consumer: promise.magnitude
        for promise in head.promises
        if promise.consumer and promise.base_unit == "s"
    }
    return tuple(_row(reader, limits.get(reader.group)) for reader in head.readers)


def _row(reader: Reader, limit: float | None) -> ReaderRow:
    is_known = reader.age_lo_s is not None and reader.status != "unknown"
    words = {(True, True): "declared and observed", (True, False): "declared, not observed",
             (False, True): "observed, not declared", (False, False): "never committed"}  # fmt: skip
    high = reader.age_hi_s
    is_late = is_known and limit is not None and (reader.age_lo_s or 0) > limit
    return ReaderRow(
        group=reader.group or "no group named",
        group_href=f"/consumer-groups/{reader.group_id}" if reader.group_id else "",
        product=reader.product or reader.product_slug,
        product_href=f"/products/{reader.product_slug}" if reader.product_slug else "",
        team=reader.team,
        topic=reader.topic,
        state="bad" if is_late else lag_state(reader.status),
        status=Status(reader.status).words if reader.status in set(Status) else reader.status,
        lag=age_words(reader),
        records=reader.lag_records if is_known else None,
        low=float(reader.age_lo_s) if is_known and reader.age_lo_s is not None else None,
        high=float(high) if is_known and high is not None and high >= 0 else None,
        limit=limit,
        known=words[reader.declared, reader.observed],
        reason=reader.unknown_reason,
        as_of=reader.as_of,
        moved_at=reader.moved_at,
    )
