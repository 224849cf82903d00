"""The drawing and the table of a product's own page: as many steps each way as fit its width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lineage.explorer.asking import Asked
from lineage.explorer.cards import CardMaker, states_of, surroundings
from lineage.explorer.choosing import choose
from lineage.explorer.drawing import Drawing, draw
from lineage.explorer.page import Note, nearest, notes_above
from lineage.explorer.scene import scene_around
from lineage.explorer.table import Row, table_rows
from lineage.queries import node_of
from mesh.audit.principal import Principal

STEPS = (3, 2, 1)  # each way, the most that is tried first
FITS_PX = 1336  # five columns of cards; more would shrink their words below reading


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of the explorer's neighbourhood, with the address where all of it stands."""

    steps: int
    drawing: Drawing
    rows: Sequence[Row]
    notes: Sequence[Note]
    href: str

    @property
    def is_shrunk(self) -> bool:
        """Whether the drawing is wider than a page at its own size."""
        return self.drawing.width > FITS_PX * 3 / 4


def excerpt(viewer: Principal, slug: str) -> Excerpt:
    """What flows around a product. Raises NodeNotFound when nothing is known or it is hidden."""
    root = node_of(viewer, slug)
    scene = scene_around(viewer, root)
    around = surroundings(scene)
    states = states_of(scene, around)

    def within(steps: int) -> Excerpt:
        asked = Asked(focus=root.label, up=steps, down=steps)
        maker = CardMaker(scene, asked, around, states, "", root.key)
        chosen = choose(scene, asked, states)
        drawing = draw(nearest(chosen), maker, frozenset())
        rows = table_rows(chosen.lines, maker, drawing.order)
        return Excerpt(steps, drawing, rows, notes_above(maker, chosen), asked.link())

    most, *fewer = STEPS
    found = within(most)
    for steps in fewer:
        if found.drawing.width <= FITS_PX:
            break
        found = within(steps)
    return found
