"""Situations of a real cluster, as its admin interface shows them, and the truth of each.

The facts are those seen on a three-broker cluster about eighty seconds after the event, swept each
five seconds with readers that commit each second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from streams.lag.evaluate import evaluate
from streams.lag.model import (
    UNKNOWN,
    EndPoint,
    LagRules,
    Membership,
    Number,
    PartitionVerdict,
    PartitionWindow,
    RecordProbe,
    Sample,
    Status,
    TopicFacts,
)

SWEEP_MS = 5_000
SWEEPS = 17
EVENT = 1  # the sweep after which nothing moves any more
RULES = LagRules(SWEEP_MS)


@dataclass(frozen=True)
class Situation:
    """What the last sweeps read; `before` is the commit at the first sweep."""

    committed: Number | None
    end: Number
    before: Number | None = None
    start: Number = 0
    stable: Number | None = None
    membership: Membership = Membership.OWNED
    probe: RecordProbe | None = None
    topic: TopicFacts = TopicFacts()  # noqa: RUF009 frozen
    last_commit: int | None = None

    def verdict(self) -> PartitionVerdict:
        samples = [
            Sample(place * SWEEP_MS, self._commit(place), self.start, self.end, self.stable)
            for place in range(SWEEPS)
        ]
        window = PartitionWindow(
            samples,
            (SWEEP_MS,) * 8,
            self._history(),
            self.membership,
            self.topic,
            record_probe=self.probe,
            last_commit=self.last_commit,
            still_since_ms=None if self.last_commit is None else -SWEEP_MS,
        )
        return evaluate(window, samples[-1].t_ms, RULES)

    def _commit(self, place: int) -> Number | None:
        return self.committed if place >= EVENT or self.before is None else self.before

    def _history(self) -> Sequence[EndPoint]:
        if not isinstance(self.end, int):
            return ()
        return [
            EndPoint(place * SWEEP_MS, place * SWEEP_MS + 9, self.end) for place in range(SWEEPS)
        ]


GONE = Membership.NO_MEMBERS
ANEW = TopicFacts(incarnation_since_ms=0)


@pytest.mark.parametrize(
    ("situation", "status", "due"),
    [
        pytest.param(Situation(100, 100), Status.OK, 0, id="all read, member alive"),
        pytest.param(Situation(100, 100, membership=GONE), Status.OK, 0, id="all read, gone"),
        pytest.param(
            Situation(50, 51, stable=51, probe=RecordProbe(50, 51, None)),
            Status.OK, 0, id="commit marker at the tail",
        ),
        pytest.param(
            Situation(50, 51, stable=51, probe=RecordProbe(50, 51, None), membership=GONE),
            Status.OK, 0, id="commit marker at the tail, reader gone",
        ),
        pytest.param(
            Situation(50, 72, stable=72, probe=RecordProbe(50, 72, None)),
            Status.OK, 0, id="aborted transaction at the tail",
        ),
        pytest.param(Situation(50, 81, stable=51, probe=RecordProbe(50, 81, None)),
            Status.OK, 0, id="open transaction, marker before it",
        ),
        pytest.param(
            Situation(58, 270, membership=GONE, before=50, probe=RecordProbe(58, 270, 58)),
            Status.STOPPED, 212, id="reader stopped",
        ),
        pytest.param(
            Situation(58, 270, before=50, probe=RecordProbe(58, 270, 58)),
            Status.STALLED, 212, id="reader hangs, member alive",
        ),
        pytest.param(Situation(None, 100), Status.NOT_STARTED, UNKNOWN, id="never committed"),
        pytest.param(
            Situation(5, 270, before=58, membership=GONE, probe=RecordProbe(5, 270, 5)),
            Status.STOPPED, 265, id="reset backwards, nobody reads after",
        ),
        pytest.param(Situation(100, 500, start=300), Status.DATA_LOST, 200, id="200 lost, 200 due"),
        pytest.param(Situation(100, 500, start=500), Status.DATA_LOST, 0, id="400 lost, none due"),
        pytest.param(
            Situation(None, 100, topic=ANEW, last_commit=500),
            Status.TOPIC_RESET, UNKNOWN, id="recreated, commit gone",
        ),
        pytest.param(
            Situation(None, 600, topic=ANEW, last_commit=500),
            Status.TOPIC_RESET, UNKNOWN, id="recreated, longer than before, commit gone",
        ),
        pytest.param(
            Situation(500, 100, topic=ANEW),
            Status.TOPIC_RESET, UNKNOWN, id="recreated, old commit written again",
        ),
        pytest.param(
            Situation(500, UNKNOWN, start=UNKNOWN, topic=TopicFacts(ended=True)),
            Status.ORPHANED, UNKNOWN, id="topic deleted",
        ),
        pytest.param(
            Situation(UNKNOWN, 500), Status.UNKNOWN, UNKNOWN, id="coordinator's broker killed"
        ),
        pytest.param(
            Situation(500, UNKNOWN), Status.UNKNOWN, UNKNOWN, id="leader's broker killed"
        ),
    ],
)  # fmt: skip
def test_the_verdict_is_the_truth(situation: Situation, status: Status, due: Number) -> None:
    verdict = situation.verdict()

    assert verdict.status is status
    assert verdict.due == due


def test_a_reset_backwards_keeps_its_size_beside_the_stop() -> None:
    situation = Situation(5, 270, before=58, membership=GONE, probe=RecordProbe(5, 270, 5))
    verdict = situation.verdict()

    assert verdict.sub == (Status.REWIND,)
    assert verdict.rewind == 53


def test_a_loss_names_what_was_lost() -> None:
    assert Situation(100, 500, start=500).verdict().lost == 400


def test_a_commit_gone_with_its_topic_is_named() -> None:
    assert "500" in Situation(None, 100, topic=ANEW, last_commit=500).verdict().reasons[0]
