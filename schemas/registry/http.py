"""What a registry request and its answer are; parsing never raises anything but RegistryRefusal."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_to_bytes

from mesh.audit.principal import ANONYMOUS, Principal

LARGEST_BODY: Final = 1024 * 1024
MOST_PARAMETERS: Final = 200
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_DIGITS = re.compile("-?[0-9]{1,18}")


class RegistryRefusal(Exception):
    """An answer that is an error: HTTP status, registry code, message."""

    def __init__(
        self, status: int, code: int, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def bad_request(message: str) -> RegistryRefusal:
    """400 with the same code."""
    return RegistryRefusal(400, 400, message)


@dataclass(frozen=True, slots=True)
class Use:
    """What a request used, for RegistryAccess."""

    action: str
    subject: str = ""
    schema_number: int = 0


@dataclass(slots=True)
class Answer:
    """A status and a JSON value, or bytes that are ready.

    `keep` says that the bytes may be kept for everybody; `clears` that something is gone for good.
    """

    value: Any = None
    status: int = 200
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    etag: str = ""
    use: Use | None = None
    keep: bool = False
    clears: bool = False

    def encoded(self) -> bytes:
        """The body as bytes."""
        if self.body is None:
            self.body = json.dumps(self.value, separators=(",", ":"), ensure_ascii=False).encode(
                "utf-8", "replace"
            )
        return self.body


class Query:
    """The parameters of a request. Booleans are true only for `true`; repeated ones form lists."""

    def __init__(self, query_string: bytes) -> None:
        self._values: dict[str, list[str]] = {}
        if not query_string:
            return
        try:
            pairs = parse_qsl(
                query_string.decode("latin-1"),
                keep_blank_values=True,
                max_num_fields=MOST_PARAMETERS,
                errors="strict",
            )
        except ValueError as error:
            raise bad_request("The query string cannot be read.") from error
        for name, value in pairs:
            if _CONTROL.search(value) or _CONTROL.search(name):
                raise bad_request("A parameter holds a control character.")
            self._values.setdefault(name, []).append(value)

    def text(self, name: str, default: str = "") -> str:
        """The first value of a parameter."""
        return self._values.get(name, [default])[0]

    def texts(self, name: str) -> list[str]:
        """Every value of a parameter."""
        return self._values.get(name, [])

    def flag(self, name: str) -> bool:
        """True for `true` in any letter case."""
        return self.text(name).lower() == "true"

    def number(self, name: str, default: int) -> int:
        """A whole number. Raises RegistryRefusal (400)."""
        text = self.text(name).strip()
        if not text:
            return default
        if not _DIGITS.fullmatch(text):
            raise bad_request(f"{name} must be a whole number.")
        return int(text)

    def window(self, largest: int | None = None) -> slice:
        """Rows asked for by `offset` and `limit`; a limit below 1 means as many as allowed."""
        offset = self.number("offset", 0)
        limit = self.number("limit", -1)
        if offset < 0:
            raise bad_request("offset must not be negative.")
        if limit < 1 or (largest is not None and limit > largest):
            return slice(offset, None if largest is None else offset + largest)
        return slice(offset, offset + limit)


@dataclass(slots=True)
class Request:
    """One request, its target already split and decoded per segment."""

    method: str
    segments: tuple[str, ...]
    query: Query
    headers: Mapping[bytes, bytes]
    body: bytes = b""
    principal: Principal = ANONYMOUS

    @property
    def client(self) -> str:
        """The client's own name and version, 64 characters."""
        named = self.headers.get(b"confluent-client-version") or self.headers.get(b"user-agent")
        return (named or b"").decode("latin-1")[:64]


def split_target(raw_path: bytes) -> tuple[str | None, ...]:
    """Segments of a raw path, each decoded after splitting; None for one that is not UTF-8."""
    if raw_path[:1] != b"/":  # absolute form: scheme and host are not ours to judge
        _, _, rest = raw_path.partition(b"://")
        raw_path = b"/" + rest.partition(b"/")[2]
    trimmed = raw_path.strip(b"/") if raw_path.endswith(b"/") else raw_path[1:]
    if not trimmed:
        return ()
    return tuple(_decoded(part) for part in trimmed.split(b"/"))


def _decoded(part: bytes) -> str | None:
    try:
        return unquote_to_bytes(part).decode("utf-8")
    except UnicodeDecodeError:
        return None
