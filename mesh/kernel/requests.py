"""Middleware of every request: its id, and an answer in the door's own form for every error."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.db import DataError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException

from mesh.kernel.errors import MalformedRequest, MeshError, StoreUnavailable
from mesh.kernel.ids import uuid7
from mesh.kernel.pages import error_page
from mesh.kernel.problems import problem_response

log = structlog.get_logger(__name__)
Handler = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    """Gives each request an id, shown in every error and every log line."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = str(uuid7())
        request.META["tributary.request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response.headers["X-Request-Id"] = request_id
        return response


class ProblemMiddleware:
    """Turns a MeshError of an HTML view into a page, and of anything below /api into a problem."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        error = as_mesh_error(exception)
        if error is None:
            return None
        if request.path.startswith("/api/"):
            return problem_response(request, error)
        return error_page(request, error)


def as_mesh_error(exception: Exception) -> MeshError | None:
    """Our error for what the framework raised, or None when it is a bug that must stay a 500."""
    if isinstance(exception, MeshError):
        return exception
    if isinstance(exception, OperationalError):
        log.warning("database_unavailable", detail=str(exception)[:200])
        return StoreUnavailable()
    if isinstance(exception, DataError | RecursionError | UnicodeError | RawPostDataException):
        return MalformedRequest("A value of the request cannot be stored.")
    return None


class AdminPolicyMiddleware:
    """The admin console's own scripts evaluate expressions and set styles: relax the policy there alone."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/admin/"):
            response._csp_update = {  # type: ignore[attr-defined]  # read by django-csp
                "script-src": ["'unsafe-eval'", "'unsafe-inline'"],
                "style-src": ["'unsafe-inline'"],
            }
            # A nonce would switch 'unsafe-inline' off; the admin console does not use it.
            response._csp_replace = {"script-src": ["'self'"]}  # type: ignore[attr-defined]  # read by django-csp
        return response
