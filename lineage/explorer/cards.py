"""What stands on the card of a node: its name, one line, its state, what is spoken, where it leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lineage.explorer.asking import Asked
from lineage.explorer.choosing import worst_state
from lineage.explorer.scene import WORST, Line, Scene
from lineage.models import Node
from lineage.reading.flows import End
from lineage.reading.folding import STUB
from lineage.reading.words import application_word, group_of
from streams.lag.model import Status
from streams.queries.lists import LagRow

STATE_WORDS = {
    "bad": "late or broken", "warn": "at risk", "stale": "not measured lately", "unknown": "not measured",
    "ok": "healthy",
}  # fmt: skip
ALARMING = ("bad", "warn", "stale")


@dataclass(frozen=True, slots=True)
class Card:
    """One node ready to be placed. `domain` is a slug, `state` a badge state or ""."""

    id: str
    key: str
    kind: str
    name: str
    sub: str
    href: str
    domain: str
    state: str
    label: str
    focus: bool
    selected: bool
    found: bool  # by the search in the graph
    centre: str  # address with this node in the middle, "" where it cannot be
    panel: str  # address with this node chosen


@dataclass(frozen=True, slots=True)
class Surroundings:
    """How the lines of a scene meet its ends: who flows in, who flows out."""

    into: Mapping[str, tuple[Line, ...]]
    out_of: Mapping[str, tuple[Line, ...]]


def surroundings(scene: Scene) -> Surroundings:
    """Each pair of ends once."""
    lines = {line.pair: line for line in scene.lines}.values()
    into: dict[str, list[Line]] = {}
    out_of: dict[str, list[Line]] = {}
    for line in lines:
        into.setdefault(line.flow.dst.key, []).append(line)
        out_of.setdefault(line.flow.src.key, []).append(line)
    return Surroundings(
        {key: tuple(rows) for key, rows in into.items()},
        {key: tuple(rows) for key, rows in out_of.items()},
    )


def states_of(scene: Scene, around: Surroundings) -> dict[str, str]:
    """The state of every end: of the product's promises and of what it reads, whichever is worse."""
    return {key: _state(scene, key, around.into.get(key, ())) for key in scene.ends}


def _state(scene: Scene, key: str, into: Sequence[Line]) -> str:
    if key in scene.hidden:
        return ""
    own = scene.products[key].state if key in scene.products else ""
    return worst_state([own, *(line.lag.state for line in into if line.lag is not None)])


def slowest(lines: Sequence[Line]) -> LagRow | None:
    """The reading that is worst off among some lines."""
    rows = [line.lag for line in lines if line.lag is not None]
    return min(rows, key=lambda row: (WORST.index(row.state), -(row.age_lo_s or 0)), default=None)


def lag_words(lag: LagRow) -> str:
    """How far a reader is behind, as part of a sentence."""
    if lag.state == "unknown":
        return "lag not measured"
    if lag.state == "stale":
        return f"as of {lag.as_of:%H:%M} UTC"
    if lag.status == Status.SLA_BREACH:
        return f"reads {lag.age_words} late"
    if lag.state in ("bad", "warn"):
        return f"{lag.words.lower()}, {lag.age_words} behind"
    return "up to date" if lag.age_words == "0 s" else f"reads {lag.age_words}"


@dataclass(frozen=True, slots=True)
class CardMaker:
    """Makes the card of any end of a scene."""

    scene: Scene
    asked: Asked
    around: Surroundings
    states: Mapping[str, str]
    chosen: str  # the id of the selected node
    focus: str  # the key of the product in the middle, "" for the whole mesh

    def card(self, end: End) -> Card:
        """The card of an end."""
        if end.node.kind == STUB:
            return self._stub(end)
        scene, name, kind = self.scene, self.scene.name_of(end), self.scene.kind_of(end)
        place = scene.id_of(end)
        facts = scene.products.get(end.key)
        is_focus = end.key == self.focus
        return Card(
            id=place,
            key=end.key,
            kind=kind,
            name=name,
            sub=self._sub(end),
            href=self.href_of(end),
            domain=facts.domain if facts else "",
            state=self._drawn_state(end.key),
            label=self._spoken(end, is_focus=is_focus),
            focus=is_focus,
            selected=place == self.chosen,
            found=bool(self.asked.q) and self.asked.q.casefold() in name.casefold(),
            centre=self.centre_of(end),
            panel=self.asked.link(node=place, edge=""),
        )

    def href_of(self, end: End) -> str:
        """The page of an end; its panel where it has none; nothing for a restricted one."""
        if end.key in self.scene.hidden:
            return ""
        if end.is_product:
            return f"/products/{self.slug_of(end)}"
        if end.node.kind == Node.Kind.TOPIC:
            return f"/topics/{end.node.key}"
        lag = slowest(self.around.into.get(end.key, ()))
        if group_of(end.node) and lag is not None:
            return lag.group_href
        return self.asked.link(node=self.scene.id_of(end), edge="")

    def centre_of(self, end: End) -> str:
        """The address with this product in the middle; only products can be."""
        if not end.is_product or end.key in self.scene.hidden:
            return ""
        return self.asked.link(
            focus=self.slug_of(end), node="", edge="", q="", view="neighbourhood", all=False
        )

    def slug_of(self, end: End) -> str:
        """The short name of a product in addresses."""
        facts = self.scene.products.get(end.key)
        return facts.slug if facts else (end.node.owner_label or end.node.label)

    def state_word(self, key: str) -> str:
        """The state of an end in words: of what it reads, or of what it promises."""
        state = self._drawn_state(key)
        if not state:
            return ""
        lag = slowest(self.around.into.get(key, ()))
        if lag is not None and lag.state == state:
            if state in ("stale", "unknown"):  # its last words are not what is so now
                return lag_words(lag)
            return "late" if lag.status == Status.SLA_BREACH else lag.words
        facts = self.scene.products.get(key)
        return facts.word if facts is not None else STATE_WORDS[state]

    def _drawn_state(self, key: str) -> str:
        state = self.states.get(key, "")
        return state if state in STATE_WORDS else ""

    def _sub(self, end: End) -> str:
        key, scene = end.key, self.scene
        if key in scene.hidden:
            return "ask governance"
        if key == self.focus and self.states.get(key) not in ALARMING:
            return self._readers(key)
        facts = scene.products.get(key)
        what = (facts.domain_name if facts else "product") if end.is_product else kind_word(end)
        lag = slowest(self.around.into.get(key, ()))
        if lag is not None and lag.state in ALARMING:
            return lag_words(lag)
        if facts is not None and facts.state in ALARMING:
            return f"{what} · {facts.word.lower()}"
        if lag is None or lag.state != "ok":
            return what
        return f"{what} · {lag_words(lag)}" if end.is_product else lag_words(lag)

    def _readers(self, key: str) -> str:
        lines = self.around.out_of.get(key, ())
        if not lines:
            return "nothing reads it yet"
        late = sum(line.lag is not None and line.lag.state == "bad" for line in lines)
        if late:
            return f"{late} of {len(lines)} readers late"
        return f"{len(lines)} readers" if len(lines) > 1 else "1 reader"

    def _spoken(self, end: End, *, is_focus: bool) -> str:
        if end.key in self.scene.hidden:
            return f"Restricted node. Ask governance. {self._counts(end.key)}"
        facts = self.scene.products.get(end.key)
        kind = "product" if end.is_product else kind_word(end)
        words = [self.scene.name_of(end), kind]
        words += [f"domain {facts.domain_name}"] if facts else []
        state = self.state_word(end.key)
        words += [state.lower()] if state else []
        words += [self._counts(end.key)] + (["in focus"] if is_focus else [])
        return ", ".join(words)

    def _counts(self, key: str) -> str:
        up, down = len(self.around.into.get(key, ())), len(self.around.out_of.get(key, ()))
        return f"{up} upstream, {down} downstream"

    def _stub(self, end: End) -> Card:
        table = self.asked.link(view="table", node="", edge="")
        return Card(
            id=end.key, key=end.key, kind=STUB, name=end.node.label, sub="all in the table",
            href=table, domain="", state="", label=f"{end.node.label} nodes; open the table",
            focus=False, selected=False, found=False, centre="", panel=table,
        )  # fmt: skip


def kind_word(end: End) -> str:
    """What an end is that no product owns."""
    if end.node.kind == Node.Kind.APPLICATION:
        return application_word(end.node)
    return {Node.Kind.DATASET.value: "external dataset"}.get(end.node.kind, str(end.node.kind))
