"""What lineage cannot know of a product: an upper room hands in a function that tells it at start."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from mesh.audit.principal import Principal


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """A product as the catalogue knows it; `state` is a badge state, `word` its word."""

    slug: str
    name: str
    domain: str
    domain_name: str
    team: str
    team_slug: str
    tier: str
    state: str
    word: str


ProductDirectory = Callable[[Principal, Collection[str]], Mapping[str, ProductFacts]]
_directories: list[ProductDirectory] = []


def set_product_directory(directory: ProductDirectory | None) -> None:
    """Hand in the function that knows products by their ids; None takes it away."""
    _directories[:] = [] if directory is None else [directory]


def facts_of_products(viewer: Principal, ids: Collection[str]) -> Mapping[str, ProductFacts]:
    """What the viewer may know of these products, by id; those nobody describes are left out."""
    return _directories[0](viewer, ids) if _directories and ids else {}
