"""How answers are printed: aligned tables for people, JSON or YAML for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence

from mesh.cli.outcomes import CommandFailed
from mesh.kernel.manifest_text import yaml_text

FORMS = ("table", "json", "yaml")
CELL_LIMIT = 100  # characters of one cell of a table


def show(value: object, form: str, lines: Iterable[str]) -> None:
    """Print a value as JSON or YAML, or the lines that word it as a table."""
    if form == "json":
        print(json.dumps(value, indent=2, ensure_ascii=False))
    elif form == "yaml":
        print(yaml_text(value), end="")
    else:
        for line in lines:
            print(line)


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Rows in aligned columns; an empty list has no lines."""
    if not rows:
        return []
    texts = [[heading.upper() for heading in headings], *([cell(c) for c in row] for row in rows)]
    widths = [max(len(row[place]) for row in texts) for place in range(len(headings))]
    return [
        "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()
        for row in texts
    ]


def cell(value: object) -> str:
    """One line of bounded length without control characters; a dash for nothing."""
    if value is None or value == "":
        return "-"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = "".join(char if char.isprintable() else " " for char in text)
    return text if len(text) <= CELL_LIMIT else text[: CELL_LIMIT - 1] + "…"


def complain(failure: CommandFailed) -> None:
    """Title, detail and every wrong place, on the error channel."""
    print(f"tributary: {failure.title}", file=sys.stderr)
    if failure.detail and failure.detail != failure.title:
        print(f"  {failure.detail}", file=sys.stderr)
    for fault in failure.faults:
        print(f"  {fault.pointer or '/'}: {fault.detail}", file=sys.stderr)
