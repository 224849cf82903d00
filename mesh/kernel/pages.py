"""Error pages of the web: what failed, why, what to do, with the request's id."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.http import urlencode

from mesh.kernel.errors import MeshError, NotAllowed, NotFound
from mesh.kernel.problems import request_id_of


def error_page(request: HttpRequest, error: MeshError) -> HttpResponse:
    """The page for a refusal; whoever is not signed in goes to the log-in page first."""
    if error.status == 401:
        return redirect(f"/login?{urlencode({'next': request.get_full_path()})}")
    template = {404: "404.html", 403: "403.html"}.get(error.status, "problem.html")
    context = {
        "title": error.title,
        "detail": error.detail,
        "status": error.status,
        "code": error.code,
        "faults": error.faults,
        "request_id": request_id_of(request),
        "path": request.path,
    }
    return render(request, template, context, status=error.status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler404."""
    from mesh.kernel.problems import problem_response

    error = NotFound()
    return (
        problem_response(request, error)
        if request.path.startswith("/api/")
        else error_page(request, error)
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler403."""
    from mesh.kernel.problems import problem_response

    error = NotAllowed()
    return (
        problem_response(request, error)
        if request.path.startswith("/api/")
        else error_page(request, error)
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: the request id only; the log has the rest. Needs no database."""
    from mesh.kernel.problems import problem_response

    error = MeshError("Something failed on our side. The request id helps to find it in the log.")
    error.status, error.code, error.title = 500, "internal", "Something failed"  # type: ignore[misc]  # one-off instance values
    if request.path.startswith("/api/"):
        return problem_response(request, error)
    words = render_to_string("500.html", {"request_id": request_id_of(request)})
    return HttpResponse(words, status=500)
