"""Products up and down the stream, nearest first, with limits that are always named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lineage.reading.flows import Direction, Flow, Step, step_down, step_up, steps

NODE_LIMIT = 400
DEEPEST = 50
STEPS: dict[Direction, Callable[[Sequence[str]], Step]] = {"down": step_down, "up": step_up}

SIDES: dict[Direction, str] = {"down": "downstream", "up": "upstream"}


@dataclass(frozen=True, slots=True)
class Truncation:
    """What cut an answer: nodes, edges, depth, time, permission, unresolved or coverage."""

    reason: str
    limit: int | None = None
    at_least: int | None = None
    side: str = ""


@dataclass(slots=True)
class Walk:
    """Flows found, hops of each end (0 = the start), and what cut the search."""

    flows: list[Flow] = field(default_factory=list)
    hops: dict[str, int] = field(default_factory=dict)
    truncated: list[Truncation] = field(default_factory=list)


def walk(product_key: str, direction: Direction, depth: int, *, certain: bool = False) -> Walk:
    """Breadth first along the flows of products; three queries per hop, one hop more than asked.

    `certain` leaves possible flows out.
    """
    found = Walk(hops={product_key: 0})
    frontier = [product_key]
    for hop in range(1, depth + 1):
        if not frontier:
            return found
        frontier = _taken(found, STEPS[direction](frontier), direction, hop, certain=certain)
    if frontier and STEPS[direction](frontier).flows:
        found.truncated.append(Truncation("depth", depth, side=SIDES[direction]))
    return found


def walks(product_key: str, up: int, down: int, *, beyond: bool = True) -> dict[str, Walk]:
    """Both ways at once, by side; three queries per hop for both together.

    Without `beyond` it may say that the depth cut something where nothing more was to come.
    """
    found: dict[Direction, Walk] = {way: Walk(hops={product_key: 0}) for way in ("up", "down")}
    frontiers: dict[Direction, list[str]] = {"up": [product_key], "down": [product_key]}
    depths: dict[Direction, int] = {"up": up, "down": down}
    for hop in range(1, max(up, down) + 1):
        asked = {way: frontiers[way] if hop <= depths[way] else [] for way in depths}
        for way, step in _stepped(asked):
            frontiers[way] = _taken(found[way], step, way, hop, certain=False)
    ends = {way: bool(step.flows) for way, step in _stepped(frontiers)} if beyond else frontiers
    for way, goes_on in ends.items():
        if goes_on:
            found[way].truncated.append(Truncation("depth", depths[way], side=SIDES[way]))
    return {SIDES[way]: one for way, one in found.items()}


def _stepped(asked: Mapping[Direction, Sequence[str]]) -> list[tuple[Direction, Step]]:
    """One step each way from where there is something to go on from."""
    if not any(asked.values()):
        return []
    up, down = steps(asked["up"], asked["down"])
    both: list[tuple[Direction, Step]] = [("up", up), ("down", down)]
    return [(way, step) for way, step in both if asked[way]]


def _taken(found: Walk, step: Step, direction: Direction, hop: int, *, certain: bool) -> list[str]:
    """Take in one step and what cut it; answers where to go on from, nowhere past the limit."""
    if not step.complete:
        found.truncated.append(Truncation("edges", side=SIDES[direction]))
    frontier = _advance(found, step, direction, hop, certain=certain)
    if len(found.hops) <= NODE_LIMIT:
        return frontier
    found.truncated.append(Truncation("nodes", NODE_LIMIT, len(found.hops), SIDES[direction]))
    return []


def _advance(
    found: Walk, step: Step, direction: Direction, hop: int, *, certain: bool
) -> list[str]:
    """Take in the flows of one step; answers the products reached for the first time."""
    fresh: list[str] = []
    for flow in step.flows:
        if certain and not flow.certain:
            continue
        found.flows.append(flow)
        far = flow.dst if direction == "down" else flow.src
        if far.key not in found.hops:
            found.hops[far.key] = hop
            if far.is_product:
                fresh.append(far.key)
    return fresh
