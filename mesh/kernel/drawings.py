"""Geometry of the small server-made drawings: gauge, strip, sparkline, meter, lineage graph."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2s

GAUGE_WIDTH = 96
LIMIT_AT = 72  # the tick of every gauge stands here, so rows compare by eye
CELL_STEP, CELL_WIDTH = 8, 6
SERIES = 8  # colours of the palette
COLUMN_WIDTH, ROW_HEIGHT = 264, 72
CARD_WIDTH, CARD_HEIGHT = 208, 48
MARGIN = 8
NAME_LETTERS, SUB_LETTERS = 19, 28  # what fits a card at 14 px and 12 px

_CELLS = {
    "pass": ("cell-pass", 14, 4),
    "warn": ("cell-warn", 9, 9),
    "fail": ("cell-fail", 2, 16),
    "none": ("cell-none", 17, 1),
}
_CELL_NAMES = {"ok": "pass", "kept": "pass", "bad": "fail", "broken": "fail", "at_risk": "warn"}
_CELL_WORDS = (
    ("pass", "kept"),
    ("warn", "at risk"),
    ("fail", "broken"),
    ("unknown", "not measured"),
    ("none", "not due"),
)


def read(item: object, name: str, default: object = "") -> object:
    """One value of a mapping or an object; drawings accept both."""
    if isinstance(item, Mapping):
        return item.get(name, default)
    return getattr(item, name, default)


def number_of(item: object, name: str) -> float | None:
    """A numeric value of a mapping or an object, or nothing."""
    return as_number(read(item, name, None))


def as_number(raw: object) -> float | None:
    """A number, or nothing for what is none ("" of an absent template input)."""
    if isinstance(raw, bool) or raw is None:
        return None
    if isinstance(raw, int | float):
        return float(raw)
    try:
        return float(str(raw))
    except ValueError:
        return None


def series_of(name: str) -> int:
    """The palette colour (1–8) of a name, the same on every page."""
    return (
        blake2s(f"3945:{name}".encode(), digest_size=2).digest()[0] % SERIES + 1
    )  # salt: domains of a retailer differ


@dataclass(frozen=True, slots=True)
class Band:
    """Where a gauge's band lies; `known` is false when there is nothing to draw but the hatch."""

    x: float = 0.0
    width: float = 0.0
    known: bool = False
    has_limit: bool = False


def gauge_band(low: object, high: object, limit: object) -> Band:
    """The band of an interval against its limit, both ends kept inside the track."""
    top, bound = as_number(high), as_number(limit)
    bottom = as_number(low)
    if bottom is None and top is None:
        return Band(has_limit=bound is not None)
    top = bottom if top is None else top
    bottom = top if bottom is None else bottom
    assert top is not None and bottom is not None
    scale = LIMIT_AT / bound if bound else LIMIT_AT / max(top, 1e-9)
    start = min(max(bottom * scale, 0.0), GAUGE_WIDTH - 3.0)
    end = min(max(top * scale, start + 3.0), float(GAUGE_WIDTH))
    return Band(
        x=round(start, 1), width=round(end - start, 1), known=True, has_limit=bound is not None
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of a strip."""

    css: str
    x: int
    y: int
    height: int
    hatched: bool


def strip_cells(states: Iterable[object]) -> list[Cell]:
    """Cells of a strip; anything that is no known word is drawn as not measured."""
    cells = []
    for position, state in enumerate(states):
        word = cell_word(state)
        css, top, height = _CELLS.get(word, ("cell-unknown", 8, 10))
        cells.append(Cell(css, position * CELL_STEP, top, height, word == "unknown"))
    return cells


@dataclass(frozen=True, slots=True)
class Mark:
    """All days of a strip that look alike, as one path."""

    css: str
    path: str
    hatched: bool = False


def strip_marks(states: Iterable[object]) -> list[Mark]:
    """A strip in at most six paths: a page of thirty strips would else need a thousand elements."""
    boxes: dict[tuple[str, bool], list[str]] = {}
    for cell in strip_cells(states):
        box = f"M{cell.x} {cell.y}h{CELL_WIDTH}v{cell.height}h-{CELL_WIDTH}z"
        boxes.setdefault((cell.css, cell.hatched), []).append(box)
        if cell.hatched:  # a base line: the hatch alone has no lower edge
            base = f"M{cell.x} 17h{CELL_WIDTH}v1h-{CELL_WIDTH}z"
            boxes.setdefault((cell.css, False), []).append(base)
    return [Mark(css, "".join(path), hatched) for (css, hatched), path in boxes.items()]


def cell_word(state: object) -> str:
    """The one word of a day's state."""
    text = str(read(state, "state", state)).lower()
    word = _CELL_NAMES.get(text, text)
    return word if word in _CELLS else "unknown"


def strip_sentence(states: Sequence[object], unit: str = "days") -> str:
    """What a strip says in words: "30 days: 26 kept, 2 at risk, 2 broken"."""
    words = [cell_word(state) for state in states]
    counts = ", ".join(
        f"{words.count(word)} {said}" for word, said in _CELL_WORDS if words.count(word)
    )
    return f"{len(words)} {unit}: {counts}" if words else f"no {unit} judged yet"


@dataclass(frozen=True, slots=True)
class Spark:
    """A sparkline: the path, its last point, and its sentence."""

    path: str = ""
    end_x: float | None = None
    end_y: float | None = None
    sentence: str = "no values"


def sparkline(values: Sequence[float | None], *, width: int = 96, height: int = 20) -> Spark:
    """A line that breaks where a value is missing; never interpolates."""
    known = [value for value in values if value is not None]
    if not known:
        return Spark()
    low, high = min(known), max(known)
    spread = (high - low) or 1.0
    step = (width - 4) / max(len(values) - 1, 1)
    parts, pen_down, end = [], False, (0.0, 0.0)
    for position, value in enumerate(values):
        if value is None:
            pen_down = False
            continue
        end = (
            round(1 + position * step, 1),
            round(height - 3 - (value - low) / spread * (height - 6), 1),
        )
        parts.append(f"{'L' if pen_down else 'M'}{end[0]} {end[1]}")
        pen_down = True
    missing = len(values) - len(known)
    gap = f"; {missing} not measured" if missing else ""
    return Spark("".join(parts), *end, f"least {low:g}, most {high:g}, last {known[-1]:g}{gap}")


@dataclass(frozen=True, slots=True)
class NodeShape:
    """A card of the lineage drawing, in pixels."""

    x: int
    y: int
    name: str
    sub: str
    spoken: str
    kind: str
    state: str
    href: str
    series: int
    radius: int
    text_x: int
    focus: bool
    selected: bool

    @property
    def middle(self) -> int:
        """Height at which edges meet the card."""
        return self.y + CARD_HEIGHT // 2


@dataclass(frozen=True, slots=True)
class EdgeShape:
    """A curve between two cards."""

    path: str
    strength: str
    on: bool


@dataclass(frozen=True, slots=True)
class GraphShape:
    """Everything the lineage drawing needs."""

    width: int = 0
    height: int = 0
    nodes: list[NodeShape] = field(default_factory=list)
    edges: list[EdgeShape] = field(default_factory=list)


def shortened(text: str, letters: int) -> str:
    """Cut for a drawing only: the whole text stands in the accessible name beside it."""
    return text if len(text) <= letters else f"{text[: letters - 1]}…"


def _node_shape(node: object, left: int, top: int) -> NodeShape:
    kind = str(read(node, "kind", "product"))
    name = str(read(node, "name", ""))
    sub = str(read(node, "sub", "") or kind)
    domain = str(read(node, "domain", "") or "")
    has_icon = kind in ("application", "external", "restricted", "topic")
    x = MARGIN + round((number_of(node, "x") or 0) - left) * COLUMN_WIDTH
    return NodeShape(
        x=x,
        y=MARGIN + round(((number_of(node, "y") or 0) - top) * ROW_HEIGHT),
        name=shortened(name, NAME_LETTERS if has_icon else NAME_LETTERS + 3),
        sub=shortened(sub, SUB_LETTERS),
        spoken=str(read(node, "label", "") or f"{name}, {kind}, {sub}"),
        kind=kind,
        state=str(read(node, "state", "") or ""),
        href="" if kind == "restricted" else str(read(node, "href", "") or ""),
        series=series_of(domain) if domain else 0,
        radius=CARD_HEIGHT // 2 if kind == "application" else 6,
        text_x=x + (40 if has_icon else 16),
        focus=bool(read(node, "focus", False)),
        selected=bool(read(node, "selected", False)),
    )


def edge_path(source: NodeShape, target: NodeShape, via: Sequence[tuple[float, float]] = ()) -> str:
    """A curve from the right of the source to the left of the target, through `via` pixels."""
    points = [(source.x + CARD_WIDTH, source.middle), *via, (target.x - 3, target.middle)]
    path = f"M{points[0][0]} {points[0][1]}"
    for (from_x, from_y), (to_x, to_y) in itertools.pairwise(points):
        bend = 28 if to_x >= from_x else 56
        path += f"C{from_x + bend} {from_y} {to_x - bend} {to_y} {to_x} {to_y}"
    return path


def graph_shape(nodes: Iterable[object], edges: Iterable[object]) -> GraphShape:
    """Pixels of a laid-out graph: node `x` and `y` are grid steps; edges name node ids.

    An edge to a node that is not drawn is left out; the caller counts what it cut.
    """
    given = list(nodes)
    if not given:
        return GraphShape()
    left = min(round(number_of(node, "x") or 0) for node in given)
    top = min(round(number_of(node, "y") or 0) for node in given)
    shapes = {
        str(read(node, "id", read(node, "key", ""))): _node_shape(node, left, top) for node in given
    }
    curves = []
    for edge in edges:
        source, target = (
            shapes.get(str(read(edge, "source"))),
            shapes.get(str(read(edge, "target"))),
        )
        if source is None or target is None:
            continue
        via = [
            (
                MARGIN + (x - left) * COLUMN_WIDTH + CARD_WIDTH / 2,
                MARGIN + (y - top) * ROW_HEIGHT + CARD_HEIGHT / 2,
            )
            for x, y in read(edge, "via", ()) or ()  # type: ignore[attr-defined]  # pairs of grid steps
        ]
        strength = str(read(edge, "strength", "") or "strong")
        curves.append(
            EdgeShape(edge_path(source, target, via), strength, bool(read(edge, "on", False)))
        )
    width = max(shape.x for shape in shapes.values()) + CARD_WIDTH + MARGIN
    height = max(shape.y for shape in shapes.values()) + CARD_HEIGHT + MARGIN
    return GraphShape(width, height, list(shapes.values()), curves)
