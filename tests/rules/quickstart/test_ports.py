"""Ports: the usual ones, the recorded ones, the one asked for, spare ones."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from mesh.quickstart.ports import USUAL, PortTaken, choose, is_free


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_port_with_a_listener_is_not_free(taken: int) -> None:
    assert not is_free(taken)


def test_recorded_port_is_kept() -> None:
    port = free_port()
    assert choose({"web": port}, names=["web"]) == {"web": port}


def test_taken_recorded_port_gives_way_to_another_one(taken: int) -> None:
    chosen = choose({"kafka": taken}, names=["kafka"])
    assert chosen["kafka"] != taken
    assert is_free(chosen["kafka"])


def test_port_asked_for_is_used_or_refused(taken: int) -> None:
    port = free_port()
    assert choose({}, web=port, names=["web"]) == {"web": port}
    with pytest.raises(PortTaken, match=f"Port {taken} is in use"):
        choose({}, web=taken, names=["web"])


def test_no_two_names_share_a_port() -> None:
    port = free_port()
    chosen = choose(dict.fromkeys(USUAL, port))
    assert len(set(chosen.values())) == len(USUAL)
