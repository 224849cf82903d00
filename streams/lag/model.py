"""The words of lag judgement: what a sweep saw of one partition, and what it says about it."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal


class Missing(enum.Enum):
    """The one value of a number that could not be obtained; it is never 0 and never `None`."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Missing.UNKNOWN
Number = int | Literal[Missing.UNKNOWN]
Duration = float | Literal[Missing.UNKNOWN]  # ms; math.inf = older than everything ever seen


class Severity(enum.StrEnum):
    """How loud a status is; `rank` grows with loudness."""

    OK = "ok"
    GREY = "grey"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


class Status(enum.StrEnum):
    """What holds for one consumer group on one partition; the first that matches, in this order."""

    UNKNOWN = "unknown"
    ORPHANED = "orphaned"
    ABANDONED = "abandoned"
    TOPIC_RESET = "topic_reset"
    DATA_LOST = "data_lost"
    STOPPED = "stopped"
    STALLED = "stalled"
    LOSS_IMMINENT = "loss_imminent"
    SLA_BREACH = "sla_breach"
    REWIND = "rewind"
    SLOW = "slow"
    NOT_STARTED = "not_started"
    WARMING = "warming"
    OK = "ok"

    @property
    def number(self) -> int:
        """1 to 14, the form in which a status is stored."""
        return _NUMBERS[self]

    @property
    def severity(self) -> Severity:
        return _SEVERITIES[self]

    @property
    def words(self) -> str:
        """The status as a person reads it."""
        return _WORDS[self]

    @classmethod
    def of_number(cls, number: int) -> Status:
        """Raises ValueError outside 1 to 14."""
        if not 1 <= number <= len(_NUMBERS):
            raise ValueError(f"no lag status has the number {number}")
        return list(cls)[number - 1]


_NUMBERS: Final = {status: place for place, status in enumerate(Status, start=1)}
_SEVERITIES: Final = {
    Status.UNKNOWN: Severity.GREY,
    Status.ORPHANED: Severity.INFO,
    Status.ABANDONED: Severity.INFO,
    Status.TOPIC_RESET: Severity.CRITICAL,
    Status.DATA_LOST: Severity.CRITICAL,
    Status.STOPPED: Severity.ERROR,
    Status.STALLED: Severity.ERROR,
    Status.LOSS_IMMINENT: Severity.ERROR,
    Status.SLA_BREACH: Severity.ERROR,
    Status.REWIND: Severity.WARNING,
    Status.SLOW: Severity.WARNING,
    Status.NOT_STARTED: Severity.INFO,
    Status.WARMING: Severity.GREY,
    Status.OK: Severity.OK,
}
_WORDS: Final = {
    Status.UNKNOWN: "Unknown",
    Status.ORPHANED: "Topic ended",
    Status.ABANDONED: "Abandoned",
    Status.TOPIC_RESET: "Topic was reset",
    Status.DATA_LOST: "Records lost unread",
    Status.STOPPED: "Stopped",
    Status.STALLED: "Stalled",
    Status.LOSS_IMMINENT: "About to lose records",
    Status.SLA_BREACH: "Later than promised",
    Status.REWIND: "Reading again",
    Status.SLOW: "Falling behind",
    Status.NOT_STARTED: "Not started",
    Status.WARMING: "Warming up",
    Status.OK: "On time",
}


class Membership(enum.StrEnum):
    """Whether a live member of the group owns the partition.

    `LEFT`: members exist, yet three successive complete descriptions outside a rebalance gave no
    partition of this topic to any of them.
    """

    OWNED = "owned"
    UNOWNED = "unowned"
    NO_MEMBERS = "no_members"
    LEFT = "left"
    UNKNOWN = "unknown"


class Bound(enum.StrEnum):
    """Whether the promised bound holds; `NONE` = nothing was promised."""

    PASS = "pass"  # noqa: S105 a verdict, no password
    FAIL = "fail"
    UNSURE = "unsure"
    NONE = "none"


class Method(enum.StrEnum):
    """How the time lag was found."""

    DRAINED = "drained"  # nothing is due, so the time lag is 0
    BRACKET = "bracket"  # between two of our own readings of the log end
    NONE = "none"


class Quality(enum.StrEnum):
    EXACT = "exact"
    INTERVAL = "interval"
    LOWER_BOUND = "lower_bound"
    UNCONFIRMED = "unconfirmed"
    UNKNOWN = "unknown"


class CatchUp(enum.StrEnum):
    """Why there is no catch-up time."""

    NOT_CATCHING_UP = "not catching up"
    UNKNOWN = "unknown"


class ProbeRefusal(enum.StrEnum):
    """Why a probe that was wanted has no answer."""

    DENIED = "denied"
    FAILED = "failed"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class Sample:
    """One sweep's reading. `t_ms` is when the commit was answered.

    `committed`: `None` = the group has no commit. `stable_end` (last stable offset): `None` = not
    asked. Negative offsets count as not obtained: clients use them as codes.
    """

    t_ms: int
    committed: Number | None
    start: Number
    end: Number
    stable_end: Number | None = None


@dataclass(frozen=True, slots=True)
class EndPoint:
    """The log end, read at some instant between asking and the answer."""

    asked_ms: int
    answered_ms: int
    end: int


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """What the topic's settings and life say.

    `incarnation_since_ms`: when the present topic id was first seen under a name that had another
    id before; `None` when no earlier one was ever seen. `deletes`: cleanup by retention.
    `retention_ms`: `None` = unlimited. `ended`: the topic or the partition is proven to be gone.
    """

    incarnation_since_ms: int | None = None
    deletes: bool = True
    compacted: bool = False
    timestamp_type: Literal["CreateTime", "LogAppendTime"] = "CreateTime"
    retention_ms: Number | None = UNKNOWN
    ended: bool = False


@dataclass(frozen=True, slots=True)
class TimestampProbe:
    """Answer to "first offset whose timestamp is at or after `wanted_ms`".

    `offset` is `None` when the log holds nothing that young.
    """

    wanted_ms: int
    offset: int | None
    timestamp_ms: int | None = None


@dataclass(frozen=True, slots=True)
class RecordProbe:
    """First record a committed reader can fetch from `position`, asked while the log end was `end`.

    `offset` is `None` when the end came first: markers and aborted records fill the rest.
    """

    position: int
    end: int
    offset: int | None
    timestamp_ms: int | None = None


@dataclass(frozen=True, slots=True)
class PartitionWindow:
    """Everything `evaluate` looks at; sequences are oldest first, the last sample is this sweep's.

    `gaps`: milliseconds between the last movements of the commit (at most 8 count).
    `still_since_ms`, `due_since_ms`, `last_commit`: what `remember` kept of the time before the
    window; `None` when nothing is known beyond it.
    """

    samples: Sequence[Sample]
    gaps: Sequence[int]
    end_history: Sequence[EndPoint]
    membership: Membership
    topic: TopicFacts
    timestamp_probe: TimestampProbe | ProbeRefusal | None = None
    record_probe: RecordProbe | ProbeRefusal | None = None
    still_since_ms: int | None = None
    due_since_ms: int | None = None
    last_commit: int | None = None


@dataclass(frozen=True, slots=True)
class LagRules:
    """The limits, in milliseconds. They follow the sweep: see `idle_without_cadence_ms`."""

    sweep_ms: int
    bound_ms: int | None = None
    margin_ms: int = 1_000
    warmup: int = 3
    idle_factor: int = 3
    idle_default_ms: int = 900_000
    forget_after_ms: int = 604_800_000
    loss_horizon_ms: int = 86_400_000
    bound_to_promise: bool = False

    @property
    def idle_without_cadence_ms(self) -> int:
        """Patience with a reader whose rhythm is not known yet: 15 sweeps, at most 15 minutes.

        Never under five sweeps, so that rare sweeps do not accuse on thin evidence.
        """
        return max(min(self.idle_default_ms, 15 * self.sweep_ms), 5 * self.sweep_ms)


@dataclass(frozen=True, slots=True)
class PartitionVerdict:
    """What holds for one group on one partition, with the numbers that show it.

    `lag` counts offsets the group has still to read of the retained log, `due` those that a
    committed reader can see. The time lag lies in [`age_lo_ms`, `age_hi_ms`). `sub` are the other
    statuses that hold too; `needs` names the probe whose answer would settle the verdict.
    """

    status: Status
    sub: tuple[Status, ...] = ()
    lag: Number = UNKNOWN
    due: Number = UNKNOWN
    age_lo_ms: Number = UNKNOWN
    age_hi_ms: Duration = UNKNOWN
    method: Method = Method.NONE
    sla: Bound = Bound.NONE
    quality: Quality = Quality.UNKNOWN
    slope_per_s: Duration = UNKNOWN
    loss_eta_ms: Number = UNKNOWN
    lost: int = 0
    rewind: int = 0
    completeness: float = 0.0
    needs: frozenset[Literal["record"]] = frozenset()
    reasons: tuple[str, ...] = ()
    catch_up_s: float | CatchUp = CatchUp.UNKNOWN
    lag_most: Number = UNKNOWN
