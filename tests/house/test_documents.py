"""The documents are true: what exists is described, what is described exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from mesh.kernel.health import error_classes
from tests.house.tree import CHECKOUT, sources

DOCS = CHECKOUT / "docs"
PAGES = sorted([CHECKOUT / "README.md", *DOCS.rglob("*.md")])
HEADINGS = ["## Context", "## Decision", "## Consequences", "## Alternatives"]
PATH = re.compile(
    r"`((?:mesh|governance|catalog|lineage|schemas|streams|templates|docs|tests)/[\w./-]+)`"
)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")
PREFIXES = ("MESH_", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "KAFKA_BOOTSTRAP")


def missing_paths(text: str) -> list[str]:
    """Paths of our tree that a page names and that are not there."""
    return [path for path in PATH.findall(text) if not (CHECKOUT / path).exists()]


def broken_links(page: Path, text: str) -> list[str]:
    """Relative links that lead nowhere."""
    return [link for link in LINK.findall(text) if not (page.parent / link).exists()]


def settings_in_code() -> set[str]:
    """Names of settings as mesh/settings.py and gunicorn's file read them."""
    found: set[str] = set()
    for module in sources():
        if module.path in ("mesh/settings.py", "mesh/gunicorn.py"):
            found |= {
                node.value
                for node in module.nodes
                if isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and re.fullmatch(r"[A-Z][A-Z0-9_]+", node.value)
                and node.value.startswith(PREFIXES)
            }
    return found - {"MESH_"}


def test_every_error_code_has_its_page_and_no_page_is_left_over() -> None:
    codes = set(error_classes())
    pages = {path.stem for path in (DOCS / "errors").glob("*.md")}
    assert sorted(codes - pages) == []
    assert sorted(pages - codes) == []


def test_each_error_page_says_what_happened_why_and_what_to_do() -> None:
    lacking = [
        path.name
        for path in (DOCS / "errors").glob("*.md")
        if [line.split(":")[0] for line in path.read_text().split("\n\n")]
        != ["What happened", "Why", "What to do"]
    ]
    assert lacking == []


def test_every_setting_is_described_and_none_is_left_over() -> None:
    described = set(
        re.findall(r"^\| `([A-Z][A-Z0-9_]+)`", (DOCS / "settings.md").read_text(), re.M)
    )
    assert sorted(settings_in_code() - described) == []
    assert sorted(described - settings_in_code()) == []


def test_every_signal_is_described() -> None:
    page = (DOCS / "signals.md").read_text()
    signals = {
        f"{module.path.split('/')[0]}.signals.{statement.targets[0].id}"
        for module in sources()
        if module.path.endswith("/signals.py")
        for statement in module.tree.body
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    }
    described = set(re.findall(r"^\| `(\w+\.signals\.\w+)`", page, re.M))
    assert described == signals


def test_every_module_with_its_own_sql_is_listed() -> None:
    listed = set(re.findall(r"^\| `([\w/.]+\.py)`", (DOCS / "sql.md").read_text(), re.M))
    used = {
        module.path
        for module in sources()
        if re.search(r"\bcursor\(\)|\bprepared\(|RawSQL|objects\.raw\(", module.text)
        and not module.path.startswith("mesh/quickstart/")
    }
    assert used == listed


def test_every_metric_is_described() -> None:
    text = next(module.text for module in sources() if module.path == "governance/metrics.py")
    names = set(re.findall(r"_gauge\(\s*\"(\w+)\"", text))
    described = set(re.findall(r"^\| `tributary_(\w+)`", (DOCS / "metrics.md").read_text(), re.M))
    assert described == names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_paths_and_links_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    assert missing_paths(text) == []
    assert broken_links(page, text) == []


def test_functions_of_the_ways_exist_in_the_files_named_beside_them() -> None:
    """A row names functions before the file they are in: `name` in `file`."""
    lost = []
    for names, path in re.findall(
        r"((?:`\w+`(?:, )?)+) in `([\w/]+\.py)`", (DOCS / "ways.md").read_text()
    ):
        text = (CHECKOUT / path).read_text()
        lost += [
            f"{name} in {path}"
            for name in re.findall(r"`(\w+)`", names)
            if not re.search(rf"^(async )?(def|class) {name}\b|^{name}\b", text, re.M)
        ]
    assert lost == []


def test_decisions_are_numbered_without_gaps_and_complete() -> None:
    records = sorted((DOCS / "decisions").glob("*.md"))
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    for record in records:
        lines = record.read_text().splitlines()
        assert len(lines) <= 60, record.name
        assert [line for line in lines if line.startswith("## ")] == HEADINGS, record.name
        assert any(line.startswith("Status: ") for line in lines), record.name
        assert any(re.fullmatch(r"Date: \d{4}-\d{2}-\d{2}", line) for line in lines), record.name


def test_planted_faults_are_found() -> None:
    assert missing_paths("see `catalog/nothing.py` and `catalog/models.py`") == [
        "catalog/nothing.py"
    ]
    page = CHECKOUT / "README.md"
    assert broken_links(page, "[a](docs/none.md) [b](docs/lag.md#x) [c](https://x.example)") == [
        "docs/none.md"
    ]
