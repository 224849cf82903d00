"""The one door of the command line: JSON over HTTP to the REST API, with an API key."""

from __future__ import annotations

import http.client
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mesh.cli.outcomes import Fault, NothingFound, Refused, Unreachable, WrongUsage

TIMEOUT_S = 30.0
ANSWER_LIMIT_BYTES = 32 * 1024 * 1024
PAGE_LIMIT = 200  # the most rows the API gives at once
LOOPBACK = ("127.0.0.1", "::1", "localhost")
DEFAULT_URL = "http://127.0.0.1:8000"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect could carry the key to another host: it is an error, not followed."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class Connection:
    """Asks one server. Raises Refused, NothingFound or Unreachable."""

    def __init__(self, base_url: str, token: str = "", *, timeout_s: float = TIMEOUT_S) -> None:
        parts = urllib.parse.urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise WrongUsage(
                "The address of the server cannot be read",
                f"TRIBUTARY_URL must look like https://host:port, not {base_url[:200]!r}.",
            )
        if parts.username or parts.password:
            raise WrongUsage(
                "The address of the server holds credentials",
                "Give the API key by TRIBUTARY_TOKEN or TRIBUTARY_TOKEN_FILE.",
            )
        self.base_url = base_url.rstrip("/")
        self.timeout_s = timeout_s
        self._headers = {"Accept": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
        if parts.hostname in LOOPBACK:
            handlers.append(urllib.request.ProxyHandler({}))
        elif token and parts.scheme == "http":
            print("warning: the API key travels unencrypted to this address", file=sys.stderr)
        self._opener = urllib.request.build_opener(*handlers)

    def get(self, path: str, **parameters: object) -> Any:
        """The JSON at `/api/v1/<path>`."""
        return self._ask("GET", path, parameters, None)

    def post(self, path: str, body: Mapping[str, object], **parameters: object) -> Any:
        """Send JSON to `/api/v1/<path>`."""
        return self._ask("POST", path, parameters, body)

    def rows(self, path: str, **parameters: object) -> Iterator[dict[str, Any]]:
        """Every row of a list, page after page."""
        asked: dict[str, object] = {"limit": PAGE_LIMIT, **parameters}
        while True:
            page = self.get(path, **asked)
            yield from page["items"]
            if not page.get("next"):
                return
            asked["cursor"] = page["next"]

    def _ask(self, method: str, path: str, parameters: Mapping[str, object], body: object) -> Any:
        query = urllib.parse.urlencode({k: v for k, v in parameters.items() if v is not None})
        address = f"{self.base_url}/api/v1/{path}" + (f"?{query}" if query else "")
        content = None if body is None else json.dumps(body).encode()
        headers = dict(self._headers)
        if content is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(  # noqa: S310  (the scheme was checked at the start)
            address, content, headers, method=method
        )
        try:
            with self._opener.open(request, timeout=self.timeout_s) as answer:
                return _json(answer.read(ANSWER_LIMIT_BYTES + 1), address)
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error.code, error.read(ANSWER_LIMIT_BYTES), address) from None
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(
                f"{self.base_url} does not answer", f"{_reason(error)}. Is TRIBUTARY_URL right?"
            ) from error


def _reason(error: Exception) -> str:
    """Why there was no answer, in the system's own words."""
    cause = getattr(error, "reason", None) or error
    words = getattr(cause, "strerror", None) or str(cause).strip()
    return words or type(cause).__name__


def _json(content: bytes, address: str) -> Any:
    if len(content) > ANSWER_LIMIT_BYTES:
        raise Unreachable("The answer is too large", f"More than 32 MiB came from {address}.")
    if not content:
        return None
    try:
        return json.loads(content)
    except ValueError as error:
        raise Unreachable(
            "The answer is not JSON", f"Is a Tributary server at {address.split('?')[0]}?"
        ) from error


def _refusal(status: int, content: bytes, address: str) -> Exception:
    """The exception of a status that is no success, from the problem document where there is one."""
    try:
        problem = json.loads(content)
        title, detail = str(problem["title"]), str(problem.get("detail", ""))
        faults = tuple(
            Fault(str(fault.get("pointer", "")), str(fault.get("detail", "")))
            for fault in problem.get("errors", ())
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        title, detail, faults = f"The server answered with status {status}", address, ()
    if status >= 500 or 300 <= status < 400:
        return Unreachable(title, detail, faults)
    return (NothingFound if status == 404 else Refused)(title, detail, faults)


def connection_from(environment: Mapping[str, str]) -> Connection:
    """The connection that TRIBUTARY_URL, TRIBUTARY_TOKEN and TRIBUTARY_TOKEN_FILE describe."""
    token = environment.get("TRIBUTARY_TOKEN", "").strip()
    if path := environment.get("TRIBUTARY_TOKEN_FILE"):
        if token:
            raise WrongUsage("TRIBUTARY_TOKEN and TRIBUTARY_TOKEN_FILE are both set: keep one")
        try:
            token = Path(path).read_text().strip()
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise WrongUsage(f"TRIBUTARY_TOKEN_FILE cannot be read: {reason}") from error
    if not token.isascii() or any(char.isspace() for char in token):
        raise WrongUsage("The API key is not one word of ASCII characters")
    return Connection(environment.get("TRIBUTARY_URL") or DEFAULT_URL, token)


def own_environment() -> Mapping[str, str]:
    """The environment of this process."""
    return os.environ
