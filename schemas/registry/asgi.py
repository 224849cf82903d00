"""The registry as an ASGI application: kept answers on the event loop, the rest in threads."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from django.conf import settings

from mesh.audit.principal import ANONYMOUS, Principal
from mesh.kernel.tasks import hints
from schemas.registry.access import AccessCounts
from schemas.registry.credentials import KeyCache, may_read
from schemas.registry.dispatch import Incoming, answer
from schemas.registry.errors import error_answer
from schemas.registry.gone import GoneListener
from schemas.registry.http import LARGEST_BODY, Answer, Use
from schemas.registry.kept import Kept, KeptAnswers
from schemas.registry.negotiation import accepted
from schemas.registry.threads import Full, Workers

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
KEPT_PREFIX: Final = b"/schemas/ids/"
DRAIN_SECONDS: Final = 2
DRAINED_BYTES: Final = 8 * 1024 * 1024
TOO_LARGE: Final = f"The body is larger than {LARGEST_BODY} bytes."


class RegistryApplication:
    """One process's registry. Start it with the ASGI lifespan, or `start` and `stop`."""

    def __init__(self) -> None:
        self.keys = KeyCache()
        self.kept = KeptAnswers()
        self.access = AccessCounts()
        self._workers: Workers | None = None
        self._gone: GoneListener | None = None

    def start(self) -> None:
        """Start threads; needs the running event loop."""
        self._workers = Workers(settings.DATABASE_POOL_SIZE)
        self._gone = GoneListener(self.kept.clear)
        self._gone.start()
        self.access.start()

    def stop(self) -> None:
        """End the threads, write what was counted, send the hints that wait."""
        if self._gone is not None:
            self._gone.stop()
        if self._workers is not None:
            self._workers.stop()
        self.access.stop()
        hints.flush()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        incoming = _incoming(scope)
        kept = self._kept_answer(incoming)
        if kept is not None:
            await _send(send, incoming, kept)
            return
        body = await _body(receive, incoming)
        if body is None:
            await _drain(receive)
            await _send(
                send, incoming, error_answer(413, 42209, TOO_LARGE, {"Connection": "close"})
            )
            return
        incoming.body = body
        await _send(send, incoming, await self._worked_out(incoming))

    def _kept_answer(self, incoming: Incoming) -> Answer | None:
        """A ready answer for whoever is known and may read; None sends the request to a thread."""
        if incoming.method != "GET" or not incoming.raw_path.startswith(KEPT_PREFIX):
            return None
        kept = self.kept.find((incoming.raw_path, incoming.query_string))
        if kept is None or not accepted(incoming.headers.get(b"accept", b"")):
            return None
        principal = self._known_principal(incoming.headers.get(b"authorization"))
        if principal is None or not may_read(principal):
            return None
        self._note(principal, incoming, kept.use)
        return Answer(body=kept.body, etag=kept.etag)

    def _known_principal(self, header: bytes | None) -> Principal | None:
        if header is None:
            return ANONYMOUS
        principal = self.keys.known(header)
        if principal is not None and self.keys.is_ageing(header):
            self._renew(header)
        return principal

    def _renew(self, header: bytes) -> None:
        """Look a busy key up again in a thread; nobody waits for the outcome."""
        assert self._workers is not None, "the application was not started"
        with contextlib.suppress(Full):
            self._workers.call(lambda: self.keys.renew(header)).add_done_callback(_forgotten)

    async def _worked_out(self, incoming: Incoming) -> Answer:
        assert self._workers is not None, "the application was not started"
        generation = self.kept.generation
        try:
            worked_out: Answer
            principal, worked_out = await self._workers.call(lambda: answer(incoming, self.keys))
        except Full:
            return error_answer(503, 50001, "Too many requests wait; try again.")
        if worked_out.clears:
            self.kept.clear()
        if worked_out.keep:
            target = (incoming.raw_path, incoming.query_string)
            kept = Kept(worked_out.encoded(), worked_out.etag, worked_out.use)
            self.kept.keep(target, kept, generation)
        self._note(principal, incoming, worked_out.use)
        return worked_out

    def _note(self, principal: Principal, incoming: Incoming, use: Use | None) -> None:
        if use is not None:
            self.access.note(principal, incoming.client, use)


def _forgotten(future: asyncio.Future[Any]) -> None:
    """Take the exception of a look-up that nobody waits for; the next request asks itself."""
    if not future.cancelled():
        future.exception()


def _incoming(scope: Scope) -> Incoming:
    headers: dict[bytes, bytes] = {}
    repeated = False
    for name, value in scope["headers"]:
        repeated = repeated or (name == b"authorization" and name in headers)
        headers[name] = value
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
    return Incoming(
        scope["method"].upper(),
        raw_path.partition(b"?")[0],
        scope["query_string"],
        headers,
        has_two_credentials=repeated,
    )


async def _body(receive: Receive, incoming: Incoming) -> bytes | None:
    """The body, or None as soon as it is known to be too large."""
    declared = incoming.headers.get(b"content-length", b"")
    if declared.isdigit() and int(declared[:12]) > LARGEST_BODY:
        return None
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"".join(chunks)
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > LARGEST_BODY:
            return None
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


async def _drain(receive: Receive) -> None:
    """Read on a little, so that a client that is still sending gets to read the refusal."""
    size = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while size < DRAINED_BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return


async def _send(send: Send, incoming: Incoming, outgoing: Answer) -> None:
    media = accepted(incoming.headers.get(b"accept", b"")) or "application/json"
    body = b"" if outgoing.status == 204 else outgoing.encoded()
    status = outgoing.status
    headers = [
        (b"content-type", media.encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    if outgoing.etag:
        etag = f'"{outgoing.etag}"'.encode()
        headers += [(b"etag", etag), (b"cache-control", b"private, must-revalidate")]
        if incoming.headers.get(b"if-none-match") == etag:
            status, body = 304, b""
    else:
        headers.append((b"cache-control", b"no-store"))
    headers += [(name.lower().encode(), value.encode("latin-1", "replace"))
                for name, value in outgoing.headers.items()]  # fmt: skip
    if status not in (204, 304):
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if incoming.method == "HEAD" else body})
