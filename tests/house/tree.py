"""Our own source as the house tests see it: files, their syntax trees, and findings with a place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
# From the top floor down; rooms of one floor stand in one row.
FLOORS = (
    ("governance",),
    ("catalog",),
    ("lineage",),
    ("schemas", "streams"),
    ("people",),
    ("audit",),
    ("kernel",),
)
PACKAGES = ("mesh", "governance", "catalog", "lineage", "schemas", "streams")


@dataclass(frozen=True, slots=True)
class Source:
    """One module: its path below the checkout, its text and its syntax tree."""

    path: str
    text: str
    tree: ast.Module
    nodes: tuple[ast.AST, ...]  # of the whole tree, walked once

    @property
    def is_package(self) -> bool:
        return self.path.endswith("__init__.py")


def source(path: str, text: str) -> Source:
    """A module from its text."""
    tree = ast.parse(text)
    return Source(path, text, tree, tuple(ast.walk(tree)))


@cache
def sources() -> tuple[Source, ...]:
    """Every module of the application but migrations; read once per run."""
    return tuple(
        source(str(path.relative_to(CHECKOUT)), path.read_text())
        for package in PACKAGES
        for path in sorted((CHECKOUT / package).rglob("*.py"))
        if "migrations" not in path.parts
    )


def calls(module: Source) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the last part of what is called: `save` of `row.save(…)`."""
    for node in module.nodes:
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute):
                yield node, called.attr
            elif isinstance(called, ast.Name):
                yield node, called.id


def keywords(call: ast.Call) -> set[str]:
    """Names of the keyword arguments; `**` counts as a name of its own."""
    return {keyword.arg or "**" for keyword in call.keywords}


def imported(module: Source) -> Iterator[tuple[str, int]]:
    """Dotted names that a module imports, with the line."""
    for node in module.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            for alias in node.names:
                yield f"{base}.{alias.name}", node.lineno


def place(module: Source, line: int, words: str) -> str:
    """A finding as `path:line words`."""
    return f"{module.path}:{line} {words}"
