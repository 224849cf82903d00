"""Steps of the start that wait for each other: each begins as soon as what it needs is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from mesh.quickstart.embedding import Preparation


@dataclass(slots=True)
class Work:
    """One step: what it does, in a thread, and the names of what must be there before."""

    name: str
    title: str
    log: Path
    perform: Callable[[], None]
    needs: frozenset[str] = frozenset()
    began: float = 0.0
    preparation: Preparation | None = None

    def begin(self) -> None:
        """Start the thread."""
        self.began = time.monotonic()
        self.preparation = Preparation(self.perform)

    @property
    def over(self) -> bool:
        """Whether it has come to an end, good or bad."""
        return self.preparation is not None and self.preparation.ended()

    @property
    def error(self) -> BaseException | None:
        """Why it failed; None when it did not."""
        return self.preparation.error if self.preparation is not None else None

    @property
    def ended_at(self) -> float:
        """When it ended, by the monotonic clock."""
        return self.preparation.ended_at if self.preparation is not None else 0.0


@dataclass(slots=True)
class Works:
    """All steps of one start."""

    open: list[Work]
    there: set[str] = field(default_factory=set)

    @property
    def over(self) -> bool:
        """Whether every step has ended."""
        return not self.open

    def advance(self, others: Collection[str]) -> list[Work]:
        """Begin what can begin now that `others` are there too; the steps that ended since last time."""
        ended = [work for work in self.open if work.over]
        self.open = [work for work in self.open if work not in ended]
        self.there.update(work.name for work in ended if work.error is None)
        for work in self.open:
            if work.preparation is None and work.needs <= self.there | set(others):
                work.begin()
        return ended
