"""What every embedded service offers to the supervisor, and what it needs from it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mesh.quickstart.children import Launch, run_once
from mesh.quickstart.places import Places
from mesh.quickstart.secrets import Secrets


class ServiceFailed(Exception):
    """A service cannot be had; `remedy` is the one thing that helps."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything a service is given: folders, ports, secrets, the caller's environment."""

    places: Places
    ports: Mapping[str, int]
    secrets: Secrets
    variables: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    for_tests: bool = False
    kept_programs: Path | None = None

    @property
    def programs(self) -> Path:
        """Where fetched programs lie; tests keep theirs although their data is thrown away."""
        return self.kept_programs or self.places.services / "services"

    def environment(self, **more: str) -> dict[str, str]:
        """A small, predictable environment for programs that are not ours."""
        kept = ("PATH", "LANG", "JAVA_HOME", "TMPDIR", "SSL_CERT_FILE", "DYLD_LIBRARY_PATH")
        base = {name: self.variables[name] for name in kept if name in self.variables}
        return {
            "PATH": os.defpath,
            "LC_ALL": "C.UTF-8",
            "HOME": str(self.places.services),
            **base,
            **more,
        }

    def one_shot(self, name: str, *command: str, cwd: Path | None = None) -> Launch:
        """A short program under the services' account, logged with its service."""
        return Launch(
            name=name,
            command=command,
            cwd=cwd or self.places.services,
            environment=self.environment(),
            log=self.places.log / f"{name}.log",
            account=self.places.service_account,
        )

    def say(self, name: str, *command: str, timeout_seconds: float = 20) -> tuple[int, str]:
        """Run a short program: exit code and what it said."""
        return run_once(self.one_shot(name, *command), timeout_seconds)


class Service(Protocol):
    """One server that the application needs."""

    name: str
    title: str
    origin: str

    def prepare(self) -> Launch | None:
        """Find or fetch the program and make its folder; None when a URL names a running server.

        Runs in a thread. Raises ServiceFailed.
        """

    def unready(self) -> str:
        """Why it does not answer yet; empty when it does. Takes at most two seconds."""

    def address(self) -> str:
        """The URL the application connects to."""
