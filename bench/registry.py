"""Requests per second of the schema registry over HTTP, its own process beside a database.

Needs DATABASE_URL of a database that may be filled: `python bench/registry.py [seconds]`.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import secrets
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CHECKOUT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mesh.settings")
os.environ.setdefault("MESH_DEBUG", "true")

CONNECTIONS = 16
WRITERS = 8
SUBJECTS, VERSIONS = 100, 5
Ask = Callable[[int], bytes]


def schema(seed: int, version: int) -> str:
    """A record of 20 fields; each version adds an optional one."""
    fields: list[dict[str, object]] = [
        {"name": f"field_{number}", "type": "string"} for number in range(20)
    ]
    fields += [
        {"name": f"added_{seed}_{number}", "type": ["null", "long"], "default": None}
        for number in range(version)
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


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of one answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    length = next(
        (
            int(line[15:])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        ),
        0,
    )
    return status, await reader.readexactly(length)


async def load(
    port: int, ask: Ask, *, connections: int, seconds: float, most: int | None = None
) -> tuple[float, list[float], int]:
    """Requests per second, times in ms, and answers that were errors."""
    numbers = iter(range(10**9))
    times: list[float] = []
    errors = 0
    until = time.perf_counter() + seconds

    async def one() -> None:
        nonlocal errors
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < until:
            number = next(numbers)
            if most is not None and number >= most:
                break
            began = time.perf_counter()
            writer.write(ask(number))
            status, _ = await read_answer(reader)
            times.append((time.perf_counter() - began) * 1000)
            errors += status >= 400
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    return len(times) / (time.perf_counter() - began), sorted(times), errors


def told(name: str, outcome: tuple[float, list[float], int]) -> None:
    """One line of the table."""
    rate, times, errors = outcome
    p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
    print(
        f"{name:34} {rate:>9,.0f} req/s   p50 {p50:7.2f} ms   p99 {p99:7.2f} ms   errors {errors}"
    )


async def measure(port: int, seconds: float, key: str) -> None:
    """All mixes in turn."""
    run = random.randrange(10**9)
    preload = [(seed, version) for version in range(VERSIONS) for seed in range(SUBJECTS)]

    def register(number: int) -> bytes:
        seed, version = preload[number]
        body: dict[str, object] = {"schema": schema(run + seed, version)}
        return post(f"/subjects/bench-{run}-{seed}/versions", body, key)

    outcome = await load(port, register, connections=WRITERS, seconds=600, most=len(preload))
    told(f"register new ({len(preload)} schemas)", outcome)
    top = await highest_id(port, key)
    low = max(1, top - len(preload) + 1)

    def by_id(number: int) -> bytes:
        return get(f"/schemas/ids/{random.randint(low, top)}", key)

    def uncached(number: int) -> bytes:
        return get(f"/schemas/ids/{random.randint(low, top)}?n={number}", key)

    def again(number: int) -> bytes:
        seed, version = random.choice(preload)
        body: dict[str, object] = {"schema": schema(run + seed, version)}
        return post(f"/subjects/bench-{run}-{seed}/versions", body, key)

    def look_up(number: int) -> bytes:
        seed, version = random.choice(preload)
        body: dict[str, object] = {"schema": schema(run + seed, version)}
        return post(f"/subjects/bench-{run}-{seed}", body, key)

    def check(number: int) -> bytes:
        seed, version = random.choice(preload)
        body: dict[str, object] = {"schema": schema(run + seed, version + 100 + number % 7)}
        return post(f"/compatibility/subjects/bench-{run}-{seed}/versions/latest", body, key)

    mixes: tuple[tuple[str, Ask, int], ...] = (
        ("GET by id, cold", by_id, CONNECTIONS),
        ("GET by id, kept", by_id, CONNECTIONS),
        ("GET by id, never kept", uncached, CONNECTIONS),
        ("register the same again", again, WRITERS),
        ("lookup", look_up, WRITERS),
        ("compatibility check", check, WRITERS),
    )
    for name, ask, connections in mixes:
        told(name, await load(port, ask, connections=connections, seconds=seconds))


async def highest_id(port: int, key: str) -> int:
    """The newest schema id."""
    from asgiref.sync import sync_to_async

    from schemas.models import RegistryContext

    number: int = await sync_to_async(
        lambda: RegistryContext.objects.values_list("last_id", flat=True).get(name=".")
    )()
    return number


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 4.0
    key = key_header()
    server = Server()
    try:
        print(f"ready after {server.await_ready():.1f} s, {server.memory_mib():.0f} MiB")
        asyncio.run(measure(server.port, seconds, key))
        print(f"memory at the end {server.memory_mib():.0f} MiB")
    finally:
        server.stop()


if __name__ == "__main__":
    main()
