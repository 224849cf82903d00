"""Probes and the pages that explain problem codes."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.module_loading import autodiscover_modules

from mesh.kernel import durability
from mesh.kernel.errors import MeshError

_migrated = False


def livez(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """Database reachable and migrated; with ?verbose its unsafe settings and each queue's heartbeat age."""
    try:
        missing = first_missing_migration()
        if missing:
            return JsonResponse(
                {"status": "unavailable", "reason": f"migration {missing} is not applied"},
                status=503,
            )
        durability.warn_once()
        body: dict[str, object] = {"status": "ok", "version": settings.VERSION}
        if "verbose" in request.GET:
            body["database_switched_off"] = durability.switched_off()
            with connection.cursor() as cursor:
                cursor.execute(
                    "select queue, extract(epoch from clock_timestamp() - max(at)) "
                    "from audit_workerheartbeat group by queue"
                )
                body["heartbeat_age_seconds"] = {
                    queue: round(float(age), 1) for queue, age in cursor.fetchall()
                }
        return JsonResponse(body)
    except OperationalError:
        return JsonResponse(
            {"status": "unavailable", "reason": "the database does not answer"}, status=503
        )


def first_missing_migration() -> str:
    """Name of the first unapplied migration; asked once per process after it was empty."""
    global _migrated  # noqa: PLW0603  (a fact that never turns false while the process lives)
    if _migrated:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
        return ""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        return str(plan[0][0])
    _migrated = True
    return ""


def error_classes() -> dict[str, type[MeshError]]:
    """Every MeshError by its code, those of rooms that nothing has loaded yet too."""
    autodiscover_modules("errors")
    found: dict[str, type[MeshError]] = {}
    waiting: list[type[MeshError]] = [MeshError]
    while waiting:
        cls = waiting.pop()
        found.setdefault(cls.code, cls)
        waiting += cls.__subclasses__()
    return found


def problem_page(request: HttpRequest, code: str) -> HttpResponse:
    """What a problem code means: its title, its status, and the paragraphs of its document."""
    cls = error_classes().get(code)
    if cls is None:
        raise Http404
    page = Path(settings.BASE_DIR) / "docs" / "errors" / f"{code}.md"
    paragraphs = page.read_text(encoding="utf-8").split("\n\n") if page.exists() else []
    parts = [paragraph.partition(": ")[::2] for paragraph in paragraphs]
    return render(
        request,
        "problem_code.html",
        {"code": code, "title": cls.title, "status": cls.status, "parts": parts},
    )
