"""Start of the lowest floor: logging and Celery."""

from __future__ import annotations

from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "mesh.kernel"
    label = "kernel"

    def ready(self) -> None:
        import mesh.celery  # noqa: F401  (tasks find their application)
        from mesh.kernel.logs import configure

        configure()
