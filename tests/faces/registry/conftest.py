"""A registry that really listens, on the test database, with the plain gate."""

from __future__ import annotations

import base64
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
from confluent_kafka.schema_registry import SchemaRegistryClient

from mesh.audit.principal import Principal
from schemas import ports
from schemas.registry import gone
from schemas.registry.asgi import RegistryApplication


@dataclass
class LiveRegistry:
    """The application, its address and a way to call it as somebody."""

    application: RegistryApplication
    url: str

    def client(self, credentials: str | None = None) -> SchemaRegistryClient:
        settings: dict[str, Any] = {"url": self.url, "max.retries": 0, "timeout": 10}
        if credentials is not None:
            settings["basic.auth.user.info"] = credentials
        return SchemaRegistryClient(settings)


@pytest.fixture
def gate() -> Iterator[None]:
    """Plain registry behaviour; whatever the application set is put back."""
    before = ports.current_gate()
    ports.set_gate(ports.allow_compatible)
    yield
    ports.set_gate(before)


@pytest.fixture
def registry(
    transactional_db: None, gate: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LiveRegistry]:
    """A listening registry: open registration, anonymous reads."""
    monkeypatch.setattr(gone, "HEARING_SECONDS", 0.02)  # how long its end is waited for, no more
    settings.OPEN_REGISTRATION = True
    settings.ANONYMOUS_REGISTRY_READ = True
    settings.DATABASE_POOL_SIZE = 8
    application = RegistryApplication()
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    configuration = uvicorn.Config(
        application, log_level="error", lifespan="on", access_log=False, http="httptools"
    )
    server = uvicorn.Server(configuration)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    yield LiveRegistry(application, f"http://127.0.0.1:{listening.getsockname()[1]}")
    server.should_exit = True
    thread.join(timeout=15)
    listening.close()


@pytest.fixture
def basic_of(key_of: Any) -> Callable[..., str]:
    """`basic_of(principal)` makes a key and answers `user:password` for Basic credentials."""

    def make(principal: Principal, *scopes: str) -> str:
        whole = key_of(principal, *scopes)["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
        return f"{whole[:14]}:{whole[15:]}"

    return make


@pytest.fixture
def header_of(basic_of: Callable[..., str]) -> Callable[..., dict[str, str]]:
    """The same as a header."""

    def make(principal: Principal, *scopes: str) -> dict[str, str]:
        text = base64.b64encode(basic_of(principal, *scopes).encode()).decode()
        return {"Authorization": f"Basic {text}"}

    return make
