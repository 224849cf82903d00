"""Errors of the REST door: RFC 9457 problem documents, the same for every exception."""

from __future__ import annotations

import json
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response

from mesh.kernel.errors import (
    BodyTooLarge,
    Fault,
    InvalidInput,
    MalformedRequest,
    MeshError,
    NotAllowed,
    NotFound,
    NotSignedIn,
    TooManyRequests,
    UnsupportedMedia,
)

log = structlog.get_logger(__name__)
MEDIA_TYPE = "application/problem+json"


def problem_body(error: MeshError, request_id: str) -> dict[str, object]:
    """The members of a problem document."""
    body: dict[str, object] = {
        "type": f"/problems/{error.code}",
        "title": error.title,
        "status": error.status,
        "code": error.code,
        "detail": error.detail,
        "request_id": request_id,
    }
    if error.faults:
        body["errors"] = [
            {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail}
            for fault in error.faults
        ]
    extra = error.context.get("extra")
    if isinstance(extra, dict):
        body.update({str(key): value for key, value in extra.items() if key not in body})
    return body


def request_id_of(request: HttpRequest | None) -> str:
    """The id that RequestIdMiddleware gave the request."""
    return str(request.META.get("tributary.request_id", "")) if request is not None else ""


def problem_response(request: HttpRequest | None, error: MeshError) -> HttpResponse:
    """A plain Django response that carries the problem document."""
    response = HttpResponse(
        json.dumps(problem_body(error, request_id_of(request)), default=str),
        content_type=MEDIA_TYPE,
        status=error.status,
    )
    _headers(response, error)
    return response


def _headers(response: HttpResponse | Response, error: MeshError) -> None:
    if error.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="tributary"'
    if error.status in (429, 503) or "retry_after_seconds" in error.context:
        response["Retry-After"] = str(error.context.get("retry_after_seconds", 1))
    if isinstance(etag := error.context.get("etag"), str):
        response["ETag"] = etag


def problem_handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. Unknown exceptions stay exceptions: a 500 is a bug by definition."""
    from mesh.kernel.requests import as_mesh_error

    error = as_mesh_error(exception) or _framework_error(exception)
    if error is None:
        return None
    request = context["request"]
    response = Response(
        problem_body(error, request_id_of(request._request)),
        status=error.status,
        content_type=MEDIA_TYPE,
    )
    _headers(response, error)
    return response


def _framework_error(exception: Exception) -> MeshError | None:
    """DRF's and Django's own exceptions in our words."""
    detail = str(getattr(exception, "detail", "") or "")
    match exception:
        case exceptions.ValidationError():
            return InvalidInput(faults=tuple(flatten(exception.detail, "")))
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return NotSignedIn(detail)
        case exceptions.PermissionDenied() | PermissionDenied():
            return NotAllowed(detail)
        case exceptions.NotFound() | Http404():
            return NotFound()
        case exceptions.ParseError():
            return MalformedRequest(detail)
        case exceptions.UnsupportedMediaType():
            return UnsupportedMedia(detail)
        case exceptions.Throttled():
            return TooManyRequests(detail)
        case RequestDataTooBig():
            return BodyTooLarge()
        case exceptions.APIException():
            error = MeshError(detail)
            error.status, error.code = exception.status_code, str(exception.default_code)  # type: ignore[misc]  # one-off instance values
            return error
        case _:
            pass
    return None


def flatten(detail: object, pointer: str) -> list[Fault]:
    """DRF's nested error details as a flat list with JSON pointers."""
    if isinstance(detail, dict):
        found: list[Fault] = []
        for key, member in detail.items():
            name = (
                ""
                if key == "non_field_errors"
                else f"/{str(key).replace('~', '~0').replace('/', '~1')}"
            )
            found += flatten(member, pointer + name)
        return found
    if isinstance(detail, list):
        found = []
        for index, member in enumerate(detail):
            nested = isinstance(member, dict | list)
            found += flatten(member, f"{pointer}/{index}" if nested else pointer)
        return found
    return [Fault(pointer, str(getattr(detail, "code", "invalid")), str(detail))]
