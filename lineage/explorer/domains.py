"""The domain map: domains as boxes, and how much flows from one to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lineage.explorer.asking import STRENGTHS, Asked
from lineage.explorer.cards import Card
from lineage.explorer.drawing import Drawing, Join, placed
from lineage.explorer.scene import Line, Scene
from lineage.reading.flows import End

OUTSIDE = "-"  # what no product owns
OUTSIDE_NAME = "Outside products"


@dataclass(frozen=True, slots=True)
class DomainFlow:
    """All lines from one domain to another."""

    source: str
    target: str
    source_name: str
    target_name: str
    flows: int
    late: int
    strength: str
    source_href: str
    target_href: str


@dataclass(frozen=True, slots=True)
class DomainBox:
    """A domain with what stands in it."""

    id: str
    name: str
    href: str
    ends: tuple[End, ...]
    late: int
    focus: bool


@dataclass(frozen=True, slots=True)
class DomainMap:
    """Boxes, flows between them, and the picture of both."""

    boxes: tuple[DomainBox, ...]
    flows: tuple[DomainFlow, ...]
    drawing: Drawing


def domain_map(scene: Scene, asked: Asked, states: Mapping[str, str], focus: str) -> DomainMap:
    """Domains of a scene; flows inside one domain are in its box. `focus`: key of a product."""
    names = {facts.domain: facts.domain_name for facts in scene.products.values()}
    names[OUTSIDE] = OUTSIDE_NAME
    home = domain_of(scene, scene.ends[focus]) if focus in scene.ends else ""
    boxes = tuple(
        _box(scene, asked, states, (slug, names[slug], slug == home), ends)
        for slug, ends in sorted(_inside(scene).items())
    )
    flows = _flows(scene, asked, names)
    cards = [_card(box, flows, asked) for box in boxes]
    joins = [
        Join(flow.source, flow.target, flow.strength, asked.node in (flow.source, flow.target), "")
        for flow in flows
    ]
    return DomainMap(boxes, flows, placed(cards, joins))


def domain_of(scene: Scene, end: End) -> str:
    """The slug of the domain an end belongs to."""
    facts = scene.products.get(end.key)
    return facts.domain if facts is not None else OUTSIDE


def _inside(scene: Scene) -> dict[str, list[End]]:
    inside: dict[str, list[End]] = {}
    for end in scene.ends.values():
        inside.setdefault(domain_of(scene, end), []).append(end)
    return inside


def _box(
    scene: Scene,
    asked: Asked,
    states: Mapping[str, str],
    named: tuple[str, str, bool],
    ends: Sequence[End],
) -> DomainBox:
    slug, name, focus = named
    late = sum(states.get(end.key) == "bad" for end in ends)
    return DomainBox(
        slug, name, _href(slug, asked), tuple(sorted(ends, key=scene.name_of)), late, focus
    )


def _href(slug: str, asked: Asked) -> str:
    return asked.link(node=slug, edge="", view="domains")


def _flows(scene: Scene, asked: Asked, names: Mapping[str, str]) -> tuple[DomainFlow, ...]:
    between: dict[tuple[str, str], dict[tuple[str, str], Line]] = {}
    for line in scene.lines:
        pair = (domain_of(scene, line.flow.src), domain_of(scene, line.flow.dst))
        if pair[0] != pair[1]:
            between.setdefault(pair, {})[line.pair] = line
    return tuple(
        DomainFlow(
            source=source,
            target=target,
            source_name=names[source],
            target_name=names[target],
            flows=len(lines),
            late=sum(line.lag is not None and line.lag.state == "bad" for line in lines.values()),
            strength=min((line.strength for line in lines.values()), key=STRENGTHS.index),
            source_href=_href(source, asked),
            target_href=_href(target, asked),
        )
        for (source, target), lines in sorted(between.items())
    )


def _card(box: DomainBox, flows: Sequence[DomainFlow], asked: Asked) -> Card:
    up = sum(flow.flows for flow in flows if flow.target == box.id)
    down = sum(flow.flows for flow in flows if flow.source == box.id)
    outside = box.id == OUTSIDE
    what = "node" if outside else "product"
    sub = f"{len(box.ends)} {what}{'' if len(box.ends) == 1 else 's'}"
    sub = f"{sub} · {box.late} late" if box.late else sub
    return Card(
        id=box.id,
        key=box.id,
        kind="external" if outside else "product",
        name=box.name,
        sub=sub,
        href=box.href if outside else f"/domains/{box.id}",
        domain="" if outside else box.id,
        state="bad" if box.late else "",
        label=f"{box.name}, {'' if outside else 'domain, '}{sub}, {up} flows in, {down} flows out",
        focus=box.focus,
        selected=asked.node == box.id,
        found=bool(asked.q) and asked.q.casefold() in box.name.casefold(),
        centre="",
        panel=box.href,
    )
