"""Asks servers whether they are ready, in their own protocols and without client libraries."""

from __future__ import annotations

import socket
import struct

TIMEOUT_SECONDS = 2.0
KAFKA_METADATA = 3
POSTGRES_PROTOCOL = 196_608  # version 3.0


def postgres_unready(host: str, port: int, user: str, database: str) -> str:
    """Empty when the server asks for a password or lets us in; else its own words."""
    body = b"\0".join(word.encode() for word in ("user", user, "database", database)) + b"\0\0"
    packet = struct.pack("!ii", len(body) + 8, POSTGRES_PROTOCOL) + body
    try:
        with socket.create_connection((host, port), TIMEOUT_SECONDS) as link:
            link.settimeout(TIMEOUT_SECONDS)
            link.sendall(packet)
            answer = link.recv(4096)
    except OSError as error:
        return _words(error)
    if answer[:1] == b"R":
        return ""
    if answer[:1] == b"E":
        fields = {
            part[:1]: part[1:].decode(errors="replace") for part in answer[5:].split(b"\0") if part
        }
        return fields.get(b"M", "the server refused the connection")
    return "what listens there does not speak PostgreSQL's protocol"


def valkey_unready(host: str, port: int, password: str, user: str = "") -> str:
    """Empty when PING is answered; else the server's own words."""
    words = [["AUTH", *([user] if user else []), password]] if password else []
    try:
        with socket.create_connection((host, port), TIMEOUT_SECONDS) as link:
            link.settimeout(TIMEOUT_SECONDS)
            reader = link.makefile("rb")
            for command in [*words, ["PING"]]:
                link.sendall(_resp(command))
                answer = reader.readline().decode(errors="replace").strip()
                if answer not in ("+OK", "+PONG"):
                    return answer.lstrip("-+") or "the server closed the connection"
    except OSError as error:
        return _words(error)
    return ""


def kafka_unready(host: str, port: int) -> str:
    """Empty when a broker answers a metadata request with at least one live broker."""
    client = b"quickstart"
    # Metadata request of version 1 with an empty list of topics: brokers only.
    body = struct.pack("!hhih", KAFKA_METADATA, 1, 7, len(client)) + client + struct.pack("!i", 0)
    try:
        with socket.create_connection((host, port), TIMEOUT_SECONDS) as link:
            link.settimeout(TIMEOUT_SECONDS)
            link.sendall(struct.pack("!i", len(body)) + body)
            answer = link.makefile("rb").read(12)
    except OSError as error:
        return _words(error)
    if len(answer) < 12:
        return "what listens there does not speak Kafka's protocol without encryption"
    _size, correlation, brokers = struct.unpack("!iii", answer)
    if correlation != 7:
        return "what listens there does not speak Kafka's protocol"
    return "" if brokers > 0 else "no broker has joined the cluster yet"


def reachable(host: str, port: int) -> str:
    """Empty when something accepts a connection there; else why not."""
    try:
        socket.create_connection((host, port), TIMEOUT_SECONDS).close()
    except OSError as error:
        return _words(error)
    return ""


def _resp(words: list[str]) -> bytes:
    parts = [f"*{len(words)}\r\n"] + [f"${len(word.encode())}\r\n{word}\r\n" for word in words]
    return "".join(parts).encode()


def _words(error: OSError) -> str:
    return (error.strerror or str(error) or type(error).__name__).lower()
