"""Manifest files: YAML read strictly, with the line of every document."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mesh.cli.outcomes import WrongUsage
from mesh.kernel.manifest_text import CORE

FILE_LIMIT_BYTES = 512 * 1024
DEPTH_LIMIT = 200  # composing is recursive; an embedded schema nests, but not like this
ENDINGS = (".yaml", ".yml", ".json")
_NODE_STARTS = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_NODE_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


class _Loader(yaml.CSafeLoader):
    """The safe loader with the core schema, without repeated keys and numbers JSON cannot hold."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _wrong(key, "a key must be a plain text")
            if key.value in seen:
                raise _wrong(key, f"the key {key.value[:80]!r} stands here twice")
            seen.add(key.value)
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


def _number(loader: _Loader, node: yaml.ScalarNode) -> int | float:
    number = float(node.value)
    if not math.isfinite(number):
        raise _wrong(node, f"{node.value[:40]} is too large a number")
    return number


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    return loader.construct_mapping(node, deep=True)


for _tag, _pattern, _first in CORE:
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), _first)
_Loader.add_constructor("tag:yaml.org,2002:float", _number)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def _wrong(node: yaml.Node, words: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=words, problem_mark=node.start_mark)


@dataclass(frozen=True, slots=True)
class Manifest:
    """One document with the file and the line (from 1) where it starts."""

    file: str
    line: int
    document: Any

    def body(self) -> dict[str, object]:
        """How the API takes it."""
        return {"file": self.file, "line": self.line, "document": self.document}


def read_manifests(names: Sequence[str]) -> list[Manifest]:
    """All documents of the files, folders (every .yaml, .yml, .json below) or `-` for input."""
    found: list[Manifest] = []
    for name in names:
        for label, text in _texts(name):
            found += read_text(text, label)
    if not found:
        raise WrongUsage("No document was found", f"Looked in {', '.join(names)}.")
    return found


def read_text(text: str, label: str) -> list[Manifest]:
    """The documents of one file. Raises WrongUsage with file, line and column."""
    if len(text.encode()) > FILE_LIMIT_BYTES:
        raise WrongUsage(f"{label} is larger than 512 KiB", "Split it into several files.")
    try:
        _refuse_sharing(text, label)
        return list(_documents(text, label))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise WrongUsage(f"{label}{place}: {error.problem or 'this is not YAML'}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise WrongUsage(f"{label}: this is not YAML", str(error)[:200]) from error


def _documents(text: str, label: str) -> Iterator[Manifest]:
    loader = _Loader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            document = None if node is None else loader.construct_document(node)
            if node is None or document is None:
                continue
            if not isinstance(document, dict):
                raise _wrong(node, "a document must be a mapping with apiVersion and kind")
            yield Manifest(label, node.start_mark.line + 1, document)
    finally:
        loader.dispose()


def _refuse_sharing(text: str, label: str) -> None:
    """Refuse anchors, aliases, tags and deep nesting before anything is built from the text."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        words = ""
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent):
            words = f"aliases (*{anchor}) are not accepted: write the value out"
        elif anchor:
            words = f"anchors (&{anchor}) are not accepted: write the value out"
        elif tag:
            words = f"tags ({str(tag)[:60]}) are not accepted"
        depth += isinstance(event, _NODE_STARTS)
        depth -= isinstance(event, _NODE_ENDS)
        if depth > DEPTH_LIMIT:
            words = f"nested deeper than {DEPTH_LIMIT} levels"
        if words:
            mark = event.start_mark
            place = f"{label}:{mark.line + 1}:{mark.column + 1}" if mark else label
            raise WrongUsage(f"{place}: {words}")


def _texts(name: str) -> Iterator[tuple[str, str]]:
    if name == "-":
        yield "<input>", sys.stdin.read(FILE_LIMIT_BYTES + 1)
        return
    path = Path(name)
    files = [path]
    if path.is_dir():
        files = sorted(below for below in path.rglob("*") if below.suffix in ENDINGS)
    for file in files:
        try:
            with file.open(encoding="utf-8") as opened:
                yield str(file), opened.read(FILE_LIMIT_BYTES + 1)
        except OSError as error:
            raise WrongUsage(f"{file} cannot be read: {error.strerror}") from error
        except UnicodeError as error:
            raise WrongUsage(f"{file} is not UTF-8 text") from error
