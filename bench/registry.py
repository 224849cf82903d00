"""Requests per second and CPU of the schema registry over HTTP, in a process beside a database.

Needs DATABASE_URL of a database that may be filled: `python bench/registry.py [seconds]`. CPU is
that of the registry's process and of PostgreSQL's for this database, per request; it says what a
busy machine's rates cannot. The last line says how many cores other programs used meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import secrets
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CHECKOUT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mesh.settings")
os.environ.setdefault("MESH_DEBUG", "true")

CONNECTIONS = 16
WRITERS = 8
SUBJECTS, VERSIONS = 100, 5
Ask = Callable[[int], bytes]


def schema(seed: int, version: int, last: str = "") -> str:
    """A record of 20 fields; each version adds an optional one, and so does `last`."""
    fields: list[dict[str, object]] = [
        {"name": f"field_{number}", "type": "string"} for number in range(20)
    ]
    fields += [
        {"name": name, "type": ["null", "long"], "default": None}
        for name in [*(f"added_{seed}_{number}" for number in range(version)), last]
        if name
    ]
    return json.dumps({"type": "record", "name": f"R{seed}", "fields": fields})


class Server:
    """The registry in a process of its own, with anonymous reads and open registration."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        words = ["-m", "uvicorn", "mesh.registry_asgi:application", "--host", "127.0.0.1"]
        words += ["--port", str(self.port), "--no-access-log", "--log-level", "error"]
        variables = {**os.environ, "MESH_ROLE": "registry", "MESH_ANONYMOUS_REGISTRY_READ": "true"}
        variables["MESH_OPEN_REGISTRATION"] = "true"
        # As in production: with debugging on Django writes down every statement.
        variables["MESH_DEBUG"] = "false"
        variables.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
        self.program = subprocess.Popen(
            [sys.executable, *words], cwd=CHECKOUT, env=variables, stdin=subprocess.DEVNULL
        )

    def await_ready(self) -> float:
        """Seconds until it answers."""
        began = time.monotonic()
        while time.monotonic() - began < 30:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1):
                    return time.monotonic() - began
            except OSError:
                time.sleep(0.02)
        raise RuntimeError("the registry did not start")

    def memory_mib(self) -> float:
        """Resident memory of the process."""
        status = Path(f"/proc/{self.program.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def stop(self) -> None:
        """End it."""
        self.program.terminate()
        self.program.wait(timeout=15)


def key_header() -> str:
    """Basic credentials of an engineer's key, made for this run."""
    import django

    django.setup()
    from mesh.people.keys import generate
    from mesh.people.models import ApiKey, Membership, Team, User

    team = Team.objects.get_or_create(slug="bench-team", defaults={"name": "Bench"})[0]
    user = User.objects.get_or_create(login="bench", defaults={"label": "Bench"})[0]
    Membership.objects.get_or_create(team=team, user=user, defaults={"role": "engineer"})
    text = generate()
    ApiKey.objects.create(
        key_id=text.key_id,
        secret_sha256=text.digest,
        scopes=["schemas:read", "schemas:write"],
        user=user,
    )
    basic = b64encode(f"bench:{text.whole}".encode()).decode()
    return f"Authorization: Basic {basic}\r\n"


def get(path: str, header: str = "") -> bytes:
    """A GET request."""
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n{header}\r\n".encode()


def post(path: str, body: dict[str, object], header: str) -> bytes:
    """A POST request."""
    content = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{header}"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


@dataclass
class Run:
    """One mix: its requests, how long or how many at most, and what came of it."""

    ask: Ask
    seconds: float
    most: int = 10**9
    times: list[float] = field(default_factory=list)
    errors: int = 0
    began: float = field(default_factory=time.perf_counter)
    numbers: Iterator[int] = field(init=False)

    def __post_init__(self) -> None:
        self.numbers = iter(range(self.most))

    def next_request(self) -> bytes | None:
        """The next one, or None at the end."""
        if time.perf_counter() - self.began > self.seconds:
            return None
        number = next(self.numbers, None)
        return None if number is None else self.ask(number)

    @property
    def rate(self) -> float:
        return len(self.times) / (time.perf_counter() - self.began)


class Client(asyncio.Protocol):
    """A connection that asks, waits for the answer, and asks again."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._received = b""
        self._sent = 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(error or ConnectionError("the registry hung up"))

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self.run.times.append((time.perf_counter() - self._sent) * 1000)
        self.run.errors += int(head[9:12]) >= 400
        self._ask()

    def _ask(self) -> None:
        self._received = b""
        request = self.run.next_request()
        if request is None:
            self.ended.set_result(None)
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)


def _length(head: bytes) -> int:
    found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    return int(found.group(1)) if found else 0


async def load(port: int, run: Run, connections: int) -> Run:
    """The run with its times, asked on so many connections at once."""
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: Client(run), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(client.ended for _, client in made))
    run.times.sort()
    return run


TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process; 0 for one that is gone or on another machine."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(words[11]) + int(words[12])) / TICKS


def busy_seconds() -> float:
    """CPU that all programs of the machine used since it started."""
    words = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _, _, interrupts, soft = (int(word) for word in words[:7])
    return (user + nice + system + interrupts + soft) / TICKS


class Meter:
    """CPU of the registry and of the database's processes since the last look."""

    def __init__(self, server: int) -> None:
        import psycopg

        self.server = server
        self._database = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
        self._seen: dict[int, float] = {}
        self._busy = self._own = 0.0
        self.look()

    def look(self) -> tuple[float, float, float]:
        """Seconds of the registry, of PostgreSQL, and of everything else but this client."""
        rows = self._database.execute(
            "select pid from pg_stat_activity where datname = current_database()"
        ).fetchall()
        now = {pid: cpu_seconds(pid) for pid in [self.server, *(row[0] for row in rows)]}
        used = {pid: seconds - self._seen.get(pid, 0.0) for pid, seconds in now.items()}
        busy, own = busy_seconds(), time.process_time()
        total, mine = busy - self._busy, own - self._own
        self._seen, self._busy, self._own = now, busy, own
        ours = used.pop(self.server)
        database = sum(used.values())
        return ours, database, max(total - mine - ours - database, 0.0)


def told(name: str, run: Run, meter: Meter) -> None:
    """One line of the table."""
    wall = time.perf_counter() - run.began
    registry, database, others = meter.look()
    count = max(len(run.times), 1)
    p50, p99 = run.times[count // 2], run.times[int(count * 0.99)]
    print(
        f"{name:34} {len(run.times) / wall:>7,.0f} req/s  p50 {p50:7.2f}  p99 {p99:7.2f} ms  "
        f"CPU {registry / count * 1000:6.2f} + {database / count * 1000:5.2f} ms  "
        f"others {others / wall:4.2f} cores  errors {run.errors}",
        flush=True,
    )


class Mixes:
    """What is asked, of subjects that this run registered."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.run = random.randrange(10**9)
        self.preload = [(seed, number) for number in range(VERSIONS) for seed in range(SUBJECTS)]
        self.ids = (1, 1)

    def register(self, number: int) -> bytes:
        """New content: the next version of the next subject."""
        return self._posted(*self.preload[number], "/versions")

    def register_more(self, number: int) -> bytes:
        """New content in new subjects."""
        path = f"/subjects/bench-{self.run}-more-{number}/versions"
        return post(path, {"schema": schema(self.run + SUBJECTS + number, 0)}, self.key)

    def by_id(self, number: int) -> bytes:
        """Any of the registered ids."""
        return get(f"/schemas/ids/{random.randint(*self.ids)}", self.key)

    def uncached(self, number: int) -> bytes:
        """The same with an address that nobody asked before."""
        return get(f"/schemas/ids/{random.randint(*self.ids)}?n={number}", self.key)

    def again(self, number: int) -> bytes:
        """Content that is registered."""
        return self._posted(*random.choice(self.preload), "/versions")

    def look_up(self, number: int) -> bytes:
        """Content that is registered, asked for."""
        return self._posted(*random.choice(self.preload), "")

    def check(self, number: int) -> bytes:
        """A candidate of about 20 fields that nobody saw before, against the latest version."""
        seed, version = random.choice(self.preload)
        body: dict[str, object] = {"schema": schema(self.run + seed, version, f"new_{number}")}
        path = f"/compatibility/subjects/bench-{self.run}-{seed}/versions/latest"
        return post(path, body, self.key)

    def _posted(self, seed: int, version: int, end: str) -> bytes:
        body: dict[str, object] = {"schema": schema(self.run + seed, version)}
        return post(f"/subjects/bench-{self.run}-{seed}{end}", body, self.key)


async def measure(server: Server, seconds: float, key: str) -> None:
    """All mixes in turn."""
    mixes, meter = Mixes(key), Meter(server.program.pid)
    run = Run(mixes.register, 600, len(mixes.preload))
    told(
        f"register new ({len(mixes.preload)} schemas)", await load(server.port, run, WRITERS), meter
    )
    top = await highest_id()
    mixes.ids = (max(1, top - len(mixes.preload) + 1), top)
    order: tuple[tuple[str, Ask, int], ...] = (
        ("GET by id, cold", mixes.by_id, CONNECTIONS),
        ("GET by id, kept", mixes.by_id, CONNECTIONS),
        ("GET by id, never kept", mixes.uncached, CONNECTIONS),
        ("register the same again", mixes.again, WRITERS),
        ("lookup", mixes.look_up, WRITERS),
        ("compatibility check", mixes.check, WRITERS),
    )
    for name, ask, connections in order:
        told(name, await load(server.port, Run(ask, seconds), connections), meter)
    reads, writes = Run(mixes.by_id, seconds), Run(mixes.register_more, seconds)
    await asyncio.gather(load(server.port, reads, CONNECTIONS), load(server.port, writes, WRITERS))
    told("GET by id, kept, beside 8 writers", reads, meter)
    print(f"{'  registered meanwhile':34} {writes.rate:>7,.0f} req/s  errors {writes.errors}")


async def highest_id() -> int:
    """The newest schema id."""
    from asgiref.sync import sync_to_async

    from schemas.models import RegistryContext

    number: int = await sync_to_async(
        lambda: RegistryContext.objects.values_list("last_id", flat=True).get(name=".")
    )()
    return number


def main() -> None:
    import uvloop

    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 4.0
    key = key_header()
    server = Server()
    try:
        print(f"ready after {server.await_ready():.1f} s, {server.memory_mib():.0f} MiB")
        uvloop.run(measure(server, seconds, key))
        print(f"memory at the end {server.memory_mib():.0f} MiB")
    finally:
        server.stop()


if __name__ == "__main__":
    main()
