"""Every status holds exactly when its rule says so."""

from __future__ import annotations

import math

import pytest

from streams.lag.evaluate import evaluate
from streams.lag.model import (
    UNKNOWN,
    Bound,
    CatchUp,
    LagRules,
    Membership,
    Number,
    PartitionWindow,
    Quality,
    Severity,
    Status,
    TopicFacts,
)
from tests.rules.lag.windows import RULES, SWEEP_MS, judged, window

GROWING = list(range(100, 500, 10))


@pytest.mark.parametrize(
    ("commits", "ends", "start"),
    [([UNKNOWN], [5], 0), ([3], [UNKNOWN], 0), ([3], [5], UNKNOWN), ([None], [UNKNOWN], 0)],
)
def test_a_number_not_obtained_makes_everything_unknown(
    commits: list[Number | None], ends: list[Number], start: Number
) -> None:
    verdict = judged(commits, ends, start=start)

    assert verdict.status is Status.UNKNOWN
    assert {verdict.lag, verdict.due, verdict.age_lo_ms, verdict.age_hi_ms} == {UNKNOWN}
    assert "not obtained" in verdict.reasons[0]


def test_the_reason_names_what_was_not_obtained() -> None:
    assert judged([UNKNOWN], [UNKNOWN], start=UNKNOWN).reasons == (
        "not obtained in this sweep: commit, log start, log end",
    )


def test_a_partition_no_sweep_has_read_is_unknown() -> None:
    empty = PartitionWindow((), (), (), Membership.UNKNOWN, TopicFacts())

    assert evaluate(empty, 0, RULES).status is Status.UNKNOWN


@pytest.mark.parametrize("code", [-1, -1001])
def test_negative_offsets_of_clients_are_not_numbers(code: int) -> None:
    assert judged([code], [5]).status is Status.UNKNOWN
    assert judged([3], [code]).status is Status.UNKNOWN


def test_unknown_numbers_leave_a_bound_unsure_and_not_passed() -> None:
    assert judged([UNKNOWN], [5], LagRules(SWEEP_MS, bound_ms=1)).sla is Bound.UNSURE


def test_a_commit_on_an_ended_topic_is_orphaned() -> None:
    verdict = judged([7], [UNKNOWN], start=UNKNOWN, topic=TopicFacts(ended=True))

    assert verdict.status is Status.ORPHANED
    assert verdict.lag is UNKNOWN


def test_members_that_left_a_topic_abandon_it() -> None:
    assert judged([5] * 5, [9] * 5, membership=Membership.LEFT).status is Status.ABANDONED


def test_members_that_left_but_still_commit_do_not_abandon_it() -> None:
    moving = judged([5, 6, 7, 8, 9], [10] * 5, membership=Membership.LEFT)

    assert moving.status is not Status.ABANDONED


def test_a_group_without_members_is_forgotten_after_seven_days_unless_promised() -> None:
    week_ms = RULES.forget_after_ms
    kept = {"still_since_ms": -week_ms - 1, "last_commit": 5}
    gone = {"membership": Membership.NO_MEMBERS, **kept}

    assert judged([5], [9], **gone).status is Status.ABANDONED
    promised = LagRules(SWEEP_MS, bound_to_promise=True)
    assert judged([5], [9], promised, **gone).status is not Status.ABANDONED
    younger = {**gone, "still_since_ms": -week_ms}
    assert judged([5], [9], **younger).status is not Status.ABANDONED


def test_a_commit_above_the_log_end_is_a_reset() -> None:
    verdict = judged([500], [100])

    assert verdict.status is Status.TOPIC_RESET
    assert verdict.status.severity is Severity.CRITICAL
    assert verdict.lag is UNKNOWN
    assert verdict.lag_most == 100


def test_a_commit_that_did_not_move_since_the_topic_was_created_anew_is_a_reset() -> None:
    anew = TopicFacts(incarnation_since_ms=SWEEP_MS)

    assert judged([500, 500], [600, 600], topic=anew).status is Status.TOPIC_RESET
    assert judged([500, 501], [600, 600], topic=anew).status is not Status.TOPIC_RESET


def test_a_commit_lost_with_its_topic_is_a_reset_and_names_the_last_commit() -> None:
    anew = TopicFacts(incarnation_since_ms=0)
    verdict = judged([None], [100], topic=anew, last_commit=500, still_since_ms=-SWEEP_MS)

    assert verdict.status is Status.TOPIC_RESET
    assert "500" in verdict.reasons[0]


def test_an_expired_commit_is_not_started_and_never_ok() -> None:
    for start, end in ((0, 100), (100, 100)):
        verdict = judged([None], [end], start=start, last_commit=70, still_since_ms=-SWEEP_MS)
        assert verdict.status is Status.NOT_STARTED
        assert "expired; the last was 70" in verdict.reasons[0]


def test_a_commit_below_the_log_start_has_lost_what_lay_between() -> None:
    verdict = judged([100], [500], start=300)

    assert verdict.status is Status.DATA_LOST
    assert (verdict.lost, verdict.lag, verdict.due) == (200, 200, 200)
    assert verdict.age_hi_ms == math.inf
    assert verdict.quality is Quality.LOWER_BOUND


def test_when_everything_unread_expired_nothing_is_due() -> None:
    verdict = judged([100], [500], start=500)

    assert verdict.status is Status.DATA_LOST
    assert (verdict.lost, verdict.lag, verdict.due) == (400, 0, 0)


def test_retention_near_the_commit_is_an_imminent_loss() -> None:
    hour = TopicFacts(retention_ms=3_600_000)
    commits, ends = [*range(0, 480, 10)], [*range(500, 980, 10)]
    steady = judged(commits, ends, topic=hour)

    assert Status.LOSS_IMMINENT not in (steady.status, *steady.sub)
    near = judged([100] * 50, [100, *range(200, 690, 10)], topic=hour)
    assert Status.LOSS_IMMINENT in (near.status, *near.sub)
    assert isinstance(near.age_hi_ms, int | float)
    assert near.loss_eta_ms == 3_600_000 - near.age_hi_ms


@pytest.mark.parametrize(
    "topic",
    [
        TopicFacts(retention_ms=None),
        TopicFacts(retention_ms=UNKNOWN),
        TopicFacts(deletes=False, retention_ms=3_600_000),
    ],
)
def test_without_deletion_by_a_known_time_there_is_no_loss_forecast(topic: TopicFacts) -> None:
    assert judged([100] * 50, [100, *range(200, 690, 10)], topic=topic).loss_eta_ms is UNKNOWN


def test_a_commit_that_went_back_is_a_rewind_until_it_regains_its_maximum() -> None:
    back = judged([50, 80, 20], [100] * 3)
    regained = judged([50, 80, 20, 80], [100] * 4)

    assert (back.status, back.rewind) == (Status.REWIND, 60)
    assert (regained.status, regained.rewind) == (Status.OK, 0)


def test_a_reader_slower_than_its_traffic_is_slow() -> None:
    commits = [place * 60 for place in range(12)]
    ends = [place * 100 + 100 for place in range(12)]
    verdict = judged(commits, ends)

    assert verdict.status is Status.SLOW
    assert verdict.slope_per_s == pytest.approx(40 / 60)
    assert verdict.catch_up_s is CatchUp.NOT_CATCHING_UP


def test_nine_samples_prove_no_trend() -> None:
    commits = [place * 60 for place in range(9)]
    ends = [place * 100 + 100 for place in range(9)]

    assert judged(commits, ends).status is Status.OK


def test_a_reader_that_follows_a_ramp_within_a_sweep_is_not_slow() -> None:
    ends = [100 * place * place for place in range(1, 20)]
    commits = [end - end // 50 for end in ends]

    assert judged(commits, ends).status is Status.OK


def test_no_commit_is_not_started_and_its_lag_is_only_bounded() -> None:
    verdict = judged([None], [100], start=40)

    assert verdict.status is Status.NOT_STARTED
    assert verdict.lag is UNKNOWN
    assert verdict.lag_most == 60


def test_no_commit_on_an_empty_log_is_ok() -> None:
    verdict = judged([None], [40], start=40)

    assert (verdict.status, verdict.lag) == (Status.OK, 0)


def test_no_commit_after_members_left_is_abandoned() -> None:
    assert judged([None], [40], membership=Membership.LEFT).status is Status.ABANDONED


def test_the_first_samples_warm_up() -> None:
    verdict = judged([90, 91], [100, 110])

    assert verdict.status is Status.WARMING
    assert verdict.completeness == pytest.approx(2 / 3)


def test_nothing_due_is_ok_at_once_whatever_the_history() -> None:
    verdict = judged([100], [100])

    assert (verdict.status, verdict.lag, verdict.due) == (Status.OK, 0, 0)
    assert verdict.quality is Quality.EXACT
    assert verdict.catch_up_s == 0.0


def test_other_matching_rules_are_kept_beside_the_status() -> None:
    verdict = judged([400, 100] + [100] * 18, [9000] * 20, start=300, gaps=[SWEEP_MS] * 3)

    assert verdict.status is Status.DATA_LOST
    assert verdict.sub == (Status.STALLED, Status.REWIND)


def test_catch_up_divides_what_is_due_by_the_gain() -> None:
    verdict = judged([0, 120, 240], [400, 460, 520])

    assert verdict.catch_up_s == pytest.approx(280 / (2 - 1))


def test_the_catch_up_time_starts_anew_after_a_rewind() -> None:
    verdict = judged([500, 0, 120, 240], [500, 500, 500, 500])

    assert verdict.catch_up_s == pytest.approx(260 / 2)


def test_numbers_of_statuses_come_back() -> None:
    assert [Status.of_number(status.number) for status in Status] == list(Status)
    with pytest.raises(ValueError, match="number 15"):
        Status.of_number(15)


def test_every_status_has_words_and_a_severity() -> None:
    assert len({status.words for status in Status}) == 14
    assert Status.OK.severity.rank < Status.STALLED.severity.rank < Severity.CRITICAL.rank


def test_the_last_sample_decides_and_older_gaps_do_not() -> None:
    seen = window([90, UNKNOWN, 95], [100, 100, 100])

    assert evaluate(seen, SWEEP_MS * 2, RULES).lag == 5
