"""Looks for what may keep the product from starting, and says what would help."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import time
from argparse import Namespace
from dataclasses import asdict, dataclass
from pathlib import Path

from mesh.quickstart.faces import switched_off
from mesh.quickstart.places import Places
from mesh.quickstart.ports import USUAL, is_free
from mesh.quickstart.services.jars import complete, local_repository, read_lock
from mesh.quickstart.services.wire import reachable
from mesh.quickstart.state import is_running, read_state

GIB = 1024**3
DISK_BYTES = MEMORY_BYTES = 2 * GIB
EARLIEST_CLOCK = 1_760_000_000  # autumn 2025: a clock before that cannot check certificates
# Pools of web, registry, worker children and beat, as the settings size them.
CONNECTIONS_NEEDED, CONNECTIONS_ALLOWED = 43, 100


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: `ok`, `warn` or `red`."""

    name: str
    state: str
    detail: str
    remedy: str = ""


def doctor(places: Places, asked: Namespace) -> int:
    """Print every finding; exit code 1 when one is red."""
    findings = examine(places)
    if asked.json:
        print(json.dumps({"checks": [asdict(finding) for finding in findings]}, indent=1))
    else:
        for finding in findings:
            sign = {"ok": "+", "warn": "!", "red": "x"}[finding.state]
            remedy = f"   What helps: {finding.remedy}" if finding.remedy else ""
            print(f"  {sign} {finding.name:<18} {finding.detail}{remedy}")
    return 1 if any(finding.state == "red" for finding in findings) else 0


def examine(places: Places) -> list[Finding]:
    """All findings; touches nothing."""
    running = is_running(places)
    return [
        _python(),
        _account(places),
        _disk(places),
        _memory(),
        _clock(),
        _writable(places),
        _packages(places),
        *_ports(places, running=running),
        _java(),
        _jars(places),
        *_given_urls(),
        _connections(),
        *_services(places, running=running),
        *_durability(places, running=running),
    ]


def _python() -> Finding:
    return Finding("Python", "ok", f"{platform.python_version()}  {sys.executable}")


def _account(places: Places) -> Finding:
    account = places.service_account
    if account is None:
        return Finding("Account", "ok", f"uid {os.geteuid()}, everything runs under it")
    if places.keeps_root:
        detail = f"services run as uid {account.uid}, the application stays root"
        return Finding(
            "Account", "warn", detail, "put checkout and Python where that uid may read them"
        )
    return Finding("Account", "ok", f"root drops to uid {account.uid}")


def _disk(places: Places) -> Finding:
    folder = next(
        parent for parent in (places.services, *places.services.parents) if parent.exists()
    )
    free = shutil.disk_usage(folder).free
    state = "ok" if free >= DISK_BYTES else "red"
    return Finding(
        "Disk",
        state,
        f"{free / GIB:.1f} GiB free at {folder}",
        "" if state == "ok" else "free 2 GiB",
    )


def _memory() -> Finding:
    try:
        text = Path("/proc/meminfo").read_text()
    except OSError:
        return Finding("Memory", "ok", "not told by this system")
    available = next(
        int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("MemAvailable")
    )
    if available < MEMORY_BYTES:
        return Finding(
            "Memory",
            "red",
            f"{available / GIB:.1f} GiB available",
            "./quickstart --no-demo needs less",
        )
    return Finding("Memory", "ok", f"{available / GIB:.1f} GiB available")


def _clock() -> Finding:
    now = time.time()
    shown = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    if now < EARLIEST_CLOCK:
        return Finding("Clock", "red", f"{shown} is in the past", "set the clock")
    return Finding("Clock", "ok", shown)


def _writable(places: Places) -> Finding:
    folder = next(parent for parent in (places.data, *places.data.parents) if parent.exists())
    if os.access(folder, os.W_OK):
        return Finding("Data folder", "ok", str(places.data))
    return Finding(
        "Data folder", "red", f"{folder} cannot be written", "MESH_DATA=/a/folder ./quickstart"
    )


def _packages(places: Places) -> Finding:
    if places.python.exists():
        return Finding("Python packages", "ok", str(places.checkout / ".venv"))
    return Finding("Python packages", "warn", "not installed yet: the first start does it")


def _ports(places: Places, *, running: bool) -> list[Finding]:
    if running:
        used = read_state(places)["ports"]
        return [Finding("Ports", "ok", ", ".join(f"{name} {port}" for name, port in used.items()))]
    taken = [f"{name} {port}" for name, port in USUAL.items() if not is_free(port)]
    if taken:
        return [Finding("Ports", "warn", f"in use: {', '.join(taken)}; free ones will be chosen")]
    return [Finding("Ports", "ok", "the usual ones are free")]


def _java() -> Finding:
    home = os.environ.get("JAVA_HOME", "")
    found = (Path(home) / "bin" / "java").exists() if home else shutil.which("java")
    if found:
        return Finding("Java", "ok", f"JAVA_HOME {home}" if home else str(found))
    return Finding("Java", "warn", "none: a runtime is fetched with Kafka")


def _jars(places: Places) -> Finding:
    version, jars = read_lock()
    if complete(places.services / "services" / f"kafka-{version}", jars):
        return Finding("Kafka", "ok", f"{version} is at hand")
    local = local_repository(os.environ)
    if all((local / jar.repository_path).exists() for jar in jars):
        return Finding("Kafka", "ok", f"{version} is complete in {local}")
    source = os.environ.get("MESH_MAVEN_URL", "the Maven repositories")
    return Finding("Kafka", "warn", f"{version} is fetched from {source} at the first start")


def _given_urls() -> list[Finding]:
    findings = []
    for name, default in (("DATABASE_URL", 5432), ("REDIS_URL", 6379), ("KAFKA_BOOTSTRAP", 9092)):
        text = os.environ.get(name, "")
        if not text:
            continue
        place = text.split("://")[-1].rpartition("@")[2].split("/")[0].split(",")[0]
        host, _, port = place.rpartition(":") if ":" in place else (place, "", str(default))
        reason = (
            reachable(host.strip("[]"), int(port)) if port.isdigit() else "the port is no number"
        )
        findings.append(
            Finding(
                name, "red" if reason else "ok", f"{host}:{port} {reason or 'accepts connections'}"
            )
        )
    return findings


def _connections() -> Finding:
    share = CONNECTIONS_NEEDED / CONNECTIONS_ALLOWED
    detail = f"{CONNECTIONS_NEEDED} of {CONNECTIONS_ALLOWED} PostgreSQL connections at most ({share:.0%})"
    return Finding("Connections", "ok" if share < 0.8 else "red", detail)


def _services(places: Places, *, running: bool) -> list[Finding]:
    if not running:
        return [Finding("Services", "ok", "not running")]
    good = ("running", "external", "finished")
    return [
        Finding(
            row["name"],
            "ok" if row["state"] in good else "red",
            f"{row['state']}  {row['origin']}",
            "" if row["state"] in good else f"./quickstart logs {row['name']}",
        )
        for row in read_state(places)["services"]
    ]


def _durability(places: Places, *, running: bool) -> list[Finding]:
    """Only the running web knows: it asks in the session that it writes with."""
    web = read_state(places)["urls"].get("web", "") if running else ""
    off = switched_off(web) if web else None
    if off is None:
        return []
    if not off:
        return [Finding("Durability", "ok", "PostgreSQL keeps what it has acknowledged")]
    return [
        Finding(
            "Durability",
            "warn",
            f"off in PostgreSQL: {', '.join(off)}; a power cut may lose schema ids and hand them out again",
            f"ALTER SYSTEM SET {off[0]} = on",
        )
    ]
