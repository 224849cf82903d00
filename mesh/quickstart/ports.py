"""Chooses loopback ports: the usual ones, else free ones that stay the same at the next start."""

from __future__ import annotations

import errno
import random
import socket
from collections.abc import Collection, Mapping

USUAL = {
    "web": 8000,
    "registry": 8081,
    "postgres": 15432,
    "valkey": 16379,
    "kafka": 9092,
    "controller": 9093,
}
# Above lie the ephemeral ports that client sockets hold now and then.
LOWEST_SPARE, HIGHEST_SPARE = 20_000, 32_000


class PortTaken(Exception):
    """A port that was asked for by name is in use."""


def is_free(port: int, address: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now. Lingering closed connections do not count."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def choose(
    recorded: Mapping[str, int],
    *,
    web: int | None = None,
    address: str = "127.0.0.1",
    names: Collection[str] = tuple(USUAL),
) -> dict[str, int]:
    """A free port for each name: the one asked for, the one of last time, the usual one, a spare one.

    Raises PortTaken when the port asked for is in use.
    """
    chosen: dict[str, int] = {}
    for name in names:
        listen = address if name in ("web", "registry") else "127.0.0.1"
        if name == "web" and web is not None:
            if not is_free(web, listen):
                raise PortTaken(f"Port {web} is in use. Choose another one with --port.")
            chosen[name] = web
            continue
        wanted = [port for port in (recorded.get(name), USUAL[name]) if port]
        chosen[name] = _first_free([*wanted, *_spares()], listen, set(chosen.values()))
    return chosen


def _spares() -> list[int]:
    return random.sample(range(LOWEST_SPARE, HIGHEST_SPARE), 50)


def _first_free(candidates: list[int], address: str, taken: set[int]) -> int:
    for port in candidates:
        if port not in taken and is_free(port, address):
            return port
    raise PortTaken("No free port was found between 20000 and 32000.")
