"""Products up and down the stream, nearest first, with limits that are always named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lineage.reading.flows import Direction, Flow, Step, step_down, step_up

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
    """Breadth first along the flows of products; about four queries per hop.

    `certain` leaves possible flows out.
    """
    found = Walk(hops={product_key: 0})
    frontier = [product_key]
    for hop in range(1, depth + 1):
        if not frontier:
            return found
        step = STEPS[direction](frontier)
        if not step.complete:
            found.truncated.append(Truncation("edges", side=SIDES[direction]))
        frontier = _advance(found, step, direction, hop, certain=certain)
        if len(found.hops) > NODE_LIMIT:
            found.truncated.append(
                Truncation("nodes", NODE_LIMIT, len(found.hops), SIDES[direction])
            )
            return found
    if frontier and STEPS[direction](frontier).flows:
        found.truncated.append(Truncation("depth", depth, side=SIDES[direction]))
    return found


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
