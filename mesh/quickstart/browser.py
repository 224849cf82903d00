"""A small HTTP client for the seed: an API key, or a person's password session with CSRF."""

from __future__ import annotations

import http.cookiejar
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass, field
from typing import Any

TIMEOUT_S = 30
BUSY_TRIES = 5


class Refused(Exception):
    """Tributary answered with an error; `body` is its problem document."""

    def __init__(self, status: int, body: dict[str, Any], what: str) -> None:
        self.status, self.body = status, body
        faults = "; ".join(
            f"{fault.get('pointer')}: {fault.get('detail')}" for fault in body.get("errors", [])
        )
        super().__init__(
            f"{what}: {status} {body.get('code', '')} {body.get('detail', '')} {faults}".strip()
        )


@dataclass(slots=True)
class Client:
    """Speaks to the REST API as one person."""

    base: str
    key: str = ""
    cookies: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)
    csrf: str = ""

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> dict[str, Any]:
        """The JSON answer. Raises Refused; a busy answer is asked again, a POST with the same key."""
        if method == "POST" and not self.csrf:
            headers.setdefault("Idempotency-Key", uuid.uuid4().hex)
        for attempt in range(BUSY_TRIES):
            status, answer = self._once(method, path, body, headers)
            if status < 400:
                return answer
            if status not in (429, 503) or attempt == BUSY_TRIES - 1:
                raise Refused(status, answer, f"{method} {path}")
            time.sleep(1 + attempt)
        raise AssertionError("unreachable")

    def _once(
        self, method: str, path: str, body: object, headers: dict[str, str]
    ) -> tuple[int, dict[str, Any]]:
        payload = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, payload, method=method)
        request.add_header("Accept", "application/json")
        if payload is not None:
            request.add_header("Content-Type", "application/json")
        if self.key:
            request.add_header("Authorization", f"Bearer {self.key}")
        if self.csrf:
            request.add_header("X-CSRFToken", self.csrf)
            request.add_header("Referer", self.base)
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        try:
            with opener.open(request, timeout=TIMEOUT_S) as answer:
                return answer.status, _json(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, _json(error.read())

    def sign_in(self, login: str, password: str) -> None:
        """Open a session as a person does: the log-in form with its token. Raises Refused."""
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        with opener.open(self.base + "/login", timeout=TIMEOUT_S) as answer:
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.read().decode())
        form = {
            "next": "/account",
            "login": login,
            "password": password,
            "csrfmiddlewaretoken": token.group(1) if token else "",
        }
        request = urllib.request.Request(
            self.base + "/login",
            urllib.parse.urlencode(form).encode(),
            {"Referer": self.base + "/login"},
        )
        try:
            opener.open(request, timeout=TIMEOUT_S).close()
        except urllib.error.HTTPError as error:
            raise Refused(error.code, {}, f"log in as {login}") from error
        self.csrf = next(
            (cookie.value or "" for cookie in self.cookies if cookie.name == "csrftoken"), ""
        )


def _json(body: bytes) -> dict[str, Any]:
    try:
        loaded = json.loads(body) if body else {}
    except ValueError:
        return {"detail": body[:200].decode(errors="replace")}
    return loaded if isinstance(loaded, dict) else {"items": loaded}
