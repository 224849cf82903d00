"""Entry point of the container image: becomes the program of MESH_ROLE, or tells its health."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mesh.quickstart.application import PROGRAMS
from mesh.quickstart.children import Child, Watcher
from mesh.quickstart.faces import http_unready
from mesh.quickstart.places import CHECKOUT, Places
from mesh.quickstart.secrets import keep_people
from mesh.quickstart.seeding import Demo
from mesh.quickstart.services.wire import valkey_unready

PORTS = {"web": 8000, "registry": 8081}
EVERYWHERE = "0.0.0.0"


def program_words(role: str) -> list[str]:
    """The command of a role, listening on every address of the container."""
    program = next(program for program in PROGRAMS if program.role == role)
    filled = (
        word.format(listen=EVERYWHERE, bare_listen=EVERYWHERE, **PORTS) for word in program.words
    )
    return [sys.executable, *filled]


def run(variables: Mapping[str, str]) -> int:
    """Become the program of the role; `migrate` does its work and ends."""
    role = variables.get("MESH_ROLE", "web")
    if role != "migrate":
        words = program_words(role)
        os.execvp(words[0], words)
    return _migrate(variables)


def _migrate(variables: Mapping[str, str]) -> int:
    code = _manage("migrate", "--noinput")
    if code == 0 and variables.get("MESH_QUICKSTART") == "true":
        places = _places(variables)
        places.make()
        keep_people(places)
        code = _manage("bootstrap", "--quickstart", "--people", str(places.people))
    return code


def demo(variables: Mapping[str, str]) -> int:
    """Seed once, then keep the demo's programs alive."""
    places = _places(variables)
    places.make()
    mark = places.run / "seeded"
    watcher = Watcher()
    watcher.start()
    children: list[Child] = []
    mesh = Demo(places, variables, watcher, children.append, python=Path(sys.executable))
    mesh.begin(seeded=mark.exists())
    while True:
        if mesh.advance():
            if mesh.state != "seeded":
                print(mesh.reason, file=sys.stderr)
                return 1
            mark.touch()
        for child in children:
            child.keep_alive(time.monotonic())
        time.sleep(0.5)


def healthy(variables: Mapping[str, str]) -> int:
    """0 when the role's program does its work, as far as one can tell from beside it."""
    role = variables.get("MESH_ROLE", "web")
    if role in PORTS:
        reason = http_unready(f"http://127.0.0.1:{PORTS[role]}/readyz")
    else:
        address = urlsplit(variables.get("REDIS_URL", "redis://valkey:6379/0"))
        password = unquote(address.password or "")
        reason = valkey_unready(address.hostname or "", address.port or 6379, password)
    if reason:
        print(reason, file=sys.stderr)
    return 1 if reason else 0


def _places(variables: Mapping[str, str]) -> Places:
    data = Path(variables.get("MESH_DATA", "/data"))
    return Places(CHECKOUT, data, data, None, None)


def _manage(*words: str) -> int:
    return subprocess.run(
        [sys.executable, "manage.py", *words], cwd=CHECKOUT, check=False
    ).returncode


if __name__ == "__main__":
    actions = {"run": run, "demo": demo, "healthy": healthy}
    sys.exit(actions[sys.argv[1] if len(sys.argv) > 1 else "run"](os.environ))
