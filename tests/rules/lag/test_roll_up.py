"""One headline for many partitions, honest about what it covers."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.lag.model import UNKNOWN, Number, PartitionVerdict, Status
from streams.lag.roll_up import Headline, roll_up


def seen(status: Status, lag: Number = 0, age: tuple[int, float] = (0, 0)) -> PartitionVerdict:
    return PartitionVerdict(status, lag=lag, age_lo_ms=age[0], age_hi_ms=age[1])


@pytest.mark.parametrize(
    ("statuses", "headline"),
    [
        ([], Status.UNKNOWN),
        ([Status.OK, Status.OK], Status.OK),
        ([Status.OK, Status.UNKNOWN], Status.UNKNOWN),
        ([Status.SLOW, Status.UNKNOWN], Status.UNKNOWN),
        ([Status.STALLED, Status.UNKNOWN], Status.STALLED),  # a known error outranks silence
        ([Status.STALLED, Status.DATA_LOST], Status.DATA_LOST),
        ([Status.OK, Status.WARMING, Status.NOT_STARTED], Status.NOT_STARTED),
        ([Status.OK, Status.SLOW, Status.REWIND], Status.REWIND),
        ([Status.OK, Status.WARMING], Status.WARMING),
    ],
)
def test_the_headline_is_the_worst_that_is_known(statuses: list[Status], headline: Status) -> None:
    assert roll_up([seen(status) for status in statuses]).status is headline


def test_totals_say_what_they_cover() -> None:
    head = roll_up([seen(Status.OK, 4), PartitionVerdict(Status.UNKNOWN), seen(Status.SLOW, 9)])

    assert (head.lag_records, head.covered, head.partitions) == (13, 2, 3)
    assert not head.is_complete


def test_no_known_lag_is_unknown_and_not_zero() -> None:
    head = roll_up([PartitionVerdict(Status.UNKNOWN)])

    assert head.lag_records is UNKNOWN
    assert head.age_hi_ms is UNKNOWN
    assert head.covered == 0


def test_abandoned_and_orphaned_partitions_count_as_such_but_not_in_totals() -> None:
    head = roll_up([seen(Status.OK, 4), seen(Status.ABANDONED, 900, (5, 9)), seen(Status.ORPHANED)])

    assert (head.lag_records, head.partitions, head.age_hi_ms) == (4, 1, 0)
    assert head.counts == {Status.ORPHANED: 1, Status.ABANDONED: 1, Status.OK: 1}


def test_the_worst_time_lag_is_an_interval_of_both_ends() -> None:
    head = roll_up([seen(Status.OK, 1, (10, 20)), seen(Status.OK, 1, (5, math.inf))])

    assert (head.age_lo_ms, head.age_hi_ms) == (10, math.inf)


def test_the_worst_partition_is_worst_by_status_then_by_age() -> None:
    verdicts = [
        seen(Status.OK, 99, (90, 95)),
        seen(Status.SLOW, 1, (1, 2)),
        seen(Status.SLOW, 1, (3, 4)),
    ]

    assert roll_up(verdicts).worst_partition == 2


def test_of_nothing_nothing_is_known() -> None:
    assert roll_up([]) == Headline(Status.UNKNOWN)


@given(
    st.lists(
        st.builds(seen, st.sampled_from(list(Status)), st.integers(0, 99) | st.just(UNKNOWN)),
        max_size=12,
    ),
    st.randoms(),
)
def test_the_order_of_partitions_is_irrelevant(
    verdicts: list[PartitionVerdict], shuffler: Random
) -> None:
    shuffled = verdicts[:]
    shuffler.shuffle(shuffled)
    first, second = roll_up(verdicts), roll_up(shuffled)

    assert (first.status, first.counts, first.lag_records) == (
        second.status, second.counts, second.lag_records
    )  # fmt: skip
    assert first.covered <= first.partitions <= len(verdicts)
