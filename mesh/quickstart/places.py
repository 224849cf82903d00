"""Where the quick start keeps what: one folder for state, one that the services can reach."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mesh.quickstart.accounts import Account, may_reach, unprivileged

PROGRAMS = "services"  # fetched programs: they hold no data
ASIDE = "-without-secrets-"
CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Places:
    """The folders and accounts of one quick start."""

    checkout: Path
    data: Path
    services: Path
    service_account: Account | None
    application_account: Account | None

    @property
    def run(self) -> Path:
        """Locks, state and generated people."""
        return self.data / "run"

    @property
    def log(self) -> Path:
        """One file for each child."""
        return self.data / "log"

    @property
    def state(self) -> Path:
        """What runs now; also the mark by which `reset` knows a folder of ours."""
        return self.run / "state.json"

    @property
    def people(self) -> Path:
        """Generated logins and keys of the demo's people."""
        return self.run / "people.json"

    @property
    def python(self) -> Path:
        """The interpreter with the application's packages."""
        return self.checkout / ".venv" / "bin" / "python"

    @property
    def keeps_root(self) -> bool:
        """Whether the application has to stay root because its files lie where only root may look."""
        return self.service_account is not None and self.application_account is None

    def make(self) -> None:
        """Create the folders with the tightest permissions that still let the services work."""
        for folder in (self.data, self.run, self.log):
            folder.mkdir(parents=True, exist_ok=True)
            _own(folder, self.application_account)
        self.data.chmod(0o700)
        if self.services != self.data:
            self.services.mkdir(parents=True, exist_ok=True)
            self.services.chmod(0o711)

    def orphans(self) -> list[Path]:
        """The services' data when the folder with its passwords is gone: nobody can open it again."""
        apart = self.services != self.data and self.services.exists()
        if not apart or (self.data / "secrets.env").exists():
            return []
        return [
            folder
            for folder in sorted(self.services.iterdir())
            if folder.is_dir() and folder.name != PROGRAMS and ASIDE not in folder.name
        ]

    def set_orphans_aside(self) -> list[Path]:
        """Rename them; where they are now. Only while nothing works on them."""
        return [
            folder.rename(folder.with_name(f"{folder.name}{ASIDE}{time.time_ns()}"))
            for folder in self.orphans()
        ]

    def service_folder(self, name: str) -> Path:
        """A folder of a service, owned by the account that runs it."""
        folder = self.services / name
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        _own(folder, self.service_account)
        return folder


def find_places(variables: Mapping[str, str] = os.environ, checkout: Path = CHECKOUT) -> Places:
    """Read MESH_DATA and decide which accounts may be used; touches nothing."""
    data = Path(variables.get("MESH_DATA") or checkout / "var").resolve()
    account = unprivileged(checkout, variables)
    if account is None:
        return Places(checkout, data, data, None, None)
    nearest = next(folder for folder in (data.parent, *data.parents) if folder.exists())
    needed = [checkout, Path(sys.executable), nearest]
    installed = checkout / ".venv" / "bin" / "python"
    needed += [installed] if installed.exists() else []
    reachable = all(may_reach(path, account) for path in needed)
    if reachable:
        return Places(checkout, data, data, account, account)
    mark = hashlib.sha256(str(data).encode()).hexdigest()[:8]
    return Places(checkout, data, Path("/var/lib") / f"tributary-{mark}", account, None)


def give(path: Path, account: Account | None) -> None:
    """Hand a file to the account that has to read it; nothing to do when not root."""
    _own(path, account)


def _own(path: Path, account: Account | None) -> None:
    if account is not None:
        os.chown(path, account.uid, account.gid)
