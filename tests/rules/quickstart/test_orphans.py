"""New passwords are never made beside data that needs the old ones."""

from __future__ import annotations

import os
import subprocess
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest

from mesh.quickstart.commands import show_secrets
from mesh.quickstart.orphans import DataInUse, begin_anew
from mesh.quickstart.places import Places

ENV = Namespace(env=True, json=False)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A quick start as root: its services' data lie apart, and ./var was deleted."""
    found = Places(tmp_path, tmp_path / "var", tmp_path / "apart", None, None)
    (found.services / "pg").mkdir(parents=True)
    (found.services / "pg" / "PG_VERSION").write_text("15")
    return found


@pytest.fixture
def user(places: Places) -> Iterator[int]:
    program = subprocess.Popen(["sleep", "60"], cwd=places.services / "pg")
    yield program.pid
    program.kill()
    program.wait()


def test_printing_the_variables_sets_old_data_aside(
    places: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show_secrets(places, ENV) == 0
    said = capsys.readouterr()
    assert "POSTGRES_PASSWORD=" in said.out
    assert "The data of before is in" in said.err
    assert not (places.services / "pg").exists()
    assert show_secrets(places, ENV) == 0
    again = capsys.readouterr()
    assert (again.out, again.err) == (said.out, ""), "the second time they are only shown"


def test_data_that_somebody_works_on_is_left_alone(
    places: Places, user: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DataInUse, match=f"kill {os.getpid()}"):
        begin_anew(places)
    assert show_secrets(places, ENV) == 1
    assert capsys.readouterr().out == ""
    assert not (places.data / "secrets.env").exists()
    assert (places.services / "pg" / "PG_VERSION").exists()
