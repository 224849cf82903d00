"""Rows of the golden files, for tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parent / "golden"


def rows(name: str) -> list[dict[str, Any]]:
    """The rows of one file; split on the line feed only, texts hold U+2028."""
    text = (GOLDEN / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]
