"""The demo: seeds the mesh through its public faces, then keeps its programs alive."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mesh.quickstart.children import Child, Launch, Watcher
from mesh.quickstart.places import Places

SEED = "mesh.quickstart.seed"
FLEET = "mesh.quickstart.fleet"
CUE = "FLEET "
LIST_SECONDS = 30
SEED_TRIES = 3
SEED_PAUSE_SECONDS = 5.0


@dataclass(slots=True)
class Demo:
    """Starts the seed once and each program of the fleet when the seed names it or has ended."""

    places: Places
    environment: Mapping[str, str]
    watcher: Watcher
    add_child: Callable[[Child], None]
    python: Path
    state: str = "off"
    reason: str = ""
    seed: Child | None = None
    programs: list[str] = field(default_factory=list)
    started: set[str] = field(default_factory=set)
    read_bytes: int = 0
    tries: int = 1
    again_at: float = 0.0

    def begin(self, *, seeded: bool) -> None:
        """Start the seed, or at once the whole fleet when an earlier start has seeded."""
        self.programs = self._list_programs()
        if seeded:
            self.state = "seeded"
            self._start_all()
            return
        log = self.places.log / "seed.log"
        self.read_bytes = log.stat().st_size if log.exists() else 0
        self.seed = Child(self._launch("seed", "-m", SEED), self.watcher, restarts=False)
        self.state = "seeding"
        self.add_child(self.seed)
        self.seed.start()

    def advance(self) -> bool:
        """Look at the seed's words; True when the demo's state changed."""
        if self.state != "seeding" or self.seed is None:
            return False
        for name in self._cues(self.places.log / "seed.log"):
            self._start(name)
        if not self.seed.ended():
            return False
        if self.seed.exit_code == 0:
            self.state = "seeded"
            self._start_all()
            return True
        return self._seed_again_or_give_up(self.seed)

    def _seed_again_or_give_up(self, seed: Child) -> bool:
        """The seed goes on where it stopped, so a stumble is no reason to be without a demo."""
        now = time.monotonic()
        if self.tries < SEED_TRIES:
            if not self.again_at:
                self.again_at = now + SEED_PAUSE_SECONDS
            elif now >= self.again_at:
                self.tries, self.again_at = self.tries + 1, 0.0
                seed.start()
            return False
        self.state = "off"
        self.reason = f"the seed ended with code {seed.exit_code}: ./quickstart logs seed"
        return True

    def _cues(self, log: Path) -> list[str]:
        try:
            with log.open("rb") as file:
                file.seek(self.read_bytes)
                text = file.read()
        except OSError:
            return []
        whole, newline, _rest = text.rpartition(b"\n")
        self.read_bytes += len(whole) + len(newline)
        lines = whole.decode(errors="replace").splitlines()
        return [line.removeprefix(CUE).strip() for line in lines if line.startswith(CUE)]

    def _list_programs(self) -> list[str]:
        asked = subprocess.run(
            [str(self.python), "-m", FLEET, "list"],
            cwd=self.places.checkout,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIST_SECONDS,
            check=False,
        )
        if asked.returncode != 0:
            said = asked.stderr.strip().splitlines()
            self.reason = (
                f"the list of demo programs cannot be had: {said[-1] if said else asked.returncode}"
            )
            return []
        return asked.stdout.split()

    def _start_all(self) -> None:
        for name in self.programs:
            self._start(name)

    def _start(self, name: str) -> None:
        if name in self.started or name not in self.programs:
            return
        self.started.add(name)
        child = Child(self._launch(f"demo-{name}", "-m", FLEET, "run", name), self.watcher)
        self.add_child(child)
        child.start()

    def _launch(self, name: str, *words: str) -> Launch:
        return Launch(
            name=name,
            command=(str(self.python), *words),
            cwd=self.places.checkout,
            environment=self.environment,
            log=self.places.log / f"{name}.log",
            account=self.places.application_account,
            grace_seconds=3,
        )
