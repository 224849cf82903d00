"""Generated keys and passwords: form, checksum, kept between starts."""

from __future__ import annotations

import base64
import json
import re
import stat
import zlib
from pathlib import Path

from mesh.quickstart.places import Places
from mesh.quickstart.secrets import (
    ROLES,
    TEAMS,
    as_variables,
    checksum,
    keep_people,
    keep_secrets,
    new_api_key,
    new_password,
)

KEY = re.compile(r"trb_([a-z2-7]{10})_([A-Za-z0-9_-]{43})([a-z2-7]{6})")


def places(folder: Path) -> Places:
    made = Places(folder, folder / "var", folder / "var", None, None)
    made.make()
    return made


def test_api_key_has_identifier_secret_and_checksum() -> None:
    for _ in range(200):
        match = KEY.fullmatch(new_api_key())
        assert match is not None
        key_id, secret, check = match.groups()
        assert len(base64.urlsafe_b64decode(secret + "=")) == 32
        crc = zlib.crc32(f"{key_id}_{secret}".encode()).to_bytes(4, "big")
        assert check == base64.b32encode(crc).decode().lower()[:6]


def test_checksum_of_a_known_key_never_changes() -> None:
    assert checksum("abcdefghij", "A" * 43) == "zcsizu"


def test_one_changed_character_changes_the_checksum() -> None:
    assert checksum("abcdefghij", "A" * 43) != checksum("abcdefghij", "A" * 42 + "B")


def test_keys_and_passwords_do_not_repeat() -> None:
    assert len({new_api_key() for _ in range(100)} | {new_password() for _ in range(100)}) == 200


def test_password_avoids_letters_that_look_alike() -> None:
    assert not set("".join(new_password() for _ in range(200))) & set("il1o0")


def test_secrets_are_made_once_and_only_the_owner_reads_them(tmp_path: Path) -> None:
    here = places(tmp_path)
    first = keep_secrets(here)
    assert keep_secrets(here) == first
    assert len(first.secret_key) >= 50
    assert len(base64.urlsafe_b64decode(first.field_keys)) == 32
    assert stat.S_IMODE((here.data / "secrets.env").stat().st_mode) == 0o600
    assert set(as_variables(first)) == {
        "SECRET_KEY",
        "MESH_FIELD_KEYS",
        "POSTGRES_PASSWORD",
        "VALKEY_PASSWORD",
    }


def test_missing_secret_is_added_and_the_others_stay(tmp_path: Path) -> None:
    here = places(tmp_path)
    (here.data / "secrets.env").write_text("POSTGRES_PASSWORD=kept\n")
    assert keep_secrets(here).postgres_password == "kept"
    assert "SECRET_KEY=" in (here.data / "secrets.env").read_text()


def test_people_are_one_for_each_role_and_one_service_for_each_team(tmp_path: Path) -> None:
    here = places(tmp_path)
    people = keep_people(here)
    assert [person["role"] for person in people["users"]] == list(ROLES)
    assert {service["team"] for service in people["services"]} == set(TEAMS)
    assert keep_people(here) == people
    assert json.loads(here.people.read_text()) == people
    assert stat.S_IMODE(here.people.stat().st_mode) == 0o600
