"""Who stands still is blamed only when something readable waited longer than its patience."""

from __future__ import annotations

import pytest

from streams.lag.model import (
    UNKNOWN,
    LagRules,
    Membership,
    Method,
    ProbeRefusal,
    Quality,
    RecordProbe,
    Severity,
    Status,
    TopicFacts,
)
from tests.rules.lag.windows import SWEEP_MS, judged, nothing_at, record_at

GROWING = list(range(100, 500, 10))


@pytest.mark.parametrize(
    ("membership", "status"),
    [
        (Membership.NO_MEMBERS, Status.STOPPED),
        (Membership.UNOWNED, Status.STOPPED),
        (Membership.OWNED, Status.STALLED),
        (Membership.UNKNOWN, Status.STALLED),
    ],
)
def test_standing_still_beyond_the_idle_limit_blames_by_membership(
    membership: Membership, status: Status
) -> None:
    ends = GROWING[:20]
    verdict = judged([90] * 20, ends, membership=membership, record_probe=record_at(90, ends[-1]))

    assert verdict.status is status
    assert verdict.status.severity is Severity.ERROR
    assert ("whether a member owns" in verdict.reasons[0]) == (membership is Membership.UNKNOWN)


def test_standing_still_up_to_the_idle_limit_accuses_nobody() -> None:
    sweeps = 16  # the first is t = 0: fifteen minutes, not more
    ends = GROWING[:sweeps]

    assert judged([90] * sweeps, ends, record_probe=record_at(90, ends[-1])).status is Status.OK


def test_a_known_rhythm_shortens_the_patience() -> None:
    ends = GROWING[:6]
    facts = {"record_probe": record_at(90, ends[-1])}

    assert judged([90] * 6, ends, gaps=[SWEEP_MS] * 3, **facts).status is Status.STALLED
    assert judged([90] * 6, ends, gaps=[SWEEP_MS] * 2, **facts).status is Status.OK


def test_patience_follows_the_sweep() -> None:
    assert LagRules(5_000).idle_without_cadence_ms == 75_000
    assert LagRules(60_000).idle_without_cadence_ms == 900_000
    assert LagRules(900_000).idle_without_cadence_ms == 4_500_000


def test_idleness_counts_from_when_something_became_due() -> None:
    commits = [100] * 30
    ends = [100] * 20 + [110] * 10
    probe = {"record_probe": record_at(100, 110)}

    assert judged(commits, ends, **probe).status is Status.OK
    assert judged(commits, ends, gaps=[SWEEP_MS] * 3, **probe).status is Status.STALLED


def test_what_was_remembered_reaches_beyond_the_window() -> None:
    kept = {"still_since_ms": -3_600_000, "due_since_ms": -3_600_000, "last_commit": 90}
    ends = GROWING[:3]
    probe = {"record_probe": record_at(90, ends[-1])}

    assert judged([90] * 3, ends, **probe, **kept).status is Status.STALLED
    other = {**kept, "last_commit": 80}
    assert judged([90] * 3, ends, **probe, **other).status is Status.OK


def test_two_samples_accuse_nobody() -> None:
    kept = {"still_since_ms": -3_600_000, "due_since_ms": -3_600_000, "last_commit": 90}

    assert judged([90] * 2, [5000] * 2, **kept).status is Status.WARMING


def test_a_small_lag_asks_for_a_record_before_it_accuses_and_is_grey_meanwhile() -> None:
    verdict = judged([90] * 20, GROWING[:20])

    assert verdict.needs == {"record"}
    assert verdict.status is Status.WARMING
    assert verdict.status.severity is Severity.GREY


def test_a_large_lag_needs_no_record() -> None:
    verdict = judged([90] * 20, [2000] * 20)

    assert verdict.status is Status.STALLED
    assert not verdict.needs


def test_a_compacted_topic_always_needs_a_record() -> None:
    assert judged([90] * 20, [9000] * 20, topic=TopicFacts(compacted=True)).needs == {"record"}


def test_markers_at_the_tail_are_no_lag() -> None:
    verdict = judged([50] * 30, [51] * 30, record_probe=nothing_at(50, 51))

    assert verdict.status is Status.OK
    assert (verdict.lag, verdict.due) == (1, 0)
    assert (verdict.age_lo_ms, verdict.age_hi_ms) == (0, 0)
    assert verdict.method is Method.DRAINED


def test_nothing_found_is_forgotten_when_the_log_end_moves() -> None:
    verdict = judged([50] * 30, [52] * 30, record_probe=nothing_at(50, 51))

    assert verdict.due == 2
    assert verdict.needs == {"record"}


def test_an_answer_for_another_position_is_no_answer() -> None:
    assert judged([50] * 30, [60] * 30, record_probe=record_at(49, 60)).needs == {"record"}


@pytest.mark.parametrize("refusal", list(ProbeRefusal))
def test_without_rights_two_offsets_accuse_nobody_and_three_do_unconfirmed(
    refusal: ProbeRefusal,
) -> None:
    two = judged([50] * 30, [52] * 30, record_probe=refusal)
    three = judged([50] * 30, [53] * 30, record_probe=refusal)

    assert two.status is Status.OK
    assert three.status is Status.STALLED
    assert three.quality is Quality.UNCONFIRMED


def test_an_open_transaction_does_not_blame_the_reader() -> None:
    verdict = judged([50] * 30, [81] * 30, stable=50)

    assert verdict.status is Status.OK
    assert (verdict.lag, verdict.due) == (31, 0)


def test_a_commit_above_the_stable_offset_proves_a_reader_of_everything() -> None:
    assert judged([60], [81], stable=50).due == 21


def test_a_stable_offset_that_failed_needs_a_record_whatever_the_lag() -> None:
    assert judged([50] * 30, [9000] * 30, stable=UNKNOWN).needs == {"record"}


def test_a_probe_that_found_a_later_record_keeps_the_lag_due() -> None:
    verdict = judged([50] * 30, [60] * 30, record_probe=RecordProbe(50, 60, 57))

    assert verdict.status is Status.STALLED


def test_a_record_beyond_the_visible_end_is_not_due() -> None:
    verdict = judged([50] * 30, [81] * 30, stable=55, record_probe=RecordProbe(50, 81, 60))

    assert (verdict.status, verdict.due) == (Status.OK, 0)
