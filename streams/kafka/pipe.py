"""The caller's ends of the pipe: no read or write outlasts its moment on the monotonic clock."""

from __future__ import annotations

import os
import select
from typing import Any

from mesh.kernel import clock
from streams.kafka import wire

CHUNK = 64 * 1024


class PipeClosed(Exception):
    """The other side is gone."""


class TooLate(Exception):
    """The moment passed before the frame was through."""


class FramePipe:
    """Frames to and from one child; both ends are made non-blocking."""

    def __init__(self, read_end: int, write_end: int) -> None:
        self.read_end = read_end
        self.write_end = write_end
        self.buffer = bytearray()
        os.set_blocking(read_end, False)
        os.set_blocking(write_end, False)

    def send(self, frame: bytes, until: float) -> None:
        """Write a whole frame. Raises TooLate, PipeClosed."""
        rest = memoryview(frame)
        while rest:
            _wait(self.write_end, select.POLLOUT, until)
            try:
                rest = rest[os.write(self.write_end, rest[:CHUNK]) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise PipeClosed from error

    def receive(self, until: float) -> dict[str, Any]:
        """The next message. Raises TooLate, PipeClosed, wire.BadFrame."""
        header = self._take(wire.HEADER.size, until)
        return wire.unpack(self._take(wire.body_length(header), until))

    def _take(self, count: int, until: float) -> bytes:
        while len(self.buffer) < count:
            _wait(self.read_end, select.POLLIN, until)
            try:
                piece = os.read(self.read_end, CHUNK)
            except BlockingIOError:
                continue
            except OSError as error:
                raise PipeClosed from error
            if not piece:
                raise PipeClosed
            self.buffer += piece
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken


def _wait(end: int, event: int, until: float) -> None:
    remaining = until - clock.monotonic()
    if remaining <= 0:
        raise TooLate
    poll = select.poll()
    poll.register(end, event)
    if not poll.poll(remaining * 1000):
        raise TooLate
