"""Writes the state file whenever something changes, from what the supervisor sees."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

from mesh.quickstart.children import Child
from mesh.quickstart.places import Places
from mesh.quickstart.state import write_json
from mesh.quickstart.tether import start_ticks


@dataclass(slots=True)
class Board:
    """What `status` and the next start will read."""

    places: Places
    ports: dict[str, int]
    urls: dict[str, str]
    demo: dict[str, str]
    state: str = "starting"
    origins: dict[str, str] = field(default_factory=dict)
    outside: dict[str, str] = field(default_factory=dict)
    steps: list[dict[str, object]] = field(default_factory=list)
    troubles: dict[str, str] = field(default_factory=dict)
    written: dict[str, Any] = field(default_factory=dict)

    def write(self, children: dict[str, Child]) -> None:
        """Replace the file when its content would differ."""
        rows = [
            service_row(child, self.origins.get(child.name, "application"))
            for child in children.values()
        ]
        rows += [
            {"name": name, "state": state, "pid": None, "origin": self.origins.get(name, "")}
            for name, state in self.outside.items()
        ]
        content = {
            "version": 1,
            "supervisor": {"pid": os.getpid(), "started_ticks": start_ticks(os.getpid())},
            "state": self.state,
            "urls": self.urls,
            "ports": self.ports,
            "services": rows,
            "demo": self.demo,
            "troubles": self.troubles,
            "steps": self.steps,
            "services_folder": str(self.places.services),
        }
        if content != self.written:
            write_json(self.places.state, content)
            self.written = content


def service_row(child: Child, origin: str) -> dict[str, Any]:
    """One program as the state file shows it."""
    return {
        "name": child.name,
        "state": child_state(child),
        "pid": child.pid,
        "started_ticks": child.ticks,
        "stop_signal": int(child.launch.stop_signal),
        "origin": origin,
    }


def child_state(child: Child) -> str:
    """In one word: running, restarting, failed, finished or stopped."""
    if child.failed:
        return "failed"
    if child.pid is not None:
        return "running"
    if child.due:
        return "restarting"
    return "finished" if child.exit_code == 0 else "stopped"
