"""A manifest as text: YAML that the strict reader takes back unchanged."""

from __future__ import annotations

import re
from typing import Any

import yaml

BREAKS = set("\x85\u2028\u2029")  # line breaks of older YAML, which the reader would fold
# YAML 1.2 core: `on`, `yes` and dates stay texts, as JSON readers of the same file see them.
CORE = (
    ("tag:yaml.org,2002:null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("tag:yaml.org,2002:bool", r"^(?:true|false)$", ["t", "f"]),
    ("tag:yaml.org,2002:int", r"^-?(?:0|[1-9][0-9]*)$", list("-0123456789")),
    (
        "tag:yaml.org,2002:float",
        r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$",
        list("-0123456789"),
    ),
)


def reads_as_text(words: str) -> bool:
    """Would these words, written without quotes, be taken for a text?"""
    return not any(re.match(pattern, words) for _, pattern, _ in CORE)


class PlainDumper(yaml.SafeDumper):
    """Writes values out in full, texts of several lines as blocks, members in the order given."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value and value == value.strip("\n") else None
    if not reads_as_text(value) or BREAKS & set(value):  # the dumper knows older rules only
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


PlainDumper.add_representer(str, _text)


def yaml_text(value: object) -> str:
    """A value as YAML that the strict reader takes back unchanged."""
    return yaml.dump(value, Dumper=PlainDumper, sort_keys=False, allow_unicode=True, width=100)
