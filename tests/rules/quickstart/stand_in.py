"""Runs the real supervisor over a made-up application, so that its rules can be tested alone.

`stand_in.py FOLDER up [options]`: the checkout is FOLDER/checkout, the data FOLDER/var. Services
that FOLDER/without names are replaced by `sleep`.
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
import sys, time
print('managed', *sys.argv[1:])
if sys.argv[1] == 'fail':
    sys.exit(3)
"""


class StandInService:
    """A service that is ready at once."""

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
    (CHECKOUT / "server.py").write_text(SERVER)
    (CHECKOUT / "manage.py").write_text(MANAGE)


def main() -> int:
    make_checkout()
    starting.Postgres, starting.Valkey, starting.Broker = (
        stand_in(name) for name in ("postgres", "valkey", "kafka")
    )
    starting.PROGRAMS = (
        Program("web", "Web", ("server.py", "{web}"), "web", 5),
        Program("registry", "Schema registry", ("server.py", "{registry}"), "registry", 5),
        Program("worker", "Worker", ("-c", "import time; time.sleep(300)"), "worker", 5),
        Program("beat", "Beat", ("-c", "import time; time.sleep(300)"), "beat", 5),
    )
    found = places.find_places

    def here() -> places.Places:
        return found(os.environ, CHECKOUT)

    command_line.find_places = here
    up.SUPERVISE = (sys.executable, __file__, str(FOLDER))
    return command_line.main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
