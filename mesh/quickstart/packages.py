"""Makes the virtual environment and keeps it in step with the hashed requirement files."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from mesh.quickstart.children import Launch, run_once
from mesh.quickstart.services.contract import ServiceFailed
from mesh.quickstart.services.wheels import has_pip, pip_command, why

RUN_FILES = ("requirements.txt", "mesh/quickstart/requirements/demo.txt")
INSTALL_SECONDS = 600
SELDOM_USED = r"/(tests?|testing|locale|f2py|_examples)/"
VENV_REMEDY = "apt install python3-venv"


def keep_packages(checkout: Path, log: Path, files: Sequence[str] = RUN_FILES) -> bool:
    """Install what the files ask for unless that was done before; True when something was installed.

    Raises ServiceFailed.
    """
    environment = keep_environment(checkout, log)
    python = environment / "bin" / "python"
    stamp = environment / "installed.json"
    wanted = {name: hashlib.sha256((checkout / name).read_bytes()).hexdigest() for name in files}
    installed = _read_stamp(stamp)
    missing = [name for name, digest in wanted.items() if installed.get(name) != digest]
    if not missing:
        return False
    command = [*pip_command(python), "install", "--quiet", "--disable-pip-version-check"]
    command += ["--require-hashes", "--root-user-action=ignore", "--no-compile"]
    # All of them in one call: pip then sees a conflict instead of replacing one pin by another.
    requirements = [word for name in files for word in ("-r", str(checkout / name))]
    _call([*command, *requirements], log, "the Python packages could not be installed")
    _compile(python, environment, log)
    stamp.write_text(json.dumps({**installed, **wanted}))
    return True


def keep_environment(checkout: Path, log: Path) -> Path:
    """The folder of a virtual environment that runs, made anew when there is none. Raises ServiceFailed."""
    environment = checkout / ".venv"
    if not _runs(environment / "bin" / "python"):
        _make(environment, log)
    return environment


def _compile(python: Path, environment: Path, log: Path) -> None:
    """On all cores, which pip does not; a file that cannot be compiled is somebody's test data."""
    compile_folders(python, [environment / "lib"], log)


def compile_folders(python: Path, folders: Sequence[Path], log: Path) -> None:
    """Once for all programs, which else would each compile the same; folders that are read-only stay as they are."""
    command = [str(python), "-m", "compileall", "-q", "-j", "0", "-x", SELDOM_USED]
    words = (*command, *(str(folder) for folder in folders))
    run_once(Launch(log.stem, words, log.parent, os.environ, log, umask=0o022), INSTALL_SECONDS)


def _make(environment: Path, log: Path) -> None:
    """A pip that is here already installs from outside: making one more takes longer than Kafka's start."""
    shutil.rmtree(environment, ignore_errors=True)
    if has_pip(Path(sys.executable)):
        command = [sys.executable, "-m", "venv", "--without-pip", str(environment)]
        _call(command, log, "a virtual environment cannot be made")
        return
    try:
        _call([sys.executable, "-m", "venv", str(environment)], log, "no virtual environment")
    except ServiceFailed:
        shutil.rmtree(environment, ignore_errors=True)
        command = [sys.executable, "-m", "venv", "--without-pip", str(environment)]
        _call(command, log, "a virtual environment cannot be made")


def _runs(python: Path) -> bool:
    if not python.exists():
        return False
    return subprocess.run([str(python), "-c", ""], capture_output=True, check=False).returncode == 0


def _call(command: list[str], log: Path, complaint: str) -> None:
    variables = {**os.environ, "PIP_NO_INPUT": "1"}
    launch = Launch("packages", tuple(command), log.parent, variables, log, umask=0o022)
    code, said = run_once(launch, INSTALL_SECONDS)
    if code == 0:
        return
    remedy = VENV_REMEDY if "venv" in command else "./quickstart doctor"
    raise ServiceFailed(f"{complaint}: {why(said)}", remedy)


def _read_stamp(stamp: Path) -> dict[str, str]:
    try:
        content: dict[str, str] = json.loads(stamp.read_text())
    except (OSError, ValueError):
        return {}
    return content
