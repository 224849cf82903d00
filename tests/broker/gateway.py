"""A way to the real broker that can be cut: it shows the broker under its own address."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable

CREATE_TOPICS = 19  # API key of the Kafka protocol
Through = Callable[[bytes], bytes | None]


class Gateway:
    """Forwards frames to the broker; in answers the broker's own address is replaced by this one.

    `swallow` names an API whose next request never reaches the broker, `mute` one whose next answer
    never comes back. `close()` refuses everybody, as a dead broker does; `open()` lets them in again.
    Requests that only validate are left alone and not counted.
    """

    def __init__(self, bootstrap: str) -> None:
        host, _, port = bootstrap.rpartition(":")
        self.target = (host, int(port))
        self.swallow: int | None = None
        self.mute: int | None = None
        self.swallowed = threading.Event()
        self.forwarded: Counter[int] = Counter()
        self.links: list[_Link] = []
        self._listening: socket.socket | None = None
        self.port = 0
        self.open()

    @property
    def address(self) -> str:
        """What clients are given as their bootstrap server."""
        return f"127.0.0.1:{self.port}"

    def open(self) -> None:
        """Listen, on the same port as before."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        listening.listen(64)
        self.port = listening.getsockname()[1]
        self._listening = listening
        threading.Thread(target=self._accept, args=(listening,), daemon=True).start()

    def close(self) -> None:
        """Refuse new clients and cut the old ones."""
        listening, self._listening = self._listening, None
        if listening is not None:
            _cut(listening)
        for link in self.links:
            link.cut()
        self.links.clear()

    def renamed(self, frame: bytes) -> bytes:
        """The frame with this address in the place of the broker's."""
        name = self.target[0].encode()
        real, shown = struct.pack(">i", self.target[1]), struct.pack(">i", self.port)
        return frame.replace(name + real, name + shown)

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
                broker = socket.create_connection(self.target, 5)
            except OSError:
                return
            broker.settimeout(None)
            link = _Link(self, client, broker)
            self.links.append(link)
            link.run()


class _Link:
    """One client's connection and the one to the broker that belongs to it."""

    def __init__(self, gateway: Gateway, client: socket.socket, broker: socket.socket) -> None:
        self.gateway, self.client, self.broker = gateway, client, broker
        self.muted: set[bytes] = set()  # correlation ids whose answer is not let through

    def run(self) -> None:
        ways = ((self.client, self.broker, self.asked), (self.broker, self.client, self.answered))
        for way in ways:
            threading.Thread(target=self._pump, args=way, daemon=True).start()

    def cut(self) -> None:
        _cut(self.client)
        _cut(self.broker)

    def asked(self, frame: bytes) -> bytes | None:
        key, version = struct.unpack(">hh", frame[:4])
        if key == CREATE_TOPICS and _only_validates(frame, version):
            return frame
        gateway = self.gateway
        if key == gateway.swallow:
            gateway.swallow = None
            gateway.swallowed.set()
            return None
        if key == gateway.mute:
            gateway.mute = None
            self.muted.add(frame[4:8])
        gateway.forwarded[key] += 1
        return frame

    def answered(self, frame: bytes) -> bytes | None:
        return None if frame[:4] in self.muted else self.gateway.renamed(frame)

    def _pump(self, source: socket.socket, target: socket.socket, through: Through) -> None:
        try:
            while True:
                size = struct.unpack(">i", _exactly(source, 4))[0]
                frame = through(_exactly(source, size))
                if frame is not None:
                    target.sendall(struct.pack(">i", len(frame)) + frame)
        except OSError:
            self.cut()


def _only_validates(frame: bytes, version: int) -> bool:
    """The last boolean of CreateTopics; from version 5 on an empty section of tags follows it."""
    return bool(frame[-2] if version >= 5 else frame[-1])


def _cut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


def _exactly(source: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        piece = source.recv(count - len(received))
        if not piece:
            raise OSError("the other side closed")
        received += piece
    return received
