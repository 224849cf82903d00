"""Runs the real supervisor over a made-up application, so that its rules can be tested alone.

`stand_in.py FOLDER up [options]`: the checkout is FOLDER/checkout, the data FOLDER/var. Services
are replaced by `sleep`; FOLDER/broken-NAME makes one of them fail.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

FOLDER = Path(sys.argv[1])
CHECKOUT = FOLDER / "checkout"
os.environ["MESH_DATA"] = str(FOLDER / "var")

from mesh.quickstart import __main__ as command_line  # noqa: E402
from mesh.quickstart import packages, places, starting, up  # noqa: E402
from mesh.quickstart.application import Program  # noqa: E402
from mesh.quickstart.children import Launch  # noqa: E402
from mesh.quickstart.services.contract import ServiceFailed, Setting  # noqa: E402

SERVER = """
import http.server, os, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(os.environ['KAFKA_BOOTSTRAP'].encode())
    def log_message(self, *words): pass
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Answer).serve_forever()
"""
MANAGE = """
import pathlib, sys
print('managed', *sys.argv[1:])
if pathlib.Path('broken-' + sys.argv[1]).exists():
    sys.exit('the command is broken on purpose')
"""
SEED = """
import pathlib, sys, time
if pathlib.Path('seed-stumbles').exists():
    pathlib.Path('seed-stumbles').unlink()
    sys.exit('the seed stumbled')
print('FLEET shop', flush=True)
until = time.monotonic() + 20
while time.monotonic() < until and not pathlib.Path('seed-may-end').exists():
    time.sleep(0.05)
print('the seed is done', flush=True)
"""
FLEET = """
import sys, time
if sys.argv[1] == 'list':
    print('shop'); print('bank')
else:
    print('runs', sys.argv[2], flush=True); time.sleep(300)
"""


class StandInService:
    """A service that is ready at once."""

    name = title = "service"

    def __init__(self, setting: Setting) -> None:
        self.setting, self.origin, self.url = setting, "stand-in", ""

    def prepare(self) -> Launch | None:
        if (FOLDER / f"broken-{self.name}").exists():
            raise ServiceFailed("it is broken on purpose", "mend it")
        log = self.setting.places.log / f"{self.name}.log"
        return Launch(
            self.name, ("sleep", "300"), self.setting.places.data, {"PATH": os.defpath}, log
        )

    def unready(self) -> str:
        return ""

    def address(self) -> str:
        return f"{self.name}://127.0.0.1:1"


def stand_in(name: str) -> type:
    return type(name.title(), (StandInService,), {"name": name, "title": name.title()})


def make_checkout() -> None:
    """A folder that looks like the repository to the quick start."""
    python = CHECKOUT / ".venv" / "bin" / "python"
    if python.exists():
        return
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (CHECKOUT / "mesh/quickstart/requirements").mkdir(parents=True)
    for name in (*packages.RUN_FILES, "mesh/settings.py"):
        (CHECKOUT / name).write_text("")
    digest = hashlib.sha256(b"").hexdigest()
    (CHECKOUT / ".venv" / "installed.json").write_text(
        json.dumps(dict.fromkeys(packages.RUN_FILES, digest))
    )
    for name, text in (("__init__", ""), ("seed", SEED), ("fleet", FLEET)):
        (CHECKOUT / "mesh/quickstart" / f"{name}.py").write_text(text)
    (CHECKOUT / "mesh/__init__.py").write_text("")
    (CHECKOUT / "server.py").write_text(SERVER)
    (CHECKOUT / "manage.py").write_text(MANAGE)


def main() -> int:
    make_checkout()
    for name, word in (("Postgres", "postgres"), ("Valkey", "valkey"), ("Broker", "kafka")):
        setattr(starting, name, stand_in(word))
    programs = (
        Program("web", "Web", ("server.py", "{web}"), "web", 5),
        Program("registry", "Schema registry", ("server.py", "{registry}"), "registry", 5),
        Program("worker", "Worker", ("-c", "import time; time.sleep(300)"), "worker", 5),
        Program("beat", "Beat", ("-c", "import time; time.sleep(300)"), "beat", 5),
    )
    setattr(starting, "PROGRAMS", programs)  # noqa: B010 - a name that the module does not export
    setattr(command_line, "find_places", here)  # noqa: B010 - the same
    up.SUPERVISE = (sys.executable, __file__, str(FOLDER))
    return command_line.main(sys.argv[2:])


def here() -> places.Places:
    """Everything in one folder, under the account of the test."""
    return places.Places(CHECKOUT, FOLDER / "var", FOLDER / "var", None, None)


if __name__ == "__main__":
    sys.exit(main())
