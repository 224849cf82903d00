"""Tasks of the catalogue: each loads, calls an action, is done."""

from __future__ import annotations

from catalog.actions.pushes import push_down
from mesh.audit.principal import SYSTEM
from mesh.kernel.tasks import task


@task("catalog.push_ownership", queue="default", hard_s=60)
def push_ownership(product_id: int) -> None:
    """Tell the lower rooms what a product owns, declares, wants watched; repeatable."""
    push_down(product_id, by=SYSTEM)
