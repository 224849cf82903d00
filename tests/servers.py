"""Servers of one test run: the quick start's own, on throw-away data."""

from __future__ import annotations

import base64
import os
import secrets
import time
from pathlib import Path

from mesh.quickstart.children import Child, Watcher
from mesh.quickstart.embedding import Embedding
from mesh.quickstart.places import Places
from mesh.quickstart.ports import USUAL, choose
from mesh.quickstart.secrets import Secrets
from mesh.quickstart.services.broker import Broker
from mesh.quickstart.services.contract import Service, Setting
from mesh.quickstart.services.postgres import Postgres
from mesh.quickstart.services.valkey import Valkey

STOP_SECONDS = 10.0
# Settings of a developer's shell must not decide how the tests run.
FOREIGN_PREFIX = "MESH_"
# Without kept bytecode every program of a test run compiles its imports anew: seconds each.
DROPPED = ("SECRET_KEY", "KAFKA_BOOTSTRAP", "REDIS_URL", "PYTHONDONTWRITEBYTECODE")
KEPT = ("MESH_CHROMIUM", "MESH_MAVEN_URL", "MESH_RECORD_QUERY_COUNTS")


class Servers:
    """Starts what a stage needs, once, and stops everything at the end."""

    def __init__(self, folder: Path, usual: Places, *, prefer: str) -> None:
        folder.chmod(0o711)  # the unprivileged account of the services has to pass
        self.places = Places(usual.checkout, folder, folder, usual.service_account, None)
        self.places.make()
        folder.chmod(0o711)
        self.programs = usual.services / "services"
        random_ports = choose(dict.fromkeys(USUAL, 0) | _spare_ports())
        word = secrets.token_hex(16)
        self.secrets = Secrets(secrets.token_urlsafe(64), _fernet_key(), word, word)
        self.setting = Setting(
            self.places, random_ports, self.secrets, for_tests=True, kept_programs=self.programs
        )
        self.postgres = Postgres(self.setting, prefer=prefer)
        self.valkey = Valkey(self.setting)
        self.broker = Broker(self.setting)
        self.watcher = Watcher()
        self.children: list[Child] = []
        self.started: set[str] = set()

    def start_for(self, stage: str, *, with_broker: bool) -> None:
        """Start what the stage needs and is not there. Raises ServiceFailed."""
        if stage == "rules":
            return
        wanted: list[Service] = [self.postgres]
        if with_broker:
            wanted += [self.valkey, self.broker]
        missing = [service for service in wanted if service.name not in self.started]
        if not missing:
            return
        if self.watcher.program is None:
            self.watcher.start()
        if self.places.service_account is not None:
            self.programs.parent.mkdir(parents=True, exist_ok=True)
            self.programs.parent.chmod(0o711)
        pending = [Embedding.of(service, self.watcher) for service in missing]
        while pending:
            for embedding in list(pending):
                embedding.advance()
                if embedding.settled:
                    pending.remove(embedding)
                    self._settled(embedding)
            time.sleep(0.02)

    def _settled(self, embedding: Embedding) -> None:
        if embedding.child is not None:
            self.children.append(embedding.child)
        if embedding.failure is not None:
            raise embedding.failure
        service = embedding.service
        self.started.add(service.name)
        seconds = time.monotonic() - embedding.began
        print(f"  + {service.title:<12} {seconds:5.1f} s   {service.origin}", flush=True)

    def environment(self, stage: str) -> dict[str, str]:
        """What test programs read; pytest makes a database for each stage, named after it."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(FOREIGN_PREFIX) or name in KEPT
        }
        for name in DROPPED:
            inherited.pop(name, None)
        own = {
            "DATABASE_URL": self.postgres.address() + ("" if stage == "check" else f"_{stage}"),
            "MESH_DEBUG": "true",
            "MESH_ROLE": "test",
            "MESH_FIELD_KEYS": self.secrets.field_keys,
            "MESH_DATA": str(self.places.data),
        }
        if "kafka" in self.started:
            own["KAFKA_BOOTSTRAP"] = self.broker.address()
            own["MESH_EGRESS_ALLOW"] = self.broker.address()
        if "valkey" in self.started:
            own["REDIS_URL"] = self.valkey.address()
        return {**inherited, **own}

    def stop(self) -> None:
        """End all of them, the broker first."""
        for child in reversed(self.children):
            child.ask_to_stop()
        until = time.monotonic() + STOP_SECONDS
        while time.monotonic() < until and not all(child.ended() for child in self.children):
            time.sleep(0.02)
        for child in self.children:
            child.kill()
        if self.watcher.program is not None:
            self.watcher.end()


def _spare_ports() -> dict[str, int]:
    """Other ports than the usual ones: a product may run on the same machine."""
    offset = secrets.randbelow(9000)
    return {name: 21_000 + offset + number for number, name in enumerate(USUAL)}


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
