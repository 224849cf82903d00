"""Leave a dead cluster alone: two failures open the breaker, its time doubles, one try tests."""

from __future__ import annotations

from collections.abc import Callable

from mesh.kernel import clock

FAILURES_TO_OPEN = 2


class Breaker:
    """Counts failures in a row; while open nothing is asked, then one caller may try."""

    def __init__(
        self,
        first_open_s: float = 60.0,
        longest_open_s: float = 900.0,
        monotonic: Callable[[], float] = clock.monotonic,
    ) -> None:
        self.limit(first_open_s, longest_open_s)
        self.monotonic = monotonic
        self.failures = 0
        self.open_s = 0.0
        self.closed_at = 0.0

    def limit(self, first_open_s: float, longest_open_s: float) -> None:
        """How long it stays open the first time, and at most."""
        self.first_open_s = min(first_open_s, longest_open_s)
        self.longest_open_s = longest_open_s

    def wait_s(self) -> float:
        """Seconds until the next question is allowed; 0 = ask now."""
        return max(0.0, self.closed_at - self.monotonic())

    def succeeded(self) -> None:
        """The cluster answered: forget the failures."""
        self.failures = 0
        self.open_s = 0.0
        self.closed_at = 0.0

    def failed(self) -> None:
        """The cluster did not answer; a failed probe of a half-open breaker doubles the wait."""
        self.failures += 1
        if self.failures < FAILURES_TO_OPEN:
            return
        self.open_s = min(self.open_s * 2 or self.first_open_s, self.longest_open_s)
        self.closed_at = self.monotonic() + self.open_s
