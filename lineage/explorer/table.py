"""The table twin of the drawing: one row per line, in the order of the keyboard, and as CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import StringIO

from lineage.explorer.asking import STRENGTHS
from lineage.explorer.cards import ALARMING, STATE_WORDS, CardMaker, kind_word, lag_words
from lineage.explorer.drawing import edge_name
from lineage.explorer.scene import WORST, Line, Scene
from lineage.reading.cuts import cut_words
from mesh.kernel.wording import absolute

STRENGTH_WORDS = {
    "strong": "observed, strong", "weak": "observed, weak", "possible": "possible",
    "declared": "declared only",
}  # fmt: skip
HEADINGS = (
    "direction", "steps", "name", "kind", "team", "domain", "status", "next_to", "through",
    "strength", "evidence", "declared", "last_seen",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # cells that a spreadsheet would run


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: the end away from the focus, and how we know."""

    side: str
    steps: int
    name: str
    href: str
    kind: str
    team: str
    domain: str
    domain_slug: str
    state: str
    state_word: str
    next_to: str
    through: str
    strength: str
    words: str
    declared: bool
    last_seen: datetime | None
    edge_href: str
    order: int

    @property
    def strength_words(self) -> str:
        return STRENGTH_WORDS[self.strength]


def table_rows(lines: Iterable[Line], maker: CardMaker, order: Mapping[str, int]) -> list[Row]:
    """Rows of some lines, sorted as the address asks; by itself as the drawing reads."""
    rows = [_row(line, maker, order) for line in lines]
    rows.sort(key=lambda row: (row.side != "upstream", row.steps, row.order, row.name, row.next_to))
    by = maker.asked.sort
    if by:
        rows.sort(key=SORT_KEYS[by.removeprefix("-")], reverse=by.startswith("-"))
    return rows


SORT_KEYS: Mapping[str, Callable[[Row], tuple[object, ...]]] = {
    "name": lambda row: (row.name.casefold(),),
    "side": lambda row: (row.side != "upstream",),
    "steps": lambda row: (row.steps,),
    "kind": lambda row: (row.kind,),
    "team": lambda row: (row.team == "", row.team.casefold()),
    "domain": lambda row: (row.domain == "", row.domain.casefold()),
    "state": lambda row: (WORST.index(row.state) if row.state in WORST else len(WORST),),
    "strength": lambda row: (STRENGTHS.index(row.strength),),
    "seen": lambda row: (row.last_seen is not None, row.last_seen),
}


def csv_text(rows: Iterable[Row], scene: Scene) -> str:
    """All rows as CSV; what could not be followed stands in rows of its own at the end."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    for row in rows:
        seen = row.last_seen.isoformat() if row.last_seen else ""
        cells = (
            row.side, row.steps, row.name, row.kind, row.team, row.domain, row.state_word,
            row.next_to, row.through, row.strength, row.words,
            "yes" if row.declared else "no", seen,
        )  # fmt: skip
        writer.writerow([_harmless(str(cell)) for cell in cells])
    for words in dict.fromkeys(cut_words(cut) for cut in scene.cuts):
        writer.writerow(["not shown", "", words])
    for cluster in scene.silent:
        since = absolute(cluster.last_answer_at)
        writer.writerow(
            ["not shown", "", f"Cluster {cluster.name} has not answered since {since}."]
        )
    return text.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _row(line: Line, maker: CardMaker, order: Mapping[str, int]) -> Row:
    scene, far = maker.scene, line.far
    facts = scene.products.get(far.key)
    shut = far.key in scene.hidden or line.near.key in scene.hidden
    state, word = _status(line, maker)
    name = edge_name(scene.id_of(line.flow.src), scene.id_of(line.flow.dst))
    return Row(
        side=line.side,
        steps=line.steps,
        name=scene.name_of(far),
        href=maker.href_of(far),
        kind=_kind(far.key in scene.hidden, maker, line),
        team=facts.team if facts else "",
        domain=facts.domain_name if facts else "",
        domain_slug=facts.domain if facts else "",
        state=state if state in STATE_WORDS else "",
        state_word=word,
        next_to=scene.name_of(line.near),
        through="" if shut else _through(line),
        strength=line.strength,
        words=line.proof,
        declared=line.flow.declared,
        last_seen=line.words.last_seen,
        edge_href=maker.asked.link(edge=name, node=""),
        order=order.get(far.key, len(order)),
    )


def _kind(is_hidden: bool, maker: CardMaker, line: Line) -> str:
    if is_hidden:
        return "restricted"
    return "product" if line.far.is_product else kind_word(line.far)


def _status(line: Line, maker: CardMaker) -> tuple[str, str]:
    """State and words of the far end: of this very line where that end reads it and is in trouble."""
    if line.side != "upstream" and line.lag is not None and line.lag.state in ALARMING:
        return line.lag.state, lag_words(line.lag)
    return maker.states.get(line.far.key, ""), maker.state_word(line.far.key)


def _through(line: Line) -> str:
    """The programs between the two ends."""
    ends = {line.near.node.pk, line.far.node.pk}
    return ", ".join(sorted(node.label for node in line.flow.via if node.pk not in ends))
