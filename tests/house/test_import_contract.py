"""H1: imports between rooms go down only; the contract of pyproject.toml is run by its own tool."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.house.tree import CHECKOUT

LINTER = Path(sys.executable).parent / "lint-imports"


def broken_contracts(folder: Path) -> str:
    """What the linter says of a folder; empty when every contract is kept."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    asked = subprocess.run(
        [str(LINTER), "--no-cache"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return "" if asked.returncode == 0 else asked.stdout + asked.stderr


def test_every_contract_is_kept() -> None:
    assert broken_contracts(CHECKOUT) == ""


def test_a_planted_upward_import_is_named_with_its_line(tmp_path: Path) -> None:
    for name, text in (("planted_catalog", ""), ("planted_streams", "import planted_catalog\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(text)
    (tmp_path / "pyproject.toml").write_text(
        '[tool.importlinter]\nroot_packages = ["planted_catalog", "planted_streams"]\n'
        '[[tool.importlinter.contracts]]\nname = "Down only"\ntype = "layers"\n'
        'layers = ["planted_catalog", "planted_streams"]\n'
    )
    said = broken_contracts(tmp_path)
    assert "Down only BROKEN" in said
    assert "planted_streams -> planted_catalog (l.1)" in said
