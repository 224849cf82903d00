"""The plain gate and open registration for every test of this room."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from schemas import ports


@pytest.fixture(autouse=True)
def _open_registry(settings: Any) -> Iterator[None]:
    before = ports.current_gate()
    ports.set_gate(ports.allow_compatible)
    settings.OPEN_REGISTRATION = True
    yield
    ports.set_gate(before)


def record(*names: str, optional: tuple[str, ...] = (), name: str = "Order") -> str:
    """An Avro record with text fields and optional numbers."""
    fields: list[dict[str, Any]] = [{"name": one, "type": "string"} for one in names]
    fields += [{"name": one, "type": ["null", "long"], "default": None} for one in optional]
    return json.dumps({"type": "record", "name": name, "namespace": "shop", "fields": fields})
