"""Where the quick start keeps what: data whose passwords are gone is set aside, never reused or deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from mesh.quickstart.places import Places
from mesh.quickstart.secrets import keep_secrets
from mesh.quickstart.services.contract import Setting
from mesh.quickstart.services.postgres import Postgres


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A start whose services keep their data elsewhere, with a database and a fetched program."""
    made = Places(tmp_path, tmp_path / "var", tmp_path / "lib", None, None)
    made.make()
    setting = Setting(made, {"postgres": 1}, keep_secrets(made), {})
    database = Postgres(setting).folder
    database.mkdir()
    (database / "PG_VERSION").write_text("15")
    setting.programs.mkdir()
    return made


def test_data_stays_while_its_passwords_are_there(places: Places) -> None:
    assert places.set_orphans_aside() == []
    assert (places.services / "pg" / "PG_VERSION").exists()


def test_data_without_its_passwords_is_set_aside_and_programs_stay(places: Places) -> None:
    (places.data / "secrets.env").unlink()
    [aside] = places.set_orphans_aside()
    assert (aside / "PG_VERSION").read_text() == "15"
    assert sorted(folder.name for folder in places.services.iterdir()) == [aside.name, "services"]
    assert places.set_orphans_aside() == [], "once is enough"


def test_making_the_folders_moves_nothing(places: Places) -> None:
    (places.data / "secrets.env").unlink()
    places.make()
    assert (places.services / "pg").exists()
