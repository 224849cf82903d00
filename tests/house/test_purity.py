"""H3: the rules import no framework, also not through an `__init__` or a late chain."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import CHECKOUT

PURE = (
    "schemas.avro",
    "streams.lag",
    "lineage.graph",
    "catalog.sla",
    "governance.policy",
    "mesh.kernel.errors",
    "mesh.kernel.clock",
    "mesh.kernel.ids",
)
PROGRAM = """
import importlib, pkgutil, sys
sys.path.insert(0, sys.argv[2])
BANNED = {"django", "rest_framework", "celery", "confluent_kafka", "psycopg", "redis"}
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in BANNED:
            raise ImportError("forbidden: " + name)
sys.meta_path.insert(0, Refuse())
module = importlib.import_module(sys.argv[1])
for found in pkgutil.walk_packages(getattr(module, "__path__", []), module.__name__ + "."):
    importlib.import_module(found.name)
"""


def impurity(name: str, folder: Path = CHECKOUT) -> str:
    """The traceback of the first forbidden import; empty when there is none."""
    asked = subprocess.run(
        [sys.executable, "-c", PROGRAM, name, str(folder)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd="/",
    )
    return "" if asked.returncode == 0 else asked.stderr


@pytest.mark.parametrize("name", PURE)
def test_rules_import_no_framework(name: str) -> None:
    assert impurity(name) == ""


def test_a_planted_chain_is_found(tmp_path: Path) -> None:
    package = tmp_path / "planted"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "innocent.py").write_text("import planted.guilty\n")
    (package / "guilty.py").write_text("from django.db import models\n")
    said = impurity("planted", tmp_path)
    assert "forbidden: django" in said
    assert "guilty.py" in said
