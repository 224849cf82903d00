"""The running product for browser tests: started by its own command, on ports of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType

from mesh.quickstart.places import CHECKOUT, find_places
from mesh.quickstart.services.contract import ServiceFailed
from tests.servers import DROPPED

START_SECONDS = 300
SEED_SECONDS = 240
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    """A browser program: MESH_CHROMIUM, else the usual names on PATH."""
    named = os.environ.get("MESH_CHROMIUM", "")
    if named:
        return named if Path(named).exists() else None
    return next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)


class Product:
    """`./quickstart up --detach` in a folder of its own, and `stop` at the end."""

    def __init__(self, data: Path, programs: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MESH_")}
        for name in ("DATABASE_URL", *DROPPED):
            kept.pop(name, None)
        self.variables = {**kept, "MESH_DATA": str(data)}
        self.places = find_places(self.variables)
        self.programs = programs

    def __enter__(self) -> Product:
        self._reuse_programs()
        code, said = self._quickstart("up", "--detach", seconds=START_SECONDS)
        # Its steps only: the logins that it prints are nobody's business here.
        steps = said if code else said.partition("Your data is in")[0]
        print(steps, flush=True)
        if code != 0:
            self._end()
            raise ServiceFailed("the product did not start", "./quickstart")
        self._await_seed()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._end()

    def environment(self) -> dict[str, str]:
        """Where the tests find it and its people."""
        urls = self._status()["urls"]
        return {
            "MESH_TEST_URL": urls["web"],
            "TRIBUTARY_URL": urls["web"],
            "TRIBUTARY_REGISTRY_URL": urls["registry"],
            "TRIBUTARY_PEOPLE_FILE": str(self.places.people),
            "KAFKA_BOOTSTRAP": urls["kafka"],
        }

    def _await_seed(self) -> None:
        began = time.monotonic()
        while time.monotonic() - began < SEED_SECONDS:
            demo = self._status()["demo"]
            if demo["state"] == "seeded":
                print(f"  + demo seeded after {time.monotonic() - began:.1f} s", flush=True)
                return
            if demo["state"] == "off":
                break
            time.sleep(1)
        _code, said = self._quickstart("logs", "seed", seconds=20)
        self._end()
        raise ServiceFailed(f"the demo was not seeded:\n{said[-3000:]}", "./quickstart logs seed")

    def _status(self) -> dict[str, dict[str, str]]:
        _code, said = self._quickstart("status", "--json", seconds=30)
        status: dict[str, dict[str, str]] = json.loads(said)
        return status

    def _reuse_programs(self) -> None:
        target = self.places.services / "services"
        if self.programs.exists() and not target.exists():
            self.places.make()
            shutil.copytree(self.programs, target, symlinks=True)

    def _end(self) -> None:
        self._quickstart("stop", seconds=90)
        if self.places.services != self.places.data:
            shutil.rmtree(self.places.services, ignore_errors=True)

    def _quickstart(self, *words: str, seconds: float) -> tuple[int, str]:
        done = subprocess.run(
            [str(CHECKOUT / "quickstart"), *words],
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
        return done.returncode, done.stdout
