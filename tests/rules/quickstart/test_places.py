"""Where the quick start keeps what: data whose passwords are gone is set aside, never reused or deleted."""

from __future__ import annotations

from pathlib import Path

from mesh.quickstart.places import Places


def places(folder: Path) -> Places:
    return Places(folder, folder / "var", folder / "lib", None, None)


def test_service_data_without_its_secrets_is_set_aside(tmp_path: Path) -> None:
    here = places(tmp_path)
    here.make()
    (here.service_folder("pg") / "PG_VERSION").write_text("15")
    here.make()
    assert not (here.services / "pg").exists()
    [kept] = here.services.glob("pg-without-secrets-*")
    assert (kept / "PG_VERSION").read_text() == "15"


def test_service_data_stays_while_its_secrets_are_there(tmp_path: Path) -> None:
    here = places(tmp_path)
    here.make()
    (here.data / "secrets.env").write_text("POSTGRES_PASSWORD=x\n")
    (here.service_folder("pg") / "PG_VERSION").write_text("15")
    here.make()
    assert (here.services / "pg" / "PG_VERSION").exists()
