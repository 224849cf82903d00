"""Health of a port from its verdicts, and of a product from its ports; unknown is not healthy."""

from __future__ import annotations

import enum
from collections.abc import Sequence

from catalog.sla.judge import Word


class Health(enum.StrEnum):
    """Worst first."""

    FAILING = "failing"
    AT_RISK = "at_risk"
    UNKNOWN = "unknown"
    HEALTHY = "healthy"
    UNPROMISED = "unpromised"

    @property
    def words(self) -> str:
        return self.value.replace("_", " ").capitalize()


def health(words: Sequence[str], has_incident: bool, has_promises: bool) -> Health:
    """Health of one port from the newest word of each judged promise.

    A fail that opened no incident yet is a risk. Healthy needs at least one pass and no unknown.
    """
    spoken = {Word(word) for word in words}
    if has_incident:
        return Health.FAILING
    if not has_promises:
        return Health.UNPROMISED
    if spoken & {Word.WARN, Word.FAIL}:
        return Health.AT_RISK
    if Word.UNKNOWN in spoken or Word.PASS not in spoken:
        return Health.UNKNOWN
    return Health.HEALTHY


def worst(healths: Sequence[Health]) -> Health:
    """Health of a product: the worst of its live output ports; unpromised without any."""
    order = list(Health)
    return min(healths, key=order.index, default=Health.UNPROMISED)
