"""Kafka's jars: the lock, where they come from, and that a changed one is refused."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from mesh.quickstart.services.contract import ServiceFailed
from mesh.quickstart.services.jars import Jar, collect, complete, local_repository, read_lock


def made_up(repository: Path, name: str, content: bytes) -> Jar:
    jar = Jar(f"org.example:{name}:1.0", len(content), hashlib.sha256(content).hexdigest())
    place = repository / jar.repository_path
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    return jar


def test_lock_names_every_jar_that_a_broker_needs() -> None:
    version, jars = read_lock()
    assert version == "4.4.0"
    assert len(jars) == 45
    assert len({jar.file_name for jar in jars}) == 45
    names = {jar.coordinates.split(":")[1] for jar in jars}
    # Without log4j-api even the format step fails; without a binding nothing is logged.
    assert {"kafka_2.13", "kafka-clients", "log4j-api", "slf4j-simple"} <= names
    assert all(len(jar.sha256) == 64 and jar.size_bytes > 0 for jar in jars)


def test_coordinates_give_the_place_in_a_repository() -> None:
    jar = Jar("org.apache.kafka:kafka_2.13:4.4.0", 1, "")
    assert jar.repository_path == "org/apache/kafka/kafka_2.13/4.4.0/kafka_2.13-4.4.0.jar"


def test_collected_folder_is_complete_until_a_jar_is_cut(tmp_path: Path) -> None:
    jars = [made_up(tmp_path / "repository", name, name.encode() * 9) for name in ("one", "two")]
    target = tmp_path / "libs"
    assert not complete(target, jars)
    collect(tmp_path / "repository", jars, target)
    assert complete(target, jars)
    (target / "two-1.0.jar").write_bytes(b"short")
    assert not complete(target, jars)


def test_changed_jar_is_refused_with_both_hashes_and_nothing_is_kept(tmp_path: Path) -> None:
    jar = made_up(tmp_path / "repository", "one", b"good")
    (tmp_path / "repository" / jar.repository_path).write_bytes(b"evil")
    with pytest.raises(ServiceFailed) as refused:
        collect(tmp_path / "repository", [jar], tmp_path / "libs")
    assert jar.sha256 in str(refused.value)
    assert hashlib.sha256(b"evil").hexdigest() in str(refused.value)
    assert "delete" in refused.value.remedy
    assert not (tmp_path / "libs").exists()


def test_local_repository_is_mavens_own_unless_named_otherwise() -> None:
    assert local_repository({"HOME": "/home/someone"}) == Path("/home/someone/.m2/repository")
    assert local_repository({"HOME": "/home/someone", "M2_REPO": "/srv/maven"}) == Path(
        "/srv/maven"
    )
