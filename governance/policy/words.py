"""The vocabulary of policies: severity, outcome, fault, result, and safe filling of messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


class Severity(StrEnum):
    """What a fault does: stop the request, warn its approvers, or only inform."""

    BLOCK = "block"
    WARN = "warn"
    INFO = "info"


class Outcome(StrEnum):
    """What a policy says; unknown = a fact it needs could not be measured."""

    PASS = "pass"  # noqa: S105  (a verdict, no password)
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    ERROR = "error"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not hold: values for the message, and where in the item it lies."""

    values: Mapping[str, object]
    pointer: str = ""
    severity: Severity | None = None  # None: the rule's own


@dataclass(frozen=True, slots=True)
class Result:
    """What one policy says about one target."""

    code: str
    outcome: Outcome
    severity: Severity
    message: str = ""
    remedy: str = ""
    pointer: str = ""

    @property
    def blocks(self) -> bool:
        return self.severity is Severity.BLOCK and self.outcome in (Outcome.FAIL, Outcome.ERROR)


@dataclass(frozen=True, slots=True)
class Number:
    """A whole-number parameter; `tighter` says in which direction a lower level may move it."""

    default: int
    tighter: str  # "higher" | "lower"
    low: int = 0
    high: int = 2**53

    def problem(self, value: object) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return "say a whole number"
        return (
            None
            if self.low <= value <= self.high
            else f"say a number from {self.low} to {self.high}"
        )


@dataclass(frozen=True, slots=True)
class Words:
    """A parameter that is a list of words."""

    default: tuple[str, ...] = field(default_factory=tuple)

    def problem(self, value: object) -> str | None:
        good = isinstance(value, list | tuple) and all(
            isinstance(word, str) and word for word in value
        )
        return None if good else "say a list of words"


Parameter = Number | Words


def filled(message: str, values: Mapping[str, object]) -> str:
    """The message with its placeholders replaced. Raises KeyError for a name nobody gave."""
    return PLACEHOLDER.sub(lambda match: str(values[match.group(1)]), message)
