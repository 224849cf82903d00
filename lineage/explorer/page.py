"""The explorer as one view model: what is drawn or listed, what is said above, what stands beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.text import capfirst

from lineage.explorer.asking import FARTHEST, KINDS, STRENGTHS, Asked, hidden_inputs
from lineage.explorer.cards import (
    ALARMING,
    CardMaker,
    states_of,
    surroundings,
)
from lineage.explorer.choosing import Chosen, choose
from lineage.explorer.domains import DomainBox, DomainMap, domain_map
from lineage.explorer.drawing import Drawing, draw, edge_name
from lineage.explorer.panel import Panel, edge_panel, node_panel, reasons_on
from lineage.explorer.scene import Line, Pair, Scene, scene_around, scene_of_mesh
from lineage.explorer.table import STRENGTH_WORDS, Row, csv_text, table_rows
from lineage.models import Node
from lineage.reading.cuts import cut_words
from lineage.reading.flows import End
from mesh.audit.principal import Principal
from mesh.kernel import clock
from mesh.kernel.wording import absolute

DRAWN_LIMIT = 400  # cards of one drawing
HITS_SHOWN = 8
NAMES_SHOWN = 3
KIND_WORDS = {
    "product": "Products", "application": "Programs", "topic": "Topics", "external": "External",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence above the graph, with where it leads."""

    text: str
    href: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Stepper:
    """How many steps are drawn on one side, with the addresses of one less and one more."""

    key: str
    label: str
    value: int
    less: str
    more: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a filter."""

    value: str
    label: str
    count: int | None = None
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A node whose name holds what was looked for."""

    name: str
    href: str
    second: str


@dataclass(frozen=True, slots=True)
class Inside:
    """What stands in a chosen domain."""

    name: str
    href: str
    state: str
    word: str


@dataclass(slots=True)
class ExplorerPage:
    """Everything the template draws."""

    asked: Asked
    name: str
    headline: str
    late: str
    tabs: list[dict[str, object]]
    notes: list[Note]
    steppers: list[Stepper]
    domains: list[Choice]
    kinds: list[Choice]
    strengths: list[Choice]
    keep: Mapping[str, str]
    csv_href: str
    as_of: datetime
    hits: list[Hit] = field(default_factory=list)
    hits_more: int = 0
    drawing: Drawing = field(default_factory=Drawing)
    rows: list[Row] = field(default_factory=list)
    map: DomainMap | None = None
    box: DomainBox | None = None
    places: list[Inside] = field(default_factory=list)
    panel: Panel | None = None
    lost: bool = False  # the address names a node or line that is not here
    is_empty: bool = False
    clear: str = ""

    @property
    def is_bare(self) -> bool:
        """Whether nothing was chosen, so that nothing stands beside the drawing."""
        if self.asked.view == "table":
            return not self.asked.node and not self.asked.edge
        return not (self.panel or self.box or self.lost)


def explorer_page(viewer: Principal, asked: Asked, root: Node | None) -> ExplorerPage:
    """The page of an address. Raises NodeNotFound when the focus is hidden.

    Three queries per hop of the mesh beyond a constant number, whatever the number of nodes.
    """
    around_focus = root is not None and asked.view in ("neighbourhood", "table")
    scene = scene_around(viewer, root) if around_focus and root else scene_of_mesh(viewer)
    around = surroundings(scene)
    states = states_of(scene, around)
    focus = root.key if root is not None else ""
    maker = CardMaker(scene, asked, around, states, asked.node, focus)
    chosen = choose(scene, asked, states)
    page = _frame(maker, chosen, root)
    if asked.view == "domains":
        _show_domains(page, maker)
    else:
        _show_lines(page, maker, chosen)
    return page


def full_csv(viewer: Principal, asked: Asked, root: Node | None) -> str:
    """Every line that can be reached, whatever the filters of the address."""
    scene = scene_around(viewer, root) if root is not None else scene_of_mesh(viewer)
    around = surroundings(scene)
    maker = CardMaker(scene, asked, around, states_of(scene, around), "", root.key if root else "")
    return csv_text(table_rows(scene.lines, maker, {}), scene)


# -- what both kinds of page share ----------------------------------------------------------------


def _frame(maker: CardMaker, chosen: Chosen, root: Node | None) -> ExplorerPage:
    scene, asked = maker.scene, maker.asked
    headline, late = _headline(maker)
    end = scene.ends.get(root.key) if root is not None else None
    name = "" if root is None else scene.name_of(end) if end is not None else root.label
    return ExplorerPage(
        asked=asked,
        name=name,
        headline=headline,
        late=late,
        tabs=_tabs(asked, chosen),
        notes=notes_above(maker, chosen),
        steppers=_steppers(asked) if scene.root is not None else [],
        domains=_domains(scene, asked),
        kinds=[Choice(kind, KIND_WORDS[kind], chosen=kind == asked.kind) for kind in KINDS],
        strengths=[
            Choice(word, STRENGTH_WORDS[word], chosen.strengths.get(word, 0),
                   not asked.show or word in asked.show)
            for word in STRENGTHS
        ],
        keep=hidden_inputs(asked, "domain", "kind", "late", "q", "all"),
        csv_href=f"/lineage/table.csv{Asked(focus=asked.focus).query()}",
        as_of=clock.now(),
        clear=asked.link(domain="", kind="", late=False, show=(), q=""),
    )  # fmt: skip


def _headline(maker: CardMaker) -> tuple[str, str]:
    """How much flows where, and who is late."""
    scene = maker.scene
    late = [end for key, end in scene.ends.items() if maker.states.get(key) == "bad"]
    names = [scene.name_of(end) for end in sorted(late, key=scene.name_of)]
    rest = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    said = f"{len(names)} late or broken: {', '.join(names[:NAMES_SHOWN])}{rest}." if names else ""
    if scene.root is None:
        count = len(scene.ends)
        return f"{len({line.pair for line in scene.lines})} flows between {count} nodes.", said
    into = len(maker.around.into.get(scene.root.key, ()))
    out_of = len(maker.around.out_of.get(scene.root.key, ()))
    further = len(scene.ends) - 1 - len(_direct(maker, scene.root.key))
    fed = _count(into, "source feeds", "sources feed") if into else "Nothing known feeds"
    read = _count(out_of, "reader takes", "readers take") if out_of else "nobody known takes"
    words = f"{fed} it, {read} from it"
    more = f", {_count(further, 'more node is', 'more nodes are')} further away" if further else ""
    return f"{words}{more}.", said


def _direct(maker: CardMaker, key: str) -> set[str]:
    into, out_of = maker.around.into.get(key, ()), maker.around.out_of.get(key, ())
    return {line.flow.src.key for line in into} | {line.flow.dst.key for line in out_of}


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _tabs(asked: Asked, chosen: Chosen) -> list[dict[str, object]]:
    names = {"neighbourhood": "Neighbourhood", "domains": "Domain map", "mesh": "Whole mesh",
             "table": "Table"}  # fmt: skip
    around_focus = asked.view in ("neighbourhood", "table") or not asked.focus
    return [
        {
            "label": name,
            "href": asked.link(view=view, all=False, node="", edge="", sort=""),
            "current": view == asked.view,
            "count": len(chosen.lines) if view == "table" and around_focus else "",
        }
        for view, name in names.items()
        if asked.focus or view != "neighbourhood"
    ]


def notes_above(maker: CardMaker, chosen: Chosen) -> list[Note]:
    """How much of what is known is shown, and what could not be followed."""
    scene, asked = maker.scene, maker.asked
    total = len(scene.ends)
    at_least = (
        "at least " if any(cut.reason in ("nodes", "edges", "depth") for cut in scene.cuts) else ""
    )
    notes = []
    if asked.view != "domains":
        of_all = f" of {at_least}{total}" if chosen.shown < total or at_least else ""
        whole = asked.link(view="table", all=True, node="", edge="") if of_all else ""
        shown = f"Showing {chosen.shown}{of_all} node{'' if total == 1 else 's'}."
        notes.append(Note(shown, whole, "Table of all"))
        if asked.is_filtered:
            way = (
                " What lies on the way there is drawn too."
                if chosen.matching < chosen.shown
                else ""
            )
            clear = asked.link(domain="", kind="", late=False, show=())
            notes.append(Note(f"{chosen.matching} match.{way}", clear, "Clear filters"))
    notes += [Note(words) for words in dict.fromkeys(cut_words(cut) for cut in scene.cuts)]
    notes += [
        Note(
            f"Cluster {cluster.name} has not answered since {absolute(cluster.last_answer_at)}.",
            f"/clusters/{cluster.public_id}",
            "See the connection",
        )
        for cluster in scene.silent
    ]
    return notes


def _steppers(asked: Asked) -> list[Stepper]:
    if asked.all:
        return []
    return [
        Stepper(
            key,
            label,
            value,
            asked.link(**{key: value - 1}) if value > 0 else "",
            asked.link(**{key: value + 1}) if value < FARTHEST else "",
        )
        for key, label, value in (("up", "Up", asked.up), ("down", "Down", asked.down))
    ]


def _domains(scene: Scene, asked: Asked) -> list[Choice]:
    names = {facts.domain: facts.domain_name for facts in scene.products.values()}
    return [
        Choice(slug, name, chosen=slug == asked.domain)
        for slug, name in sorted(names.items(), key=lambda pair: pair[1])
    ]


# -- drawing, table, domain map -------------------------------------------------------------------


def _show_domains(page: ExplorerPage, maker: CardMaker) -> None:
    page.map = domain_map(maker.scene, maker.asked, maker.states, maker.focus)
    page.drawing = page.map.drawing
    page.box = next((box for box in page.map.boxes if box.id == maker.asked.node), None)
    page.places = [_inside(maker, end) for end in page.box.ends] if page.box else []
    page.lost = bool(maker.asked.node) and page.box is None
    page.is_empty = not page.map.boxes


def _inside(maker: CardMaker, end: End) -> Inside:
    state = maker.states.get(end.key, "")
    shown = state if state in ALARMING else ""
    href = maker.centre_of(end) or maker.href_of(end)
    word = capfirst(maker.state_word(end.key)) if shown else ""
    return Inside(maker.scene.name_of(end), href, shown, word)


def _show_lines(page: ExplorerPage, maker: CardMaker, chosen: Chosen) -> None:
    asked, scene = maker.asked, maker.scene
    drawn = nearest(chosen)
    if len(drawn.lines) < len(chosen.lines) and asked.view != "table":
        page.notes.insert(1, Note(
            f"The drawing holds the {drawn.shown} nearest.",
            asked.link(view="table", node="", edge=""), "Table",
        ))  # fmt: skip
    end, line = _selected(scene, chosen, asked)
    page.lost = bool(asked.node or asked.edge) and end is None and line is None
    if end is None and line is None and scene.root is not None:
        end = scene.ends[scene.root.key]
    page.drawing = draw(drawn, maker, _weighed(maker, end, line))
    page.rows = table_rows(chosen.lines, maker, page.drawing.order)
    if line is not None:
        page.panel = edge_panel(maker, line)
    elif end is not None:
        page.panel = node_panel(maker, end)
    page.hits, page.hits_more = _hits(maker, chosen)
    page.is_empty = not scene.lines


def nearest(chosen: Chosen) -> Chosen:
    """At most as many cards as one drawing holds, nearest first."""
    if chosen.shown <= DRAWN_LIMIT:
        return chosen
    ends: dict[str, End] = {}
    lines: list[Line] = []
    for line in sorted(chosen.lines, key=lambda line: line.near_steps):
        grown = ends | {line.near.key: line.near, line.far.key: line.far}
        if len(grown) <= DRAWN_LIMIT:
            ends = grown
            lines.append(line)
    return Chosen(tuple(lines), ends, chosen.matching, chosen.strengths)


def _selected(scene: Scene, chosen: Chosen, asked: Asked) -> tuple[End | None, Line | None]:
    if asked.edge:
        names = {
            edge_name(scene.id_of(line.flow.src), scene.id_of(line.flow.dst)): line
            for line in scene.lines
        }
        return None, names.get(asked.edge)
    return (scene.end_called(asked.node), None) if asked.node else (None, None)


def _weighed(maker: CardMaker, end: End | None, line: Line | None) -> frozenset[Pair]:
    """The lines that the panel speaks of, unless it speaks of the focus."""
    if line is not None:
        return frozenset([line.pair])
    if end is None or end.key == maker.focus:
        return frozenset()
    key = end.key
    lines: Sequence[Line] = (
        *maker.around.into.get(key, ()),
        *maker.around.out_of.get(key, ()),
    )
    return reasons_on(maker.scene, end, lines)


def _hits(maker: CardMaker, chosen: Chosen) -> tuple[list[Hit], int]:
    """Nodes whose name holds what was looked for, also those too far away to be drawn."""
    scene, asked = maker.scene, maker.asked
    if not asked.q:
        return [], 0
    words = asked.q.casefold()
    found = [end for end in scene.ends.values() if words in scene.name_of(end).casefold()]
    found.sort(key=lambda end: (end.key not in chosen.ends, scene.name_of(end)))
    whole = {"all": True, "view": "table"} if scene.root is not None else {}
    hits = [
        Hit(scene.name_of(end), asked.link(node=scene.id_of(end), edge=""), "")
        if end.key in chosen.ends
        else Hit(scene.name_of(end), asked.link(node=scene.id_of(end), edge="", **whole),
                 "further away or filtered out")
        for end in found[:HITS_SHOWN]
    ]  # fmt: skip
    return hits, max(len(found) - HITS_SHOWN, 0)
