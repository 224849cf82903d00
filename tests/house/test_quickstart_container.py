"""Dockerfile and compose.yaml agree with the programs and settings they start."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from mesh.quickstart.container import program_words
from mesh.quickstart.secrets import Secrets, as_variables

CHECKOUT = Path(__file__).resolve().parents[2]
DOCKERFILE = (CHECKOUT / "Dockerfile").read_text()
ROLES = ("web", "registry", "worker", "beat")
# Names that only the demo's programs and the servers' own images read.
FOREIGN = re.compile(r"TRIBUTARY_|KAFKA_|POSTGRES_|VALKEY_")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((CHECKOUT / "compose.yaml").read_text())
    return document


def test_every_image_is_pinned(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        _image, _, tag = service["image"].rpartition(":")
        assert re.match(r"\d", tag), f"{name}: {service['image']}"
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert bases
    assert all(re.search(r":\d", base) for base in bases)


def test_every_service_has_a_health_check(compose: dict[str, Any]) -> None:
    assert [
        name for name, service in compose["services"].items() if "healthcheck" not in service
    ] == []


def test_only_web_and_registry_are_published(compose: dict[str, Any]) -> None:
    published = {
        name: service["ports"]
        for name, service in compose["services"].items()
        if "ports" in service
    }
    assert published == {"web": ["8000:8000"], "registry": ["8081:8081"]}


def test_no_secret_is_written_down_and_each_comes_from_the_command(compose: dict[str, Any]) -> None:
    text = (CHECKOUT / "compose.yaml").read_text()
    required = set(re.findall(r"\$\{(\w+):\?", text))
    assert required == set(as_variables(Secrets("", "", "", "")))


def test_every_setting_exists(compose: dict[str, Any]) -> None:
    settings = (CHECKOUT / "mesh/settings.py").read_text()
    names = {
        name for service in compose["services"].values() for name in service.get("environment", {})
    }
    names |= set(re.findall(r"\b(MESH_[A-Z_]+)=", DOCKERFILE))
    unknown = [name for name in names if not FOREIGN.match(name) and f'"{name}"' not in settings]
    assert unknown == []


def test_application_waits_for_the_migrations(compose: dict[str, Any]) -> None:
    for role in ROLES:
        service = compose["services"][role]
        assert service["environment"]["MESH_ROLE"] == role
        assert service["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert compose["services"]["demo"]["profiles"] == ["demo"]


def test_root_file_system_is_read_only(compose: dict[str, Any]) -> None:
    for role in (*ROLES, "migrate", "demo"):
        assert compose["services"][role]["read_only"] is True


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_a_program(role: str) -> None:
    words = program_words(role)
    assert not any("{" in word for word in words)
    if role in ("web", "registry"):
        assert "0.0.0.0" in " ".join(words)


def test_image_runs_unprivileged_and_stops_in_order() -> None:
    assert re.search(r"^USER 10001$", DOCKERFILE, re.MULTILINE)
    assert "STOPSIGNAL SIGTERM" in DOCKERFILE
    assert "HEALTHCHECK" in DOCKERFILE
    assert "--require-hashes" in DOCKERFILE


def test_everything_the_image_copies_is_there() -> None:
    for source in re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE, re.MULTILINE):
        assert (CHECKOUT / source).exists(), source
