"""From all that is known to what is shown: steps, kinds of lines, filters, and the way to what matches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lineage.explorer.asking import Asked
from lineage.explorer.scene import WORST, Line, Scene
from lineage.reading.flows import End


@dataclass(frozen=True, slots=True)
class Chosen:
    """The lines that are drawn and listed, of how many ends, and how many of these match a filter."""

    lines: tuple[Line, ...]
    ends: Mapping[str, End]
    matching: int
    strengths: Mapping[str, int]  # lines of each strength before any was switched off

    @property
    def shown(self) -> int:
        return len(self.ends)


def choose(scene: Scene, asked: Asked, states: Mapping[str, str]) -> Chosen:
    """What an address asks for; `states` are badge states of ends by key."""
    near = [line for line in scene.lines if asked.all or _within(line, asked)]
    lines = _reached(
        scene, [line for line in near if not asked.show or line.strength in asked.show]
    )
    ends = _ends(scene, lines)
    wanted = {key for key, end in ends.items() if _matches(scene, end, asked, states)}
    if asked.domain or asked.kind or asked.late:
        kept = wanted | _ways(scene, lines, wanted)
        lines = [line for line in lines if set(line.pair) <= kept]
        ends = _ends(scene, lines)
    pairs = {line.pair: line.strength for line in near}
    return Chosen(tuple(lines), ends, len(wanted & set(ends)), Counter(pairs.values()))


def worst_state(states: Iterable[str]) -> str:
    """The most alarming of some badge states; "" where none says anything."""
    known = [state for state in states if state in WORST]
    return min(known, key=WORST.index, default="")


def _within(line: Line, asked: Asked) -> bool:
    limit = {"upstream": asked.up, "downstream": asked.down}.get(line.side)
    return limit is None or line.near_steps < limit


def _reached(scene: Scene, lines: list[Line]) -> list[Line]:
    """Lines still joined to the focus; without a focus, all of them."""
    if scene.root is None:
        return lines
    reached = {"upstream": {scene.root.key}, "downstream": {scene.root.key}}
    kept: list[Line] = []
    left = sorted(lines, key=lambda line: line.near_steps)
    while True:
        fresh = [line for line in left if line.near.key in reached[line.side]]
        if not fresh:
            return kept
        kept += fresh
        left = [line for line in left if line.near.key not in reached[line.side]]
        for line in fresh:
            reached[line.side].add(line.far.key)


def _ends(scene: Scene, lines: Iterable[Line]) -> dict[str, End]:
    found = {end.key: end for line in lines for end in (line.near, line.far)}
    if scene.root is not None:
        found.setdefault(scene.root.key, scene.ends[scene.root.key])
    return found


def _matches(scene: Scene, end: End, asked: Asked, states: Mapping[str, str]) -> bool:
    facts = scene.products.get(end.key)
    return (
        (not asked.domain or (facts is not None and facts.domain == asked.domain))
        and (not asked.kind or scene.kind_of(end) == asked.kind)
        and (not asked.late or states.get(end.key) == "bad")
    )


def _ways(scene: Scene, lines: Iterable[Line], wanted: set[str]) -> set[str]:
    """What lies on a shortest way from the focus to what is wanted, and the focus itself."""
    if scene.root is None:
        return set()
    before: dict[tuple[str, str], str] = {}
    for line in lines:  # in the order they were reached, so each way leads back to the focus
        before.setdefault((line.side, line.far.key), line.near.key)
    way = {scene.root.key}
    for side in ("upstream", "downstream"):
        for key in wanted:
            at: str | None = key
            while at is not None and at not in way:
                at_before = before.get((side, at))
                if at_before is not None:
                    way.add(at)
                at = at_before
    return way
