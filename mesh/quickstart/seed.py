"""Builds the demo mesh through Tributary's public faces, as its people would: REST, sessions, registry.

Runs once; running it again after a crash goes on where it stopped, because everything it does is
refused or answered as already done the second time.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from mesh.quickstart.browser import Client, Refused
from mesh.quickstart.fleet.catalogue import document, layout, orders_schema, topic
from mesh.quickstart.fleet.teams import NEEDS

WAIT_S = 90.0
AT_ONCE = 6  # products on their way; the programs of the web and the worker share two cores
MEET_S = 6.0  # a reader that keeps up fetches a new schema within a second; it is noted later
SETTLED = ("applied", "checks_failed", "failed", "declined", "partially_applied", "compensated")
SCOPES = ["schemas:read", "schemas:write", "catalog:read", "lineage:write"]


class Seed:
    """The demo's people with their doors, and the file that its programs read."""

    def __init__(self) -> None:
        self.base = os.environ["TRIBUTARY_URL"]
        self.registry = os.environ["TRIBUTARY_REGISTRY_URL"]
        self.folder = Path(os.environ["MESH_DATA"]) / "run"
        people = json.loads(Path(os.environ["TRIBUTARY_PEOPLE_FILE"]).read_text())["users"]
        self.people = {person["role"]: person for person in people}
        self.keys = {
            role: Client(self.base, key=person["api_key"]) for role, person in self.people.items()
        }
        self.sessions: dict[str, Client] = {}
        self.signing_in = threading.Lock()
        self.running: set[str] = set()
        self.started = time.monotonic()

    def say(self, words: str) -> None:
        """A line of progress with its seconds."""
        print(f"{time.monotonic() - self.started:6.1f} s  {words}", flush=True)

    def session(self, role: str) -> Client:
        """A password session of that person, opened once."""
        with self.signing_in:
            if role not in self.sessions:
                client = Client(self.base)
                client.sign_in(self.people[role]["login"], self.people[role]["password"])
                self.sessions[role] = client
            return self.sessions[role]

    # -- people and places ------------------------------------------------------------------

    def places(self) -> None:
        """Domains, teams with members, and one service account per team."""
        wanted = layout()
        for domain in wanted["domains"]:
            self.once("governor", "/api/v1/domains", domain)
        for team in wanted["teams"]:
            members = team.pop("members")
            self.once("governor", "/api/v1/teams", team)
            for role, rank in members.items():
                body = {"login": self.people[role]["login"], "role": rank}
                self.keys["governor"].ask("POST", f"/api/v1/teams/{team['slug']}/members", body)
        self.say(f"{len(wanted['domains'])} domains and {len(wanted['teams'])} teams stand")
        self.accounts([team["slug"] for team in wanted["teams"]])

    def once(self, role: str, path: str, body: dict[str, Any]) -> None:
        """POST; an object that exists already is fine."""
        try:
            self.keys[role].ask("POST", path, body)
        except Refused as error:
            if error.status != 409:
                raise

    def accounts(self, teams: Sequence[str]) -> None:
        """A service account per team; its key is shown once, so it is kept for the programs."""
        kept = self.deployed()
        known: dict[str, str] = kept.get("accounts", {})
        for team in teams:
            if team in known:
                continue
            name = f"{team.removesuffix('-team')}-service"
            body = {"name": name, "team": team, "scopes": SCOPES}
            answer = self.keys["admin"].ask("POST", "/api/v1/service-accounts", body)
            known[team] = answer["key"]
            self.deploy({**kept, "accounts": known})

    def deployed(self) -> dict[str, Any]:
        """What the programs read: their keys and the deployed version of the order."""
        path = self.folder / "fleet.json"
        loaded: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"accounts": {}}
        return loaded

    def deploy(self, state: dict[str, Any]) -> None:
        """Write the programs' file in one step."""
        path = self.folder / "fleet.json"
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(state))
        fresh.chmod(0o600)
        fresh.replace(path)

    # -- products ----------------------------------------------------------------------------

    def products(self) -> None:
        """Bring every product to life as soon as its inputs live, several at once."""
        waiting = list(layout()["order"])
        alive: set[str] = set()
        coming: dict[Future[None], str] = {}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while waiting or coming:
                for slug in [slug for slug in waiting if inputs_of(slug) <= alive]:
                    waiting.remove(slug)
                    coming[pool.submit(self.product, slug)] = slug
                for future in wait(coming, return_when=FIRST_COMPLETED).done:
                    alive.add(coming.pop(future))
                    future.result()
                self.start_programs(alive)
        self.say(f"{len(alive)} products live")

    def product(self, slug: str) -> None:
        """Register one product and see it through; who asks never approves."""
        number = self.register(slug)
        if number is not None:
            self.follow(slug, number)
        self.say(f"{slug} lives")

    def register(self, slug: str) -> int | None:
        """Send a product's manifest; None when nothing is to do."""
        asker = self.asker(slug)
        entry = {"file": f"{slug}.yaml", "line": 1, "document": document(slug)}
        body = {"documents": [entry]}
        key = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        answer = self.keys[asker].ask(
            "POST", "/api/v1/manifests?dry_run=false", body, Idempotency_Key=key
        )
        number = answer.get("request")
        return None if number is None else int(number)

    def asker(self, slug: str) -> str:
        """The engineer asks for the owner's teams; the other teams' owner asks herself."""
        team = document(slug)["spec"]["team"]
        members = next(entry["members"] for entry in layout()["teams"] if entry["slug"] == team)
        return "engineer" if "engineer" in members else "consumer"

    def follow(self, slug: str, number: int) -> None:
        """Approve a request as somebody else and wait until it is applied. Raises RuntimeError."""
        approver = "owner" if self.asker(slug) == "engineer" else "steward"
        request = self.wait_for(number, ("awaiting_approval", *SETTLED))
        for role in (approver, "governor"):  # the governor agrees where personal data first appears
            if request["state"] != "awaiting_approval":
                break
            request = self.approve(number, role, request)
        request = self.wait_for(number, SETTLED)
        if request["state"] != "applied":
            raise RuntimeError(
                f"request {number} for {slug} ended as {request['state']}: {request.get('failure')}"
            )

    def approve(self, number: int, role: str, request: dict[str, Any]) -> dict[str, Any]:
        """One vote on the plan as it was read; the request afterwards."""
        body = {
            "plan_hash": request["plan_hash"],
            "reason": "Read the plan; it is what we agreed.",
        }
        answer: dict[str, Any] = self.session(role).ask(
            "POST",
            f"/api/v1/requests/{number}/approve",
            body,
            If_Match=f'"r{request["revision"]}"',
        )
        return answer

    def wait_for(self, number: int, states: Sequence[str]) -> dict[str, Any]:
        """Poll a request until it is in one of the states. Raises RuntimeError after WAIT_S."""
        until = time.monotonic() + WAIT_S
        pause = 0.2
        while True:
            request = self.keys["engineer"].ask("GET", f"/api/v1/requests/{number}")
            if request["state"] in states:
                return request
            if time.monotonic() > until:
                raise RuntimeError(
                    f"request {number} is still {request['state']} after {WAIT_S:.0f} s"
                )
            time.sleep(pause)
            pause = min(1.0, pause * 1.5)

    # -- life --------------------------------------------------------------------------------

    def start_programs(self, alive: set[str]) -> None:
        """Tell the supervisor to start the programs of each team whose topics are all there."""
        for team, needs in NEEDS.items():
            if team not in self.running and needs <= alive:
                self.running.add(team)
                print(f"FLEET {team}", flush=True)

    def evolve_orders(self) -> None:
        """Once the loyalty program is switched off, the checkout deploys version 2 of its schema."""
        stopped = self.folder / "stopped-loyalty-points"
        self.wait_until(stopped.exists, "loyalty-points to stop")
        self.deploy({**self.deployed(), "orders_version": 2})
        self.wait_until(lambda: self.latest_version() >= 2, "version 2 of the order")
        self.say("orders evolved to version 2")
        self.wait_until(self.readers_are_seen, "the readers of the order to be seen")
        time.sleep(MEET_S)  # readers meet the new version before somebody asks what it would break

    def readers_are_seen(self) -> bool:
        """Whether everybody who declared to read orders was seen to: a plan names no others."""
        rows = self.keys["engineer"].ask("GET", "/api/v1/products/orders/consumers")["items"]
        declared = sum("orders" in inputs_of(slug) for slug in layout()["order"])
        return sum(1 for row in rows if row["observed"]) >= declared

    def latest_version(self) -> int:
        """The newest registered version of the order."""
        url = f"{self.registry}/subjects/{topic('orders')}-value/versions/latest"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return int(json.loads(answer.read())["version"])
        except urllib.error.HTTPError:
            return 0

    def wait_until(self, holds: Any, what: str) -> None:
        """Wait for something the programs do. Raises RuntimeError after WAIT_S."""
        until = time.monotonic() + WAIT_S
        while not holds():
            if time.monotonic() > until:
                raise RuntimeError(f"waited {WAIT_S:.0f} s for {what}")
            time.sleep(0.5)

    def ask_for_change(self) -> None:
        """A change that is legal under its level and still breaks the reader that holds version 1."""
        subject = f"{topic('orders')}-value"
        body = {
            "title": "orders: call the coupon a voucher",
            "reason": "The shop speaks of vouchers now; readers of version 2 know both names.",
            "product": "orders",
            "environment": "prod",
            "items": [
                {
                    "kind": "schema.register",
                    "object": {"subject": subject},
                    "desired": {"schema": json.dumps(orders_schema(3)), "references": []},
                }
            ],
        }
        answer = self.keys["engineer"].ask("POST", "/api/v1/requests?submit=true", body)
        self.wait_for(int(answer["number"]), ("awaiting_approval", *SETTLED))
        self.say(f"change request {answer['number']} waits for its approvers")


def inputs_of(slug: str) -> set[str]:
    """Products that must exist before this one."""
    return {entry["product"] for entry in document(slug)["spec"].get("inputs", [])}


def main() -> int:
    """0 when the mesh stands; 1 with the reason."""
    seed = Seed()
    try:
        seed.places()
        seed.products()
        seed.evolve_orders()
        seed.ask_for_change()
    except (Refused, RuntimeError, OSError) as error:
        print(f"The demo could not be built: {error}", file=sys.stderr, flush=True)
        return 1
    seed.say("the demo mesh stands")
    return 0


if __name__ == "__main__":
    sys.exit(main())
