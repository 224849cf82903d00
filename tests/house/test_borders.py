"""H12: the environment, clocks, sockets, processes and files are touched at named borders only."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.house.tree import Source, calls, imported, place, source, sources

Excused = Mapping[str, str]  # path or folder -> reason
Border = Callable[[Source], Iterator[int]]

ENVIRONMENT: Excused = {
    "mesh/kernel/env.py": "the typed readers",
    "mesh/gunicorn.py": "read by the HTTP server before any setting exists",
    "mesh/celery.py": "names the settings module",
    "mesh/wsgi.py": "names the settings module",
    "mesh/registry_asgi.py": "names the settings module",
    "mesh/cli/": "a program of its own",
    "mesh/quickstart/": "a program of its own",
}
CLOCKS: Excused = {
    "mesh/kernel/clock.py": "the clock",
    "mesh/cli/": "a program of its own",
    "mesh/quickstart/": "a program of its own",
    "streams/kafka/client/": "runs in the child process without Django",
}
SOCKETS: Excused = {
    "streams/kafka/client/session.py": "resolves a broker's address to name the error",
    "mesh/audit/tasks.py": "the worker's own host name",
    "mesh/cli/connection.py": "the command line's HTTP",
    "mesh/quickstart/": "starts and asks services",
}
PROCESSES: Excused = {
    "streams/kafka/agent.py": "the disposable client process",
    "catalog/sampling/decoding.py": "the watched decoder process",
    "mesh/quickstart/": "starts and ends services",
}
WRITING: Excused = {
    "mesh/cli/exporting.py": "writes what was asked for",
    "mesh/quickstart/": "keeps its state and logs",
}
SOCKET_MODULES = ("socket", "urllib3", "urllib.request", "http.client", "requests", "httpx")
PROCESS_MODULES = ("subprocess", "multiprocessing")
CLOCK_CALLS = ("time.time", "time.monotonic", "time.sleep", "datetime.now", "datetime.utcnow",
               "date.today", "timezone.now", "datetime.today")  # fmt: skip
CLOCK_WORDS = {name.split(".")[1] for name in CLOCK_CALLS}
WRITERS = ("write_text", "write_bytes", "mkdir", "unlink", "rmtree")


def environment(module: Source) -> Iterator[int]:
    """Lines that read the environment."""
    for node in module.nodes:
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr="environ" | "getenv"):
                yield node.lineno
            case _:
                pass


def clocks(module: Source) -> Iterator[int]:
    """Lines that read a clock of the machine or sleep."""
    for call, name in calls(module):
        if name in CLOCK_WORDS and ast.unparse(call.func).endswith(CLOCK_CALLS):
            yield call.lineno


def sockets(module: Source) -> Iterator[int]:
    """Lines that import something that opens connections."""
    yield from _imports(module, SOCKET_MODULES)


def processes(module: Source) -> Iterator[int]:
    """Lines that import something that starts processes."""
    yield from _imports(module, PROCESS_MODULES)


def writing(module: Source) -> Iterator[int]:
    """Lines that write, make or remove files."""
    for call, name in calls(module):
        modes = [*call.args[1:2], *(word.value for word in call.keywords if word.arg == "mode")]
        mode = modes[0].value if modes and isinstance(modes[0], ast.Constant) else ""
        if name in WRITERS or (name == "open" and set(str(mode)) & set("wax+")):
            yield call.lineno


def _imports(module: Source, names: tuple[str, ...]) -> Iterator[int]:
    for name, line in imported(module):
        if any(name == banned or name.startswith(f"{banned}.") for banned in names):
            yield line


BORDERS = (
    (environment, ENVIRONMENT),
    (clocks, CLOCKS),
    (sockets, SOCKETS),
    (processes, PROCESSES),
    (writing, WRITING),
)


@pytest.mark.parametrize(
    ("border", "excused"), BORDERS, ids=lambda value: getattr(value, "__name__", "")
)
def test_the_border_is_kept(border: Border, excused: Excused) -> None:
    found = [
        place(module, line, f"crosses the border {border.__name__}")
        for module in sources()
        if not module.path.startswith(tuple(excused))
        for line in border(module)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("border", "excused"), BORDERS, ids=lambda value: getattr(value, "__name__", "")
)
def test_no_excuse_is_left_over(border: Border, excused: Excused) -> None:
    used = {
        path
        for module in sources()
        for path in excused
        if module.path.startswith(path) and any(border(module))
    }
    assert sorted(set(excused) - used) == []


def test_planted_crossings_are_found() -> None:
    planted = source(
        "catalog/x.py",
        "import socket\nimport subprocess\nfrom urllib.request import urlopen\n"
        "os.environ['X']\ntime.sleep(1)\ndatetime.now()\nopen('x', 'w')\npath.write_text('')\n",
    )
    assert list(sockets(planted)) == [1, 3]
    assert list(processes(planted)) == [2]
    assert list(environment(planted)) == [4]
    assert list(clocks(planted)) == [5, 6]
    assert list(writing(planted)) == [7, 8]
