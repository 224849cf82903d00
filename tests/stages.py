"""The test run of `./runtests`: services for it, its stages, one table at the end."""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO
from xml.etree import ElementTree

from mesh.quickstart.packages import RUN_FILES, keep_packages
from mesh.quickstart.places import CHECKOUT, find_places
from mesh.quickstart.services.contract import ServiceFailed
from tests.locking import lock
from tests.product import Product, find_chromium
from tests.servers import Servers

STAGES = ("check", "rules", "house", "rooms", "faces", "broker", "browser")
OTHERS = ("all", "lock", "openapi")
WITH_BROKER = ("broker", "browser")
# Of all stages these run three at a time, each in one process: nothing is imported and no database
# made twice, and two cores stay busy while house tests wait for the programs they start. In this
# order all end together.
SIDE_BY_SIDE = ("faces", "rooms", "house", "check", "rules")
AT_A_TIME = 3
# A stage that runs alone is shared out; house tests start programs and wait for them.
PARALLEL = ("rules", "rooms", "faces")
WORKERS = "2"
DEVELOPMENT_FILES = (*RUN_FILES, "requirements-dev.txt")
STAGE_SECONDS = {
    "check": 300,
    "rules": 300,
    "house": 300,
    "rooms": 900,
    "faces": 900,
    "broker": 1200,
    "browser": 1200,
}
NO_TESTS = 5
PYTHON = CHECKOUT / ".venv" / "bin" / "python"
TOOLS = PYTHON.parent


@dataclass(slots=True)
class Outcome:
    """What one stage came to."""

    stage: str
    seconds: float = 0.0
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    remarks: list[str] = field(default_factory=list)


def main(words: Sequence[str]) -> int:
    """Run what was asked for; 0 only when nothing failed, and under --strict nothing was skipped."""
    asked, pytest_words = _parse(words)
    if asked.stage == "lock":
        _prepare()
        return lock(CHECKOUT)
    if asked.stage == "openapi":
        _prepare()
        return write_openapi()
    stages = STAGES if asked.stage == "all" else (asked.stage,)
    began = time.monotonic()
    _prepare()
    folder = Path(tempfile.mkdtemp(prefix="tributary-tests-"))
    servers = Servers(folder, find_places(), prefer=asked.pg or "")
    try:
        outcomes = _run_stages(stages, servers, folder, pytest_words)
    finally:
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return _conclude(outcomes, time.monotonic() - began, strict=asked.strict)


def _parse(words: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="./runtests", description="Run the tests. Further words go to pytest."
    )
    parser.add_argument("stage", nargs="?", default="all", choices=(*STAGES, *OTHERS))
    parser.add_argument("--strict", action="store_true", help="a skipped test fails the run")
    parser.add_argument("--pg", choices=("wheel", "system"), help="which PostgreSQL to run on")
    if words and words[0] not in (*STAGES, *OTHERS) and not words[0].startswith("-"):
        parser.error(f"no stage named {words[0]!r}: say one of {', '.join((*STAGES, *OTHERS))}")
    return parser.parse_known_args(list(words))


def write_openapi() -> int:
    """Write docs/openapi.yaml anew from the views; needs no database."""
    words = [str(PYTHON), "manage.py", "spectacular", "--file", "docs/openapi.yaml"]
    return subprocess.run(
        words, cwd=CHECKOUT, env={**os.environ, "MESH_DEBUG": "true"}, timeout=120, check=False
    ).returncode


def _prepare() -> None:
    began = time.monotonic()
    logs = CHECKOUT / "var" / "log"
    logs.mkdir(parents=True, exist_ok=True)
    if keep_packages(CHECKOUT, logs / "packages.log", DEVELOPMENT_FILES):
        print(f"Python packages installed in {time.monotonic() - began:.1f} s", flush=True)


def _run_stages(
    stages: Sequence[str], servers: Servers, folder: Path, pytest_words: list[str]
) -> list[Outcome]:
    outcomes = []
    if len(stages) > 1:
        outcomes = _run_side_by_side(servers, folder, ["-n", "0", *pytest_words])
        stages = [stage for stage in stages if stage not in SIDE_BY_SIDE]
    for stage in stages:
        print(f"\n=== {stage} ===", flush=True)
        outcomes.append(_run_stage(stage, servers, folder, pytest_words, sys.stdout))
    return sorted(outcomes, key=lambda outcome: STAGES.index(outcome.stage))


def _run_side_by_side(servers: Servers, folder: Path, pytest_words: list[str]) -> list[Outcome]:
    """Run them a few at a time; what a stage says is shown whole when it ends."""
    print(f"\n=== {', '.join(SIDE_BY_SIDE)}: {AT_A_TIME} at a time ===", flush=True)
    # A failure to start is every stage's own, and said there.
    with contextlib.suppress(ServiceFailed):
        servers.start_for("rooms", with_broker=False)

    def run(stage: str) -> Outcome:
        with (folder / f"{stage}.said").open("w") as said:
            return _run_stage(stage, servers, folder, pytest_words, said)

    outcomes = []
    with ThreadPoolExecutor(AT_A_TIME) as lanes:
        for done in as_completed([lanes.submit(run, stage) for stage in SIDE_BY_SIDE]):
            outcome = done.result()
            outcomes.append(outcome)
            said = (folder / f"{outcome.stage}.said").read_text(errors="replace")
            print(f"\n=== {outcome.stage} ===\n{said.rstrip()}", flush=True)
    return outcomes


def _run_stage(
    stage: str, servers: Servers, folder: Path, pytest_words: list[str], out: TextIO
) -> Outcome:
    began = time.monotonic()
    try:
        servers.start_for(stage, with_broker=stage in WITH_BROKER)
        outcome = _outcome_of(stage, servers, folder, pytest_words, out)
    except ServiceFailed as failure:
        outcome = Outcome(stage, failed=1, remarks=[f"{failure}   What helps: {failure.remedy}"])
    outcome.seconds = time.monotonic() - began
    return outcome


def _outcome_of(
    stage: str, servers: Servers, folder: Path, pytest_words: list[str], out: TextIO
) -> Outcome:
    environment = servers.environment(stage)
    if stage == "check":
        return _check(environment, out)
    if stage != "browser":
        return _pytest(stage, environment, folder, pytest_words, out)
    chromium = find_chromium()
    if chromium is None:
        return Outcome(
            stage, skipped=1, remarks=["no Chromium: apt install chromium, or set MESH_CHROMIUM"]
        )
    with Product(folder / "product", servers.programs) as product:
        environment = {**environment, **product.environment(), "MESH_CHROMIUM": chromium}
        return _pytest(stage, environment, folder, pytest_words, out)


def _pytest(
    stage: str, environment: dict[str, str], folder: Path, words: list[str], out: TextIO
) -> Outcome:
    report = folder / f"{stage}.xml"
    options = ["-q", f"--junitxml={report}", "-o", "junit_family=xunit1"]
    if stage in PARALLEL and not any(word.startswith(("-n", "--numprocesses")) for word in words):
        options += ["-n", WORKERS]
    command = [str(PYTHON), "-m", "pytest", f"tests/{stage}", *options, *words]
    code = _call(command, environment, STAGE_SECONDS[stage], out)
    if code == NO_TESTS:
        return Outcome(stage, skipped=1, remarks=["the stage has no tests"])
    outcome = _count(stage, report)
    if code != 0 and outcome.failed == 0:
        outcome.failed = 1
        outcome.remarks.append(f"pytest ended with code {code}")
    return outcome


def _count(stage: str, report: Path) -> Outcome:
    outcome = Outcome(stage)
    if not report.exists():
        return outcome
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        numbers = {
            name: int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")
        }
        outcome.failed += numbers["failures"] + numbers["errors"]
        outcome.skipped += numbers["skipped"]
        outcome.passed += (
            numbers["tests"] - numbers["failures"] - numbers["errors"] - numbers["skipped"]
        )
    return outcome


def _check(environment: dict[str, str], out: TextIO) -> Outcome:
    outcome = Outcome("check")
    for name, command, more in _checks():
        began = time.monotonic()
        code = _call(command, {**environment, **more}, STAGE_SECONDS["check"], out, quiet=True)
        print(
            f"  {'+' if code == 0 else 'x'} {name:<22} {time.monotonic() - began:5.1f} s",
            file=out,
            flush=True,
        )
        if code == 0:
            outcome.passed += 1
        else:
            outcome.failed += 1
            outcome.remarks.append(" ".join(command[:6]))
    return outcome


def _checks() -> list[tuple[str, list[str], dict[str, str]]]:
    # Parts stay as they are: a newline at their end would show as a blank before the next word.
    templates = sorted(
        str(path.relative_to(CHECKOUT))
        for path in CHECKOUT.glob("templates/**/*.html")
        if "parts" not in path.parts
    )
    production = {
        "MESH_DEBUG": "false",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "MESH_BASE_URL": "https://mesh.example",
        "MESH_REGISTRY_URL": "https://registry.mesh.example",
    }
    rows = [
        ("format", [_tool("ruff"), "format", "--check", "."], {}),
        ("lint", [_tool("ruff"), "check", "."], {}),
        ("imports", [_tool("lint-imports")], {}),
        ("types", [_tool("mypy"), "."], {}),
        ("spelling", [_tool("codespell"), "."], {}),
        (
            "migrations complete",
            [str(PYTHON), "manage.py", "makemigrations", "--check", "--dry-run"],
            {},
        ),
        (
            "deployable",
            [str(PYTHON), "manage.py", "check", "--deploy", "--fail-level", "ERROR"],
            production,
        ),
    ]
    if templates:
        rows.append(
            ("templates", [_tool("djade"), "--check", "--target-version", "5.2", *templates], {})
        )
    return rows


def _tool(name: str) -> str:
    return str(TOOLS / name)


def _call(
    command: list[str],
    environment: dict[str, str],
    seconds: float,
    out: TextIO,
    *,
    quiet: bool = False,
) -> int:
    """Run one command; with `quiet` its words are shown only when it fails."""
    try:
        done = subprocess.run(
            command,
            cwd=CHECKOUT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if quiet else out,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        print(f"{' '.join(command[:4])} … did not end within {seconds:.0f} seconds", file=out)
        return 124
    if quiet and done.returncode != 0:
        print(done.stdout, file=out, flush=True)
    return done.returncode


def _conclude(outcomes: list[Outcome], seconds: float, *, strict: bool) -> int:
    print(f"\n{'stage':<10} {'seconds':>8} {'passed':>8} {'failed':>8} {'skipped':>8}")
    for row in outcomes:
        print(
            f"{row.stage:<10} {row.seconds:>8.1f} {row.passed:>8} {row.failed:>8} {row.skipped:>8}"
        )
        for remark in row.remarks:
            print(f"           ! {remark}")
    passed, failed, skipped = (
        sum(getattr(row, name) for row in outcomes) for name in ("passed", "failed", "skipped")
    )
    print(f"{'together':<10} {seconds:>8.1f}")
    if strict and skipped:
        print("Skipped tests fail a strict run.")
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed or (strict and skipped) else 0


if __name__ == "__main__":
    os.chdir(CHECKOUT)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
