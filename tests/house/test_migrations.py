"""H5: every app with models has migrations, they are complete, named, and import no room."""

from __future__ import annotations

import ast
import re
from io import StringIO
from pathlib import Path

import pytest
from django.apps import AppConfig, apps
from django.core.management import call_command

from tests.house.tree import CHECKOUT, PACKAGES, Source, imported, place, source


def our_apps() -> list[AppConfig]:
    return [config for config in apps.get_app_configs() if config.name.split(".")[0] in PACKAGES]


def migrations() -> list[Source]:
    return [
        source(str(path.relative_to(CHECKOUT)), path.read_text())
        for config in our_apps()
        for path in sorted((Path(config.path) / "migrations").glob("[0-9]*.py"))
    ]


def faults_of(migration: Source) -> list[str]:
    """A name that says nothing, an import of a room, raw SQL or code that cannot go back."""
    stem = Path(migration.path).stem
    found = []
    if re.search(r"_auto_|^\d{4}_auto", stem):
        found.append(place(migration, 1, "is named by a clock: say what it does"))
    found += [
        place(migration, line, f"imports {name}: use apps.get_model")
        for name, line in imported(migration)
        if name.split(".")[0] in PACKAGES and not name.startswith("mesh.kernel.ids")
    ]
    for node in migration.nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("RunSQL", "RunPython")):
            ways = len(node.args) + len(node.keywords)
            if ways < 2:
                found.append(place(migration, node.lineno, "cannot be undone"))
    return found


def test_every_app_with_models_has_migrations() -> None:
    lacking = [
        config.name
        for config in our_apps()
        if list(config.get_models()) and not (Path(config.path) / "migrations/__init__.py").exists()
    ]
    assert lacking == []


@pytest.mark.django_db
def test_the_migrations_are_complete() -> None:
    said = StringIO()
    try:
        call_command("makemigrations", "--check", "--dry-run", stdout=said, stderr=said)
    except SystemExit:
        pytest.fail(said.getvalue())


def test_each_migration_says_what_it_does_and_can_be_undone() -> None:
    found = migrations()
    assert len(found) >= len([config for config in our_apps() if list(config.get_models())])
    assert [fault for migration in found for fault in faults_of(migration)] == []


def test_planted_faults_are_found() -> None:
    planted = source(
        "x/migrations/0002_auto_20260101.py",
        "from catalog.models import Port\nmigrations.RunPython(forwards)\n",
    )
    words = " ".join(faults_of(planted))
    assert "is named by a clock" in words
    assert "imports catalog.models.Port" in words
    assert "cannot be undone" in words
