"""The panel beside the drawing: facts of what is chosen, why its lines are drawn, who follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.text import capfirst

from lineage.explorer.cards import STATE_WORDS, CardMaker, kind_word, lag_words, slowest
from lineage.explorer.drawing import edge_name
from lineage.explorer.scene import Line, Pair, Scene, walk_down
from lineage.explorer.table import STRENGTH_WORDS
from lineage.models import Edge
from lineage.reading.flows import End
from lineage.reading.proofs import ProofRow, proofs_of
from mesh.kernel.wording import duration
from streams.queries.lists import LagRow

REASONS_SHOWN = 3  # flows whose proofs a node's panel lists
SOURCE_WORDS = {
    "offsets_moved": "consumer offsets", "group_assignment": "group members",
    "connect_active": "Kafka Connect", "connect_configured": "Kafka Connect",
    "streams_topics": "Kafka Streams", "registry_register": "schema registry",
    "registry_lookup": "schema registry", "registry_fetch": "schema registry",
    "openlineage_run": "OpenLineage", "openlineage_facet": "OpenLineage",
    "openlineage_many": "OpenLineage", "producer_state": "producer state", "acl": "access rights",
    "field_match": "schemas", "declaration": "declaration",
}  # fmt: skip
SOURCE_ICONS = {"schema registry": "file-code", "OpenLineage": "radio", "access rights": "key"}


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and a value; `href` where it leads, `state` when it is one."""

    label: str
    value: str
    href: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing that was seen, between which two, how sure that makes us."""

    text: str
    strength: str
    source: str
    at: datetime
    icon: str
    second: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one line is drawn: the proofs of its edges."""

    title: str
    words: str
    href: str
    proofs: tuple[Proof, ...]
    restricted: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """All that the side says about a node or a line."""

    title: str
    href: str
    state: str
    state_word: str
    second: str
    facts: tuple[Fact, ...]
    reasons: tuple[Reason, ...]
    more_reasons: int
    lines: tuple[Fact, ...]  # of the focus: what each line rests on, without its proofs
    stops: str  # what follows when it stops, "" where nobody knows
    stops_title: str
    centre: str
    lag_href: str
    back: str
    restricted: bool = False


def node_panel(maker: CardMaker, end: End) -> Panel:
    """The panel of a node."""
    scene, key = maker.scene, end.key
    into, out_of = maker.around.into.get(key, ()), maker.around.out_of.get(key, ())
    facts = scene.products.get(key)
    state = maker.states.get(key, "")
    lag = slowest(into)
    shut = key in scene.hidden
    lines = _towards_focus(scene, end, (*into, *out_of))
    reasons = [] if key == maker.focus else lines
    second = [facts.domain_name, facts.tier, facts.team] if facts else [_kind(scene, end)]
    return Panel(
        title=scene.name_of(end),
        href=maker.href_of(end) if not maker.href_of(end).startswith("/lineage") else "",
        state=state if state in STATE_WORDS else "",
        state_word=capfirst(maker.state_word(key)),
        second=" · ".join(word for word in second if word),
        facts=() if shut else (*_lag_facts(scene, into), *_counts(scene, into, out_of)),
        reasons=_reasons(maker, reasons[:REASONS_SHOWN]),
        more_reasons=max(len(reasons) - REASONS_SHOWN, 0),
        lines=tuple(_brief(maker, line) for line in lines) if key == maker.focus else (),
        stops=_follows(maker, end),
        stops_title=f"If {scene.name_of(end)} stops",
        centre="" if key == maker.focus and scene.root is not None else maker.centre_of(end),
        lag_href=lag.group_href if lag is not None and not shut else "",
        back=maker.asked.link(node="", edge=""),
        restricted=shut,
    )


def edge_panel(maker: CardMaker, line: Line) -> Panel:
    """The panel of a line."""
    scene = maker.scene
    source, target = scene.name_of(line.flow.src), scene.name_of(line.flow.dst)
    shut = bool(set(line.pair) & set(scene.hidden))
    lag = None if shut else line.lag
    facts = [Fact("Line", STRENGTH_WORDS[line.strength])]
    facts += [Fact("Declared", "yes" if line.flow.declared else "no")]
    facts += _lag_facts(scene, [line]) if lag is not None else []
    return Panel(
        title=f"{source} to {target}",
        href="",
        state=lag.state if lag is not None and lag.state in STATE_WORDS else "",
        state_word=lag.words if lag is not None else "",
        second=line.words.text,
        facts=tuple(facts),
        reasons=_reasons(maker, [line]),
        more_reasons=0,
        lines=(),
        stops=_follows(maker, line.flow.src) if not shut else "",
        stops_title=f"If {source} stops",
        centre="",
        lag_href=lag.group_href if lag is not None else "",
        back=maker.asked.link(node="", edge=""),
        restricted=shut,
    )


def reasons_on(scene: Scene, end: End, lines: Iterable[Line]) -> frozenset[Pair]:
    """The lines that the panel of a node explains: drawn with weight beside it."""
    return frozenset(line.pair for line in _towards_focus(scene, end, lines)[:REASONS_SHOWN])


def _towards_focus(scene: Scene, end: End, lines: Iterable[Line]) -> list[Line]:
    """The lines by which an end hangs on the focus, nearest first; of the focus itself, its own."""
    is_focus = scene.root is None or end.key == scene.root.key
    mine = [line for line in lines if is_focus or line.far.key == end.key]
    return sorted(mine, key=lambda line: (line.near_steps, -line.flow.observed, line.pair))


def _kind(scene: Scene, end: End) -> str:
    if end.key in scene.hidden:
        return "Restricted: its team or the domain steward can let you see it."
    return "product" if end.is_product else kind_word(end)


def _lag_facts(scene: Scene, into: Sequence[Line]) -> list[Fact]:
    """How far behind it reads, slowest first; unknown is said with its reason."""
    lines = [line for line in into if line.lag is not None]
    return [
        Fact(f"Reads {scene.name_of(line.flow.src)}", _behind(line.lag), line.lag.group_href, line.lag.state)
        for line in lines[:REASONS_SHOWN]
        if line.lag is not None
    ]  # fmt: skip


def _behind(lag: LagRow) -> str:
    if lag.state == "unknown":
        return f"not measured: {lag.reason}" if lag.reason else "not measured"
    limit = f", limit {duration(lag.bound_s)}" if lag.bound_s is not None else ""
    return f"{lag_words(lag).removeprefix('reads ')}{limit}"


def _counts(scene: Scene, into: Sequence[Line], out_of: Sequence[Line]) -> list[Fact]:
    facts = []
    if into:
        facts.append(Fact("Fed by", _tally(scene, [line.flow.src for line in into])))
    if out_of:
        facts.append(Fact("Feeds", _tally(scene, [line.flow.dst for line in out_of])))
    return facts or [Fact("Flows", "none seen or declared")]


def _tally(scene: Scene, ends: Sequence[End]) -> str:
    """ "2 products, 1 program"."""
    kinds = Counter(scene.kind_of(end) for end in ends)
    words = {"product": "product", "application": "program", "topic": "topic",
             "external": "external dataset", "restricted": "restricted node"}  # fmt: skip
    return ", ".join(
        f"{kinds[kind]} {word}{'s' if kinds[kind] > 1 else ''}"
        for kind, word in words.items()
        if kinds[kind]
    )


def _brief(maker: CardMaker, line: Line) -> Fact:
    """A line of the focus by its far end."""
    arrow = "from" if line.side == "upstream" else "to"
    return Fact(
        f"{arrow} {maker.scene.name_of(line.far)}",
        f"{STRENGTH_WORDS[line.strength]} · {line.words.text.partition(' (')[0]}",
        _line_href(maker, line),
    )


def _line_href(maker: CardMaker, line: Line) -> str:
    scene = maker.scene
    name = edge_name(scene.id_of(line.flow.src), scene.id_of(line.flow.dst))
    return maker.asked.link(edge=name, node="")


def _proof(edge: Edge, row: ProofRow) -> Proof:
    source = SOURCE_WORDS.get(row.source, row.source)
    return Proof(
        text=row.text,
        strength=row.strength,
        source=source if source != row.strength and not row.declared else "",
        at=row.at,
        icon=row.icon if row.declared else SOURCE_ICONS.get(source, row.icon),
        second=f"{edge.src.label} → {edge.dst.label}",
    )


def _reasons(maker: CardMaker, lines: Sequence[Line]) -> tuple[Reason, ...]:
    """The proofs of some lines. Two queries whatever their number."""
    scene = maker.scene
    proofs = proofs_of([edge for line in lines for edge in line.flow.edges])
    return tuple(
        Reason(
            title=f"{scene.name_of(line.flow.src)} to {scene.name_of(line.flow.dst)}",
            words=f"{STRENGTH_WORDS[line.strength]} · {line.words.text}",
            href=_line_href(maker, line),
            proofs=tuple(
                _proof(edge, row)
                for edge in line.flow.edges
                if not {edge.src_id, edge.dst_id} & scene.shut
                for row in proofs.get(edge.pk, ())
            ),
            restricted=bool(set(line.pair) & set(scene.hidden)),
        )
        for line in lines
    )


def _follows(maker: CardMaker, end: End) -> str:
    """Who is hit when a product stops: by what is declared or proved, all the way down."""
    if not end.is_product or end.key in maker.scene.hidden:
        return ""
    found = walk_down(end.key)
    ends = {far.key: far for flow in found.flows for far in (flow.src, flow.dst)}
    after = [ends[key] for key in found.hops if key != end.key and key in ends]
    if not after:
        return "Nothing is known to read it."
    products = [one for one in after if one.is_product]
    tiers = [
        maker.scene.products[one.key].tier for one in products if one.key in maker.scene.products
    ]
    gold = tiers.count("gold")
    at_least = "at least " if found.truncated else ""
    first = sum(hops == 1 for hops in found.hops.values())
    words = f"{first} read it directly; {at_least}{len(after)} nodes follow, {len(products)} of them products"
    return f"{words}, {gold} gold." if gold else f"{words}."
