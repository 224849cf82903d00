"""What is on its way for a product; the room above that knows requests fills this in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mesh.audit.principal import Principal


@dataclass(frozen=True, slots=True)
class InMotion:
    """A request that would change a product."""

    title: str
    href: str
    text: str = ""


Lister = Callable[[Principal, int], Sequence[InMotion]]
_listers: list[Lister] = []


def register_motion(lister: Lister) -> None:
    """The upper room says how requests of a product (primary key) are listed for a viewer."""
    _listers[:] = [lister]


def in_motion(viewer: Principal, product_id: int) -> tuple[InMotion, ...]:
    """Open requests about a product that the viewer may see."""
    return tuple(_listers[0](viewer, product_id)) if _listers else ()
