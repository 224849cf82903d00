"""Names and namespaces (Avro specification, "Names")."""

from __future__ import annotations

import re
from typing import Final

from schemas.avro.model import TYPE_WORDS

STRICT_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def split_name(text: str, namespace: str) -> tuple[str, str]:
    """Simple name and namespace of a written name; a dot in it overrides `namespace`."""
    if "." not in text:
        return text, namespace
    space, _, name = text.rpartition(".")
    return name, space


def qualified(text: str, namespace: str) -> str:
    """The full name that a written name stands for inside `namespace`."""
    name, space = split_name(text, namespace)
    return f"{space}.{name}" if space else name


def is_strict_name(text: str) -> bool:
    """True for `[A-Za-z_][A-Za-z0-9_]*`."""
    return STRICT_NAME.fullmatch(text) is not None


def is_strict_full_name(name: str, namespace: str) -> bool:
    """True when the name and every part of its namespace are strict names."""
    parts = namespace.split(".") if namespace else []
    return is_strict_name(name) and all(is_strict_name(part) for part in parts)


def short_name(name: str, namespace: str, current: str) -> str:
    """A name as written inside namespace `current`: short where that cannot be misread."""
    if namespace == current and name not in TYPE_WORDS:
        return name
    return f"{namespace}.{name}" if namespace else name
