"""What a promise would have met lately: proven pauses, slow looks, old records; nothing without looks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from catalog.registering.looking_back import measured_lately
from mesh.kernel.database import database_now
from streams.models import LagSample, Topic, TopicSample
from tests.factories import streams

pytestmark = pytest.mark.django_db
EVERY_S = 5


@pytest.fixture
def topic(teams: dict[str, Any]) -> Topic:
    """Twelve looks, 5 s apart: 50 records between two of them, but nothing between the 4th and 9th."""
    topic = streams.topic("commerce.orders")
    now, end = database_now(), 0
    for number in range(12):
        end += 0 if 4 <= number <= 8 else 50
        looked(topic, now - timedelta(seconds=EVERY_S * (12 - number)), [end])
    return topic


def looked(topic: Topic, at: datetime, ends: list[int | None]) -> None:
    TopicSample.objects.create(
        topic=topic, sweep_at=at, asked_at=at, answered_at=at, log_start=[0], log_end=ends
    )


def lately(people: dict[str, Any], name: str, **row: str) -> str:
    place = {"topic": "commerce.orders", "cluster": "demo"}
    (said,) = measured_lately(people["reader"], place, [{"property": name, **row}], database_now())
    return said


def test_a_pause_is_as_long_as_the_looks_that_saw_nothing_new(
    topic: Topic, people: dict[str, Any]
) -> None:
    assert lately(people, "freshness", value="").endswith("the longest pause was 25 s.")
    kept = lately(people, "freshness", value="30", unit="s")
    assert kept.endswith("It would have been kept.")
    broken = lately(people, "freshness", value="20", unit="s")
    assert broken.startswith("In the last 1 min:")
    assert broken.endswith("It would have been broken once.")


def test_rates_are_judged_look_by_look(topic: Topic, people: dict[str, Any]) -> None:
    said = lately(people, "throughput", value="5", unit="records/s")
    assert "the slowest look saw 0 records/s." in said
    assert said.endswith("It would have failed at 5 of 11 looks.")


def test_a_look_that_missed_a_partition_counts_against_availability_alone(
    topic: Topic, people: dict[str, Any]
) -> None:
    looked(topic, database_now(), [None])
    said = lately(people, "availability", value="99", unit="%")
    assert "92.3 % of 13 looks found every partition." in said
    assert said.endswith("It would not have been kept.")
    assert "25 s" in lately(people, "freshness", value="")


def test_a_group_is_judged_by_what_is_proven(topic: Topic, people: dict[str, Any]) -> None:
    lag = streams.lag(streams.group("billing"), topic)
    now = database_now()
    for number in range(12):
        LagSample.objects.create(
            lag_of=lag, sweep_at=now - timedelta(seconds=EVERY_S * number), committed=[1],
            lag=[number], lag_records=number, age_lo_s=number * 10, age_hi_s=900, status="ok",
        )  # fmt: skip
    by_time = lately(people, "consumerLatency", value="1", unit="min", consumer="billing")
    assert "the oldest unread record was 1 min 50 s old." in by_time
    assert by_time.endswith("It would have failed at 5 of 12 looks.")
    by_count = lately(people, "consumerLatency", value="20", unit="records", consumer="billing")
    assert by_count.endswith("at most 11 records were unread. It would have been kept.")
    assert lately(people, "consumerLatency", value="1", unit="min", consumer="nobody") == ""


def test_nothing_is_said_of_what_was_not_watched(people: dict[str, Any], topic: Topic) -> None:
    TopicSample.objects.filter(log_end=[200]).delete()
    assert TopicSample.objects.count() < 10
    assert lately(people, "freshness", value="30", unit="s") == ""
    assert lately(people, "retention", value="7", unit="d") == ""
