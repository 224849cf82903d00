"""The one base of every refusal: what is wrong, where, and which face status it maps to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

ECHO_LIMIT = 200  # characters of input a message may repeat


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong place in an input: a JSON pointer (RFC 6901), a code and a sentence."""

    pointer: str
    code: str
    detail: str


class MeshError(Exception):
    """A refusal with a code, an HTTP status and a sentence that says what to do.

    Subclasses set `code`, `status` and `title`. `faults` lists every wrong place of the input.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 422
    title: ClassVar[str] = "The request was refused"

    def __init__(
        self,
        detail: str = "",
        *,
        pointer: str = "",
        faults: tuple[Fault, ...] = (),
        **context: object,
    ) -> None:
        self.detail = detail or self.title
        self.context = context
        if pointer and not faults:
            faults = (Fault(pointer, self.code, self.detail),)
        self.faults = faults
        super().__init__(self.detail)


class InvalidInput(MeshError):
    code, status, title = "invalid", 422, "The input is not valid"


class MalformedRequest(MeshError):
    code, status, title = "malformed", 400, "The request cannot be read"


class UnknownParameter(MeshError):
    code, status, title = "unknown_parameter", 400, "The request has a parameter nobody knows"


class UnknownMember(MeshError):
    code, status, title = "unknown_member", 400, "The body has a member nobody knows"


class NotFound(MeshError):
    code, status, title = "not_found", 404, "Nothing with this name is here"


class NotAllowed(MeshError):
    code, status, title = "not_allowed", 403, "You may not do this"


class NotSignedIn(MeshError):
    code, status, title = "not_signed_in", 401, "Sign in or send an API key"


class StaleRevision(MeshError):
    code, status, title = "stale", 412, "Somebody changed this since you opened it"


class RevisionMissing(MeshError):
    code, status, title = "revision_missing", 428, "Say which revision you are changing"


class NameTaken(MeshError):
    code, status, title = "name_taken", 409, "Another object already has this name"


class Busy(MeshError):
    code, status, title = "busy", 503, "Somebody else holds this object right now; try again"


class StoreUnavailable(MeshError):
    code, status, title = "store_unavailable", 503, "The database does not answer"


class TooManyRequests(MeshError):
    code, status, title = "too_many_requests", 429, "Too many requests; wait and try again"


class BodyTooLarge(MeshError):
    code, status, title = "too_large", 413, "The body is too large"


class UnsupportedMedia(MeshError):
    code, status, title = "unsupported_media_type", 415, "This content type is not accepted here"


class IdempotencyConflict(MeshError):
    code, status, title = (
        "idempotency_conflict",
        422,
        "This Idempotency-Key stands for other content",
    )


class IdempotencyInProgress(MeshError):
    code, status, title = (
        "idempotency_in_progress",
        409,
        "The first request with this Idempotency-Key is still running",
    )


class Cursor(MeshError):
    code, status, title = "cursor_mismatch", 400, "The cursor belongs to another list"


def clipped(text: str, limit: int = ECHO_LIMIT) -> str:
    """Input repeated in a message: at most `limit` characters, control characters made visible."""
    shown = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text[:limit])
    return shown + ("…" if len(text) > limit else "")
