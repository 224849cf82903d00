"""From a raw request to an answer: credentials, route, types, body; runs in a worker thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mesh.audit.principal import ANONYMOUS, Principal
from schemas.registry.credentials import KeyCache, principal_of, require_read
from schemas.registry.errors import AUTHENTICATE, answer_to
from schemas.registry.http import Answer, Query, RegistryRefusal, Request, split_target
from schemas.registry.negotiation import accepted, body_charset
from schemas.registry.routes import Route, find_route


@dataclass(slots=True)
class Incoming:
    """A request as it came: nothing decoded yet."""

    method: str
    raw_path: bytes
    query_string: bytes
    headers: Mapping[bytes, bytes]
    body: bytes = b""
    has_two_credentials: bool = False

    @property
    def client(self) -> str:
        """The client's own name and version, 64 characters."""
        named = self.headers.get(b"confluent-client-version") or self.headers.get(b"user-agent")
        return (named or b"").decode("latin-1")[:64]


def answer(incoming: Incoming, keys: KeyCache) -> tuple[Principal, Answer]:
    """The answer and who asked. Never raises."""
    principal = ANONYMOUS
    try:
        route, arguments = _routed(incoming)
        if not route.is_open:
            principal = _principal(incoming, keys)
            require_read(principal)
        _check_types(incoming, route)
        request = Request(
            incoming.method,
            (),
            Query(incoming.query_string),
            incoming.headers,
            _utf8(incoming),
            principal,
        )
        return principal, route.handler(request, *arguments)
    except Exception as error:  # the border of this face: everything becomes the registry's shape
        return principal, answer_to(error)


def _principal(incoming: Incoming, keys: KeyCache) -> Principal:
    if incoming.has_two_credentials:
        raise RegistryRefusal(401, 401, "Send credentials once.", AUTHENTICATE)
    return principal_of(keys, incoming.headers.get(b"authorization"))


def _routed(incoming: Incoming) -> tuple[Route, tuple[str, ...]]:
    method = "GET" if incoming.method == "HEAD" else incoming.method
    return find_route(method, split_target(incoming.raw_path))


def _check_types(incoming: Incoming, route: Route) -> None:
    if not route.is_open and not accepted(incoming.headers.get(b"accept", b"")):
        raise RegistryRefusal(406, 406, "Only JSON types can be answered.")
    if not route.takes_body:
        return
    encoding = incoming.headers.get(b"content-encoding", b"identity").strip().lower()
    if encoding not in (b"identity", b""):
        raise RegistryRefusal(415, 415, "Send the body without a content encoding.")
    if body_charset(incoming.headers.get(b"content-type", b"")) is None:
        raise RegistryRefusal(
            415, 415, "The content type must be one of the registry's JSON types."
        )


def _utf8(incoming: Incoming) -> bytes:
    """The body in UTF-8; text in UTF-16 is rewritten."""
    if body_charset(incoming.headers.get(b"content-type", b"")) != "utf-16":
        return incoming.body
    try:
        return incoming.body.decode("utf-16").encode()
    except UnicodeError as error:
        raise RegistryRefusal(400, 400, "The body is not UTF-16.") from error
