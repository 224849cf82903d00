"""One broker item: read, compare, act, read back; a time-out is unknown until it was read."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from governance.actions import applying
from governance.actions.applying import Bad
from governance.applying.broker import Broker, KafkaBroker
from governance.applying.comparing import expected, observed, precondition_holds, stands
from governance.models import ApplyAttempt, ChangeItem
from governance.planning.live import BrokerSilent, LiveTopic
from mesh.audit.principal import Principal
from mesh.kernel import clock
from streams.kafka.results import Acted, Outcome, Refused
from streams.models import Cluster

ATTEMPTS_MOST = 2
READ_AGAIN_REMEDY = "It is read again every minute; “Read again” asks at once."


class Ending(StrEnum):
    """How an item's turn ended."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"
    STALE = "stale"  # the live state is not the one that was approved, and we did nothing yet
    SILENT = "silent"  # the broker does not answer and nothing was tried


@dataclass(frozen=True, slots=True)
class Pace:
    """Times of waiting, in seconds."""

    verify_for: float = 30.0
    verify_step: float = 0.5
    read_step: float = 2.0
    old_state_for: float = 5.0  # seen this long before the one further attempt
    late_acts_for: float = 30.0  # after the broker's first answer nothing comes late any more
    give_up_after: float = 90.0  # of one turn; then the resolver goes on
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = clock.monotonic


@dataclass(frozen=True, slots=True)
class Turn:
    """One item in the worker's hands."""

    item: ChangeItem
    cluster: Cluster
    fence: int
    by: Principal
    broker: Broker = field(default_factory=KafkaBroker)
    pace: Pace = field(default_factory=Pace)

    @property
    def name(self) -> str:
        return str(self.item.object["topic"])

    def read(self) -> LiveTopic | None:
        return self.broker.read(self.cluster, self.name)

    @property
    def attempts(self) -> int:
        return ApplyAttempt.objects.filter(item=self.item).count()


def take_turn(turn: Turn) -> Ending:
    """Bring one item as far as it goes now."""
    _close_lost(turn)
    tried = _unclear(turn)
    try:
        live = turn.read()
    except BrokerSilent as silent:
        return (
            _unknown(turn, f"The broker does not answer: {silent.reason}.")
            if tried
            else Ending.SILENT
        )
    if stands(turn.item, live):
        assert live is not None
        return _verified(turn, live, origin="adopted" if tried else "unchanged")
    if tried:
        return await_truth(turn)
    if not precondition_holds(turn.item, live):
        return Ending.STALE
    return _act(turn)


def _act(turn: Turn) -> Ending:
    attempt = applying.start_attempt(turn.item, fence=turn.fence, by=turn.by)
    outcome = turn.broker.act(turn.cluster, turn.item)
    _write_answer(turn, attempt, outcome)
    if isinstance(outcome, Acted):
        return _verify(turn)
    if isinstance(outcome, Refused):
        return _refused(turn, outcome)
    return await_truth(turn)


def _write_answer(turn: Turn, attempt: ApplyAttempt, outcome: Outcome) -> None:
    if isinstance(outcome, Acted):
        applying.end_attempt(attempt, "ok", by=turn.by, answer="accepted")
    elif isinstance(outcome, Refused):
        said = f"{outcome.message} {outcome.broker_message}".strip()
        applying.end_attempt(attempt, "error", by=turn.by, error_code=outcome.code, answer=said)
    else:
        said = outcome.detail or str(outcome.reason)
        applying.end_attempt(
            attempt, "timeout", by=turn.by, error_code=outcome.reason.value, answer=said
        )


def _refused(turn: Turn, outcome: Refused) -> Ending:
    """A definite no; a topic that somebody else made meanwhile and that equals the wish is adopted."""
    if outcome.code == "topic_exists":
        try:
            live = turn.read()
        except BrokerSilent:
            live = None
        if live is not None and stands(turn.item, live):
            return _verified(turn, live, origin="adopted")
    said = f"{outcome.message} {outcome.broker_message}".strip()
    remedy = "Correct the item and open the request again, or retry once the cause is gone."
    return _failed(turn, said, remedy, outcome.code)


def _verify(turn: Turn) -> Ending:
    """Read back until the broker shows the wish; metadata spreads with a delay."""
    until = turn.pace.monotonic() + turn.pace.verify_for
    live, said = None, ""
    while True:
        try:
            live = turn.read()
            if stands(turn.item, live):
                assert live is not None
                return _verified(turn, live, origin="created")
            said = "the broker shows another state"
        except BrokerSilent as silent:
            said = silent.reason
        if turn.pace.monotonic() >= until:
            return _unknown(turn, f"The call was accepted but not seen: {said}.", live)
        turn.pace.sleep(turn.pace.verify_step)


def await_truth(turn: Turn) -> Ending:
    """After a call without an answer: read until it is clear whether the act landed."""
    began = turn.pace.monotonic()
    answered_at: float | None = None
    while True:
        now = turn.pace.monotonic()
        try:
            live = turn.read()
            if stands(turn.item, live):
                assert live is not None
                return _verified(turn, live, origin="adopted")
            if answered_at is None:
                answered_at = now
            if now - answered_at >= turn.pace.old_state_for and turn.attempts < ATTEMPTS_MOST:
                return _act_again(turn, live)
            if now - answered_at >= turn.pace.late_acts_for:
                return _failed(
                    turn, "The broker never carried it out.", "Retry the request.", "lost"
                )
        except BrokerSilent as silent:
            if now - began >= turn.pace.give_up_after:
                return _unknown(turn, f"The broker does not answer: {silent.reason}.")
        if now - began >= turn.pace.give_up_after and answered_at is None:
            return _unknown(turn, "The broker did not tell whether it acted.")
        turn.pace.sleep(turn.pace.read_step)


def _act_again(turn: Turn, live: LiveTopic | None) -> Ending:
    if not precondition_holds(turn.item, live):
        return _failed(
            turn,
            "Somebody changed the topic meanwhile.",
            "Look at the topic and open a new request.",
            "changed",
        )
    return _act(turn)


def _verified(turn: Turn, live: LiveTopic, *, origin: str) -> Ending:
    applying.item_verified(
        turn.item, turn.cluster, live, origin=origin, expected=expected(turn.item),
        observed=observed(turn.item, live), by=turn.by,
    )  # fmt: skip
    return Ending.OK


def _failed(turn: Turn, reason: str, remedy: str, code: str) -> Ending:
    applying.item_ended(turn.item, "failed", Bad(reason, remedy, code), by=turn.by)
    return Ending.FAILED


def _unknown(turn: Turn, reason: str, live: LiveTopic | None = None) -> Ending:
    if live is not None:
        seen = observed(turn.item, live)
        applying.item_differs(turn.item, expected=expected(turn.item), observed=seen, by=turn.by)
    applying.item_ended(
        turn.item, "unknown", Bad(reason, READ_AGAIN_REMEDY, "outcome_unknown"), by=turn.by
    )
    return Ending.UNKNOWN


def _close_lost(turn: Turn) -> None:
    """An attempt without an end belongs to a worker that died in the call."""
    for attempt in ApplyAttempt.objects.filter(item=turn.item, ended_at__isnull=True):
        applying.end_attempt(
            attempt, "lost", by=turn.by, answer="The worker ended during the call."
        )


def _unclear(turn: Turn) -> bool:
    """Was there a call whose effect is not known?"""
    last = ApplyAttempt.objects.filter(item=turn.item).order_by("-number").first()
    return last is not None and last.outcome in ("timeout", "lost", "ok")
