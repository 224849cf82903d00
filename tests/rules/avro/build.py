"""Short ways to write schemas in tests."""

from __future__ import annotations

import json
from typing import Any

from schemas.avro.model import Schema
from schemas.avro.parse import parse


def schema(value: Any, **options: Any) -> Schema:
    """A schema from a JSON value."""
    return parse(json.dumps(value), **options)


def record(*fields: Any, name: str = "R", **attributes: Any) -> dict[str, Any]:
    """A record; a field is a (name, type) pair or a whole object."""
    written = [one if isinstance(one, dict) else {"name": one[0], "type": one[1]} for one in fields]
    return {"type": "record", "name": name, "fields": written, **attributes}


def enum(*symbols: str, name: str = "E", **attributes: Any) -> dict[str, Any]:
    return {"type": "enum", "name": name, "symbols": list(symbols), **attributes}


def field(name: str, kind: Any, **attributes: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, **attributes}
