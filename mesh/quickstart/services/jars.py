"""Obtains Kafka's jars: an own folder, a complete local Maven repository, or over the network."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mesh.quickstart.children import Launch, run_once
from mesh.quickstart.services.contract import ServiceFailed, Setting
from mesh.quickstart.services.wheels import wheel_folder

LOCK = Path(__file__).resolve().parents[1] / "kafka" / "kafka.lock"
FETCHER = Path(__file__).with_name("maven.py")
FETCH_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of the lock."""

    coordinates: str
    size_bytes: int
    sha256: str

    @property
    def file_name(self) -> str:
        """Its name in a flat folder."""
        _group, artifact, version = self.coordinates.split(":")
        return f"{artifact}-{version}.jar"

    @property
    def repository_path(self) -> str:
        """Its place in a repository of Maven's layout."""
        group, artifact, version = self.coordinates.split(":")
        return f"{group.replace('.', '/')}/{artifact}/{version}/{self.file_name}"


def read_lock(lock: Path = LOCK) -> tuple[str, list[Jar]]:
    """Kafka's version and every jar it needs."""
    content = json.loads(lock.read_text())
    return content["kafka"], [
        Jar(row["coordinates"], row["bytes"], row["sha256"]) for row in content["jars"]
    ]


def jar_folder(setting: Setting) -> tuple[Path, str]:
    """A folder with all jars, each one checked against the lock, and where they came from."""
    own = setting.variables.get("KAFKA_HOME", "")
    if own:
        libraries = Path(own) / "libs"
        if not any(libraries.glob("kafka_2.13-*.jar")):
            raise ServiceFailed(
                f"KAFKA_HOME: {libraries} holds no kafka_2.13 jar", "unset KAFKA_HOME"
            )
        return libraries, f"KAFKA_HOME {own}"
    version, jars = read_lock()
    target = setting.programs / f"kafka-{version}"
    if complete(target, jars):
        return target, f"Kafka {version}"
    local = local_repository(setting.variables)
    if all((local / jar.repository_path).exists() for jar in jars):
        origin = f"Kafka {version} from {local}"
    else:
        local = target.with_name(f"{target.name}.repository")
        _fetch(setting, local)
        origin = f"Kafka {version} fetched"
    collect(local, jars, target)
    shutil.rmtree(target.with_name(f"{target.name}.repository"), ignore_errors=True)
    return target, origin


def local_repository(variables: Mapping[str, str]) -> Path:
    """Where Maven keeps what it fetched before."""
    return Path(variables.get("M2_REPO") or Path(variables.get("HOME", "/")) / ".m2" / "repository")


def complete(folder: Path, jars: list[Jar]) -> bool:
    """Whether every jar is there in full; contents were checked when they came in."""
    for jar in jars:
        try:
            if (folder / jar.file_name).stat().st_size != jar.size_bytes:
                return False
        except OSError:
            return False
    return True


def collect(repository: Path, jars: list[Jar], target: Path) -> None:
    """Copy every jar into one folder. Raises ServiceFailed, with both hashes, on the first that differs."""
    half_done = target.with_name(f"{target.name}.part")
    shutil.rmtree(half_done, ignore_errors=True)
    half_done.mkdir(parents=True)
    half_done.chmod(0o755)
    half_done.parent.chmod(0o755)
    for jar in jars:
        content = (repository / jar.repository_path).read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != jar.sha256:
            raise ServiceFailed(
                f"{jar.coordinates} has SHA-256 {found}, expected {jar.sha256}",
                f"delete {repository / jar.repository_path} and start again",
            )
        copy = half_done / jar.file_name
        copy.write_bytes(content)
        copy.chmod(0o644)
    shutil.rmtree(target, ignore_errors=True)
    half_done.rename(target)


def _fetch(setting: Setting, repository: Path) -> None:
    client, _pin = wheel_folder(setting, "maven", dependencies=True)
    repository.mkdir(parents=True, exist_ok=True)
    launch = Launch(
        name="kafka",
        command=(sys.executable, str(FETCHER), str(LOCK), str(repository)),
        cwd=setting.places.checkout,
        environment={**setting.variables, "PYTHONPATH": str(client)},
        log=setting.places.log / "kafka.log",
        umask=0o022,
    )
    code, said = run_once(launch, FETCH_SECONDS)
    if code != 0:
        reason = said.strip().splitlines()[-1] if said.strip() else f"exit code {code}"
        raise ServiceFailed(f"Kafka's jars could not be fetched: {reason}")
