"""H9: rules of the source that a syntax tree can check; each finding names file, line and rule."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from pathlib import PurePath

import pytest

from tests.house.tree import CHECKOUT, Source, calls, imported, keywords, place, source, sources

SAYS_NOTHING = {
    *("data", "info", "manager", "helper", "helpers", "util", "utils", "process", "handle"),
    *("do", "misc", "common", "stuff"),
}
# Names that a library gives: they are overridden or filled here, not chosen.
GIVEN = {
    "handle": "BaseCommand calls it",
    "data": "the member of DRF requests, events and serializers",
    "validated_data": "DRF passes it",
    "INFO": "a severity of the field",
    "same_process": "a process of the operating system",
}
SAVES_OTHERWISE = ("session", "form")  # `.save()` of these is not a model's
BROKER_CALLS = {
    *("result", "flush", "list_topics", "committed", "position", "get_watermark_offsets"),
    *("offsets_for_times", "poll", "consume"),
}
CONNECTS = frozenset(
    ["Thread", "Producer", "Consumer", "AdminClient", "Popen", "Redis", "connect", "urlopen"]
)
BELOW_THE_FACES = ("models", "actions", "queries", "tasks", "receivers", "signals")
HTTP = ("django.http", "django.shortcuts", "rest_framework")
IGNORES_MOST = 30  # `type: ignore` in the whole application; the number may only fall
Rule = Callable[[Source], Iterator[str]]


def empty_packages(module: Source) -> Iterator[str]:
    """An import there runs for everyone and silently breaks purity."""
    if module.is_package and module.text.strip():
        yield place(module, 1, "__init__.py is not empty")


def module_lines(module: Source) -> Iterator[str]:
    """The first line of a module says what it is for."""
    if not module.is_package and not (ast.get_docstring(module.tree) or "").strip():
        yield place(module, 1, "the module opens without a docstring line")


def named_saves(module: Source) -> Iterator[str]:
    """Concurrent edits of other fields must survive."""
    for call, name in calls(module):
        if name != "save" or not isinstance(call.func, ast.Attribute):
            continue
        holder = ast.unparse(call.func.value).split(".")[-1]
        named = keywords(call) & {"update_fields", "force_insert", "**"}
        if not named and holder not in SAVES_OTHERWISE and holder != "super()":
            yield place(module, call.lineno, "save() names no update_fields or force_insert")


def gentle_locks(module: Source) -> Iterator[str]:
    """Plain FOR UPDATE blocks every foreign-key check on the row."""
    for call, name in calls(module):
        if name == "select_for_update" and "no_key" not in keywords(call):
            yield place(module, call.lineno, "select_for_update() without no_key=True")


def worded_durations(module: Source) -> Iterator[str]:
    """timedelta(5) is five days."""
    for call, name in calls(module):
        if name == "timedelta" and call.args:
            yield place(module, call.lineno, "timedelta() without a unit")


def telling_names(module: Source) -> Iterator[str]:
    """A name whose last word says nothing names nothing."""
    stem = PurePath(module.path).stem
    for name, line in [(stem, 1), *_names(module)]:
        if name not in GIVEN and _last_word(name) in SAYS_NOTHING:
            yield place(module, line, f"the name {name} ends with a word that says nothing")


def _names(module: Source) -> Iterator[tuple[str, int]]:
    for node in module.nodes:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name, node.lineno
            case ast.arg():
                yield node.arg, node.lineno
            case ast.Name(ctx=ast.Store()):
                yield node.id, node.lineno
            case _:
                pass


def _last_word(name: str) -> str:
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+", name)
    return words[-1].lower() if words else ""


def bounded_broker_calls(module: Source) -> Iterator[str]:
    """A broker that is silent must not hold a process for ever."""
    if not any(name.startswith("confluent_kafka") for name, _ in imported(module)):
        return
    for call, name in calls(module):
        if (
            name in BROKER_CALLS
            and isinstance(call.func, ast.Attribute)
            and not _is_timed(call, name)
        ):
            yield place(module, call.lineno, f"{name}() without a time-out")


def _is_timed(call: ast.Call, name: str) -> bool:
    if keywords(call) & {"timeout", "**"}:
        return True
    # These take their time-out as the first argument; the others after what they ask about.
    return bool(call.args) and name in ("result", "flush", "poll")


def quiet_imports(module: Source) -> Iterator[str]:
    """What connects or starts a thread at import does so in every process, also before a fork."""
    for statement in module.tree.body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.If):
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in CONNECTS:
                yield place(module, node.lineno, f"{ast.unparse(node.func)}() at import")


def faceless_rooms(module: Source) -> Iterator[str]:
    """Models, actions, queries, tasks and receivers know no HTTP."""
    parts = PurePath(module.path).with_suffix("").parts
    if not set(parts[1:3]) & set(BELOW_THE_FACES):
        return
    for name, line in imported(module):
        if name.startswith(HTTP):
            yield place(module, line, f"imports {name} below the faces")


def comments(module: Source) -> Iterator[tuple[str, int]]:
    """Every comment with its line."""
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string, token.start[0]


def reasoned_ignores(module: Source) -> Iterator[str]:
    """`type: ignore` names the error code and the reason on the same line."""
    for words, line in comments(module):
        if "type: ignore" in words and not re.search(
            r"type: ignore\[[a-z-]+(, ?[a-z-]+)*\]\s+# \S+", words
        ):
            yield place(module, line, "type: ignore without code and reason")


def planned_remarks(module: Source) -> Iterator[str]:
    """A TODO names its line in docs/roadmap.md."""
    roadmap = CHECKOUT / "docs" / "roadmap.md"
    lines = roadmap.read_text() if roadmap.exists() else ""
    for words, line in comments(module):
        if not re.search(r"\b(TODO|FIXME|XXX)\b", words):
            continue
        named = re.search(r"TODO\(roadmap: ([a-z0-9-]+)\)", words)
        if named is None or named.group(1) not in lines:
            yield place(module, line, "TODO without a line in docs/roadmap.md")


RULES: tuple[Rule, ...] = (
    empty_packages,
    module_lines,
    named_saves,
    gentle_locks,
    worded_durations,
    telling_names,
    bounded_broker_calls,
    quiet_imports,
    faceless_rooms,
    reasoned_ignores,
    planned_remarks,
)


@pytest.fixture(scope="module")
def modules() -> list[Source]:
    found = list(sources())
    assert len(found) > 200, "the application was not found"
    return found


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_source_keeps_the_rule(rule: Rule, modules: list[Source]) -> None:
    assert [finding for module in modules for finding in rule(module)] == []


def test_type_ignores_stay_few(modules: list[Source]) -> None:
    number = sum("type: ignore" in words for module in modules for words, _ in comments(module))
    assert number <= IGNORES_MOST


PLANTED: tuple[tuple[Rule, str, str], ...] = (
    (empty_packages, "catalog/__init__.py", "from catalog import models\n"),
    (module_lines, "catalog/x.py", "import os\n"),
    (named_saves, "catalog/x.py", "row.save()\n"),
    (named_saves, "catalog/x.py", "self.port.save(using='default')\n"),
    (gentle_locks, "catalog/x.py", "rows.select_for_update(skip_locked=True)\n"),
    (worded_durations, "catalog/x.py", "pause = timedelta(5)\n"),
    (telling_names, "catalog/x.py", "def load_data(): ...\n"),
    (telling_names, "catalog/x.py", "class TopicManager: ...\n"),
    (telling_names, "catalog/x.py", "def load(topic_info): ...\n"),
    (telling_names, "catalog/port_utils.py", ""),
    (bounded_broker_calls, "streams/x.py", "import confluent_kafka\nfuture.result()\n"),
    (bounded_broker_calls, "streams/x.py", "import confluent_kafka\nclient.list_topics(name)\n"),
    (quiet_imports, "streams/x.py", "worker = threading.Thread(target=print)\n"),
    (
        quiet_imports,
        "streams/x.py",
        "try:\n    client = AdminClient({})\nexcept OSError:\n    pass\n",
    ),
    (faceless_rooms, "catalog/actions/x.py", "from django.http import HttpRequest\n"),
    (faceless_rooms, "catalog/queries.py", "import rest_framework\n"),
    (reasoned_ignores, "catalog/x.py", "x = 1  # type: ignore\n"),
    (reasoned_ignores, "catalog/x.py", "x = 1  # type: ignore[misc]\n"),
    (planned_remarks, "catalog/x.py", "# TODO: later\n"),
    (planned_remarks, "catalog/x.py", "# TODO(roadmap: no-such-line): later\n"),
)


@pytest.mark.parametrize(("rule", "path", "text"), PLANTED, ids=lambda value: str(value)[:40])
def test_a_planted_violation_is_found(rule: Rule, path: str, text: str) -> None:
    (finding,) = rule(source(path, text))
    assert finding.startswith(f"{path}:")


def test_what_is_right_is_not_found() -> None:
    text = (
        '"""Says what it is for."""\nrow.save(update_fields=["name"])\nsession.save()\n'
        "rows.select_for_update(no_key=True)\npause = timedelta(seconds=5)\n"
        "database = 1\nx = 1  # type: ignore[misc]  # the stubs are wrong here\n"
    )
    module = source("catalog/actions/x.py", text)
    assert [finding for rule in RULES for finding in rule(module)] == []
