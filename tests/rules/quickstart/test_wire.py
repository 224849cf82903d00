"""Readiness in the servers' own protocols: silence, strangers and refusals are told apart."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mesh.quickstart.services.wire import kafka_unready, postgres_unready, reachable, valkey_unready


@contextmanager
def server(*answers: bytes) -> Iterator[int]:
    """A server that gives one answer to each thing it is told."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def serve() -> None:
            link, _ = listener.accept()
            with link:
                for answer in answers:
                    link.recv(4096)
                    link.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(timeout=3)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize("ask", [kafka_unready, reachable])
def test_nobody_listening_is_said_in_words(ask: object) -> None:
    assert callable(ask)
    assert ask("127.0.0.1", closed_port()) == "connection refused"


def test_postgres_that_asks_for_a_password_is_ready() -> None:
    with server(b"R" + struct.pack("!ii", 8, 10)) as port:
        assert postgres_unready("127.0.0.1", port, "role", "name") == ""


def test_postgres_that_is_starting_says_so_itself() -> None:
    fields = b"SFATAL\0C57P03\0Mthe database system is starting up\0\0"
    with server(b"E" + struct.pack("!i", len(fields) + 4) + fields) as port:
        assert (
            postgres_unready("127.0.0.1", port, "role", "name")
            == "the database system is starting up"
        )


def test_stranger_on_the_port_of_postgres_is_named() -> None:
    with server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert "does not speak PostgreSQL" in postgres_unready("127.0.0.1", port, "role", "name")


def test_valkey_is_ready_when_the_password_is_accepted_and_ping_answered() -> None:
    with server(b"+OK\r\n", b"+PONG\r\n") as port:
        assert valkey_unready("127.0.0.1", port, "secret") == ""


def test_valkey_with_another_password_says_so_itself() -> None:
    with server(b"-WRONGPASS invalid username-password pair\r\n") as port:
        assert valkey_unready("127.0.0.1", port, "secret").startswith("WRONGPASS")


def test_valkey_that_loads_its_data_is_not_ready() -> None:
    with server(b"-LOADING Valkey is loading the dataset in memory\r\n") as port:
        assert "LOADING" in valkey_unready("127.0.0.1", port, "")


def test_kafka_with_a_broker_is_ready() -> None:
    with server(struct.pack("!iii", 40, 7, 1)) as port:
        assert kafka_unready("127.0.0.1", port) == ""


def test_kafka_without_a_broker_is_not_ready() -> None:
    with server(struct.pack("!iii", 40, 7, 0)) as port:
        assert kafka_unready("127.0.0.1", port) == "no broker has joined the cluster yet"


def test_kafka_that_hangs_up_speaks_another_language() -> None:
    with server(b"") as port:
        assert "does not speak Kafka" in kafka_unready("127.0.0.1", port)
