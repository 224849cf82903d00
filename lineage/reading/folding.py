"""What a drawing leaves to its table: the same program seen twice, and crowds around one node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from lineage.models import Node
from lineage.reading.flows import End, Flow
from mesh.people.models import ObjectScope, ServiceAccount

CROWD = 25  # more neighbours than this on one side are folded …
SHOWN = 12  # … to the most important ones and one card for the rest
SERVICE = "service:"
STUB = "stub"


def without_doubles(flows: Sequence[Flow]) -> list[Flow]:
    """Leave out a service account that reads what a product of its own team reads or owns.

    A team's account that fetches schemas and the consumer group of its product are one program seen
    twice; one row of evidence less is better than one reader too many. Two queries at most.
    """
    loose = [flow for flow in flows if flow.dst.node.key.startswith(SERVICE)]
    if not loose:
        return list(flows)
    names = {flow.dst.node.label for flow in loose}
    team_of = dict(ServiceAccount.objects.filter(name__in=names).values_list("name", "team_id"))
    products = {end.product_key for flow in flows for end in (flow.src, flow.dst)} - {""}
    scopes = ObjectScope.objects.filter(kind="product", object_id__in=products)
    teams = {str(row.object_id): row.team_id for row in scopes if row.team_id}
    present = set(teams.items())
    present |= {
        (flow.src.key, teams[flow.dst.product_key])
        for flow in flows
        if flow.dst.product_key in teams
    }
    return [
        flow
        for flow in flows
        if flow not in loose or (flow.src.key, team_of.get(flow.dst.node.label)) not in present
    ]


def without_crowds(flows: Sequence[Flow]) -> list[Flow]:
    """Fold the least important dead ends of a node with too many neighbours into one card."""
    degree = Counter(key for flow in flows for key in (flow.src.key, flow.dst.key))
    kept: list[Flow] = []
    crowds: dict[tuple[str, str], list[Flow]] = {}
    for flow in flows:
        if degree[flow.dst.key] == 1 and degree[flow.src.key] > CROWD:
            crowds.setdefault((flow.src.key, "down"), []).append(flow)
        elif degree[flow.src.key] == 1 and degree[flow.dst.key] > CROWD:
            crowds.setdefault((flow.dst.key, "up"), []).append(flow)
        else:
            kept.append(flow)
    for (key, side), crowd in crowds.items():
        kept += _folded(key, side, crowd) if len(crowd) > CROWD else crowd
    return kept


def _folded(key: str, side: str, crowd: Sequence[Flow]) -> list[Flow]:
    ranked = sorted(crowd, key=lambda flow: _importance(flow, side))
    first, rest = ranked[:SHOWN], ranked[SHOWN:]
    node = Node(kind=STUB, key=f"more-{side}-{key}", label=f"{len(rest)} more")
    end = End(node.key, node)
    joined = replace(rest[0], dst=end) if side == "down" else replace(rest[0], src=end)
    return [*first, replace(joined, edges=(), via=())]


def _importance(flow: Flow, side: str) -> tuple[bool, bool, float, str]:
    """Products first, then what somebody declared, then what is surest."""
    far = flow.dst if side == "down" else flow.src
    return not far.is_product, not flow.declared, -flow.observed, far.node.label
