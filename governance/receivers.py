"""What governance does when lower rooms announce something: wake a task, nothing else."""

from __future__ import annotations

from typing import Any

from mesh.audit.actions import wake


def on_product_changed(sender: Any, product_id: int, **ids: Any) -> None:
    """A product changed: see which policies it follows now."""
    wake("governance.judge_product", product_id)


def on_version_registered(sender: Any, subject_id: int, **ids: Any) -> None:
    """A subject moved: open plans that start from its old state must be made again."""
    wake("governance.replan_subject", subject_id)


def connect() -> None:
    """Listen to the rooms below."""
    from catalog import signals as catalog_signals
    from schemas import signals as schemas_signals

    catalog_signals.product_changed.connect(on_product_changed)
    schemas_signals.version_registered.connect(on_version_registered)
