"""Makes and keeps the secrets of one quick start: passwords, keys, and the demo's people."""

from __future__ import annotations

import base64
import json
import secrets
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mesh.quickstart.places import Places, give
from mesh.quickstart.state import write_json

ROLES = ("owner", "engineer", "consumer", "steward", "governor", "admin", "auditor", "reader")
# Demo programs use one service account for each of these teams.
TEAMS = (
    "orders-team",
    "payments-team",
    "fulfilment-team",
    "customer-team",
    "risk-team",
    "insight-team",
)
ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
# No letters that are easily taken for another one when a password is typed from paper.
PASSWORD_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the services and the application share."""

    secret_key: str
    field_keys: str
    postgres_password: str
    valkey_password: str


def new_api_key() -> str:
    """`trb_<id>_<secret><checksum>`: the checksum lets a scanner and a server refuse a mistyped key."""
    key_id = "".join(secrets.choice(ID_ALPHABET) for _ in range(10))
    secret = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    return f"trb_{key_id}_{secret}{checksum(key_id, secret)}"


def checksum(key_id: str, secret: str) -> str:
    """Six base32 characters of the CRC-32 of `id_secret`."""
    crc = zlib.crc32(f"{key_id}_{secret}".encode())
    return base64.b32encode(crc.to_bytes(4, "big")).decode().lower()[:6]


def keep_secrets(places: Places) -> Secrets:
    """The secrets of this folder; made at the first start, the same ever after."""
    path = places.data / "secrets.env"
    kept = _read(path)
    fresh = {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "MESH_FIELD_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "POSTGRES_PASSWORD": secrets.token_hex(24),
        "VALKEY_PASSWORD": secrets.token_hex(24),
    }
    values = {**fresh, **kept}
    if values != kept:
        text = "".join(f"{name}={value}\n" for name, value in values.items())
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(text)
    return Secrets(
        values["SECRET_KEY"],
        values["MESH_FIELD_KEYS"],
        values["POSTGRES_PASSWORD"],
        values["VALKEY_PASSWORD"],
    )


def as_variables(kept: Secrets) -> dict[str, str]:
    """The secrets under the names that `compose.yaml` reads."""
    return {
        "SECRET_KEY": kept.secret_key,
        "MESH_FIELD_KEYS": kept.field_keys,
        "POSTGRES_PASSWORD": kept.postgres_password,
        "VALKEY_PASSWORD": kept.valkey_password,
    }


def keep_people(places: Places) -> dict[str, Any]:
    """One person for each role and one service account for each team, made once."""
    people = read_people(places)
    known_roles = {person["role"] for person in people["users"]}
    known_teams = {service["team"] for service in people["services"]}
    users = [
        {"role": role, "login": role, "password": new_password(), "api_key": new_api_key()}
        for role in ROLES
        if role not in known_roles
    ]
    services = [
        {"team": team, "api_key": new_api_key()} for team in TEAMS if team not in known_teams
    ]
    if users or services:
        people["users"] += users
        people["services"] += services
        write_json(places.people, people)
        give(places.people, places.application_account)
    return people


def read_people(places: Places) -> dict[str, Any]:
    """The people of this folder; empty before the first start."""
    try:
        people: dict[str, Any] = json.loads(places.people.read_text())
    except OSError:
        return {"users": [], "services": []}
    return people


def new_password() -> str:
    """Four groups of four characters, 79 bits."""
    return "-".join("".join(secrets.choice(PASSWORD_ALPHABET) for _ in range(4)) for _ in range(4))


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    lines = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {name: value for name, _, value in lines}
