"""The running product as the browser tests find it: its addresses, its people, what stands in it."""

from __future__ import annotations

import functools
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from mesh.quickstart.browser import Client

T = TypeVar("T")


@dataclass
class Site:
    """Addresses and people of a product that `./quickstart` started."""

    base: str
    registry: str
    kafka: str
    people: dict[str, dict[str, str]]
    _sessions: dict[str, Client] = field(default_factory=dict)

    @classmethod
    def of_environment(cls) -> Site:
        """As `./runtests browser` names it."""
        file = Path(os.environ["TRIBUTARY_PEOPLE_FILE"])
        users = json.loads(file.read_text())["users"]
        return cls(
            os.environ["MESH_TEST_URL"].rstrip("/"),
            os.environ["TRIBUTARY_REGISTRY_URL"].rstrip("/"),
            os.environ["KAFKA_BOOTSTRAP"],
            {person["role"]: person for person in users},
        )

    def as_program(self, role: str) -> Client:
        """REST with that person's API key."""
        return Client(self.base, key=self.people[role]["api_key"])

    def as_person(self, role: str) -> Client:
        """REST with a password session, opened once."""
        if role not in self._sessions:
            client = Client(self.base)
            client.sign_in(self.people[role]["login"], self.people[role]["password"])
            self._sessions[role] = client
        return self._sessions[role]

    def basic(self, role: str) -> str:
        """User and password of that person's key, for stock clients."""
        _, key_id, secret = self.people[role]["api_key"].split("_", 2)
        return f"trb_{key_id}:{secret}"

    @functools.cached_property
    def places(self) -> dict[str, str]:
        """Paths of screens whose address holds an identifier."""
        ask = self.as_program("owner").ask
        subject = first(ask("GET", "/api/v1/subjects"), "name", "commerce.orders.changes-value")
        group = first(ask("GET", "/api/v1/consumer-groups"), "group_id", "warehouse-picker")
        topic = first(ask("GET", "/api/v1/topics"), "name", "commerce.orders.changes")
        incident = ask("GET", "/api/v1/incidents")["items"][0]
        waiting = ask("GET", "/api/v1/requests?state=awaiting_approval")["items"]
        request = next((row for row in waiting if row["title"].startswith("orders:")), waiting[0])
        return {
            "subject": f"/subjects/{subject['id']}",
            "group": f"/consumer-groups/{group['id']}",
            "topic": f"/topics/{topic['id']}",
            "incident": f"/incidents/{incident['number']}",
            "request": f"/governance/requests/{request['number']}",
        }


def first(answer: dict[str, Any], member: str, value: str) -> dict[str, Any]:
    """The row with this value, else the first row."""
    rows: list[dict[str, Any]] = answer["items"]
    return next((row for row in rows if row.get(member) == value), rows[0])


def until(ask: Callable[[], T | None], seconds: float, what: str) -> T:
    """The first answer that is not None; fails with what was waited for."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer is not None:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.5)
