"""What `status` and `secrets` show, as text and as JSON."""

from __future__ import annotations

from typing import Any

from mesh.quickstart.memory import family_bytes
from mesh.quickstart.places import Places
from mesh.quickstart.secrets import read_people
from mesh.quickstart.state import is_running, read_state, same_process

URLS = ("web", "registry", "kafka")


def status(places: Places) -> dict[str, Any]:
    """The document of `status --json`: what the state file says, checked against the process table."""
    recorded = read_state(places)
    running = is_running(places)
    services = [_service(row, running) for row in recorded["services"]]
    state = recorded["state"] if running else "stopped"
    seeded = recorded["demo"].get("state", "off")
    document: dict[str, Any] = {
        "state": state,
        "urls": {name: recorded["urls"].get(name, "") for name in URLS},
        "services": services if running else [],
        "steps": recorded["steps"] if running else [],
        "demo": {"state": "off" if seeded == "seeding" and not running else seeded},
    }
    if running and recorded.get("troubles"):
        document["troubles"] = recorded["troubles"]
    if recorded["demo"].get("reason"):
        document["demo"]["reason"] = recorded["demo"]["reason"]
    return document


def people(places: Places) -> dict[str, Any]:
    """The document of `secrets --json`."""
    names = ("role", "login", "password", "api_key")
    return {
        "users": [{name: user[name] for name in names} for user in read_people(places)["users"]]
    }


def status_lines(document: dict[str, Any]) -> list[str]:
    """The same for a person."""
    lines = [f"Tributary is {document['state']}."]
    lines += [f"  {name:<10} {url}" for name, url in document["urls"].items() if url]
    for row in document["services"]:
        size = f"{row['memory_bytes'] / 1024**2:6.0f} MiB" if row["memory_bytes"] else " " * 10
        lines.append(
            f"  {row['name']:<24} {row['state']:<11} {row['pid'] or '':>7} {size}  {row['origin']}"
        )
    total = sum(row["memory_bytes"] or 0 for row in document["services"])
    if total:
        lines.append(f"  {'together':<24} {'':<11} {'':>7} {total / 1024**2:6.0f} MiB")
    demo = document["demo"]
    reason = f" ({demo['reason']})" if demo.get("reason") else ""
    lines.append(f"  demo: {demo['state']}{reason}")
    lines += [f"  ! {name}: {reason}" for name, reason in document.get("troubles", {}).items()]
    return lines


def people_lines(document: dict[str, Any]) -> list[str]:
    """A table of logins."""
    lines = [f"  {'login':<10} {'password':<20} API key"]
    lines += [
        f"  {user['login']:<10} {user['password']:<20} {user['api_key']}"
        for user in document["users"]
    ]
    return lines


def _service(row: dict[str, Any], running: bool) -> dict[str, Any]:
    pid, state = row.get("pid"), row["state"]
    if pid and not (running and same_process(pid, row.get("started_ticks", 0))):
        pid, state = None, "stopped"
    return {
        "name": row["name"],
        "state": state,
        "pid": pid,
        "origin": row["origin"],
        "memory_bytes": family_bytes(pid),
    }
