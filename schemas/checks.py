"""System check: a registry without a gate would let everything in or nothing."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error

from schemas.ports import current_gate


def gate_is_filled(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """An error while nobody decides on registrations."""
    if current_gate() is not None:
        return []
    return [
        Error(
            "No registration gate is set.",
            hint="An app must call schemas.ports.set_gate(…) in its ready().",
            id="schemas.E001",
        )
    ]
