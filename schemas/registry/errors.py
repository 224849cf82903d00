"""From our refusals to what a registry client is told: HTTP status, error_code, message."""

from __future__ import annotations

import structlog
from django.conf import settings
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from psycopg import errors as postgres
from psycopg_pool import PoolTimeout

from mesh.kernel.errors import MeshError
from schemas.errors import RegistrationRefused, SchemaError
from schemas.registry.http import Answer, RegistryRefusal
from schemas.registry.messages import refusal_text

log = structlog.get_logger(__name__)
STORE_UNAVAILABLE = (503, 50001, "The store does not answer; try again.")
STORE_SLOW = (503, 50002, "Somebody else holds this subject; try again.")
UNSTORABLE = (400, 400, "A value of the request cannot be stored.")
AUTHENTICATE = {"WWW-Authenticate": 'Basic realm="schema registry"'}


def answer_to(error: Exception) -> Answer:
    """The error as a registry answer. Unknown exceptions are logged: a 500 is a bug."""
    if isinstance(error, RegistryRefusal):
        return error_answer(error.status, error.code, error.message, error.headers)
    if isinstance(error, RegistrationRefused):
        return _refused(error)
    if isinstance(error, SchemaError):
        return error_answer(error.status, error.registry_code, error.detail)
    if isinstance(error, MeshError):
        headers = AUTHENTICATE if error.status == 401 else {}
        return error_answer(error.status, error.status, error.detail, headers)
    known = _database_answer(error)
    if known is None:
        log.error("registry_failed", exc_info=error)
        known = (500, 500, "Something failed on our side; the log tells what.")
    return error_answer(*known)


def _database_answer(error: Exception) -> tuple[int, int, str] | None:
    cause = error.__cause__
    if isinstance(
        cause, postgres.LockNotAvailable | postgres.QueryCanceled | postgres.DeadlockDetected
    ):
        return STORE_SLOW
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout):
        log.warning("database_unavailable", detail=str(error)[:200])
        return STORE_UNAVAILABLE
    if isinstance(error, IntegrityError):
        return STORE_SLOW
    if isinstance(error, DataError | UnicodeError | RecursionError):
        return UNSTORABLE
    return None


def error_answer(
    status: int, code: int, message: str, headers: dict[str, str] | None = None
) -> Answer:
    """`{"error_code", "message"}`."""
    answer_headers = dict(headers or {})
    if status == 503:
        answer_headers["Retry-After"] = "1"
    return Answer({"error_code": code, "message": message}, status=status, headers=answer_headers)


def _refused(error: RegistrationRefused) -> Answer:
    status, code, message = error.status, error.answer_code, error.detail
    if status == 409:
        message = refusal_text(error.comparison, error.detail)
        if code == 40901:
            code = settings.REGISTRY_INCOMPATIBLE_CODE
    headers: dict[str, str] = {}
    if error.request_url:
        message = f"{message} See {error.request_url}"
        headers = {"Location": error.request_url}
    return error_answer(status, code, message, headers)
