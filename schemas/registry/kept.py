"""Ready answers for ids: immutable while the content exists, so kept as bytes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from schemas.registry.http import Use

MOST_ANSWERS: Final = 50_000
MOST_BYTES: Final = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """The bytes of an answer, its ETag and what it means to have fetched it."""

    body: bytes
    etag: str
    use: Use | None


class KeptAnswers:
    """Least recently used answers by raw target; used on the event loop only.

    `generation` moves on every clearing: an answer that was read before it is not kept after it.
    """

    def __init__(self) -> None:
        self._answers: OrderedDict[tuple[bytes, bytes], Kept] = OrderedDict()
        self._bytes = 0
        self.generation = 0

    def find(self, target: tuple[bytes, bytes]) -> Kept | None:
        """The answer for a target, made the newest."""
        kept = self._answers.get(target)
        if kept is not None:
            self._answers.move_to_end(target)
        return kept

    def keep(self, target: tuple[bytes, bytes], kept: Kept, generation: int) -> None:
        """Keep an answer that was read in this generation."""
        if generation != self.generation or target in self._answers:
            return
        self._answers[target] = kept
        self._bytes += len(kept.body)
        while len(self._answers) > MOST_ANSWERS or self._bytes > MOST_BYTES:
            _, dropped = self._answers.popitem(last=False)
            self._bytes -= len(dropped.body)

    def clear(self) -> None:
        """Something is gone: keep nothing that was read before now."""
        self._answers.clear()
        self._bytes = 0
        self.generation += 1

    def __len__(self) -> int:
        return len(self._answers)
