"""The quick start works while the application is broken: it imports the standard library only."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = CHECKOUT / "mesh" / "quickstart"
# The demo's programs play stock clients; the jar fetcher runs in a child that has its own folder.
EXCUSED = ("fleet", "seed.py", "demo", "browser.py")
ALLOWED = {("services/maven.py", "jgo")}


def modules() -> list[Path]:
    return [
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        if not path.relative_to(PACKAGE).parts[0].startswith(EXCUSED)
    ]


def foreign_imports(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    tops = {name.split(".")[0] for name in names if not name.startswith("mesh.quickstart")}
    return sorted(tops - sys.stdlib_module_names)


def test_only_the_standard_library_is_imported() -> None:
    found = {
        (str(path.relative_to(PACKAGE)), name)
        for path in modules()
        for name in foreign_imports(path)
    }
    assert found == ALLOWED


def test_a_planted_import_is_found(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("def later():\n    from django.conf import settings\n    return settings\n")
    assert foreign_imports(planted) == ["django"]


def test_help_needs_no_package_at_all() -> None:
    asked = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys; sys.path.insert(0, {str(CHECKOUT)!r});"
            "from mesh.quickstart.__main__ import main; sys.exit(main(['--help']))",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    for command in ("up", "status", "stop", "reset", "logs", "doctor", "secrets"):
        assert command in asked.stdout


def test_starting_scripts_are_small_and_plain_shell() -> None:
    for name in ("quickstart", "runtests", ".ci/run"):
        script = CHECKOUT / name
        assert (
            script.read_text().startswith("#!/bin/sh\nset -eu") or "set -eu" in script.read_text()
        )
        assert script.stat().st_mode & 0o111, f"{name} can be run"
        checked = subprocess.run(
            ["sh", "-n", str(script)], capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stderr
