"""Start of the schemas room: how subjects are judged, and what runs by the clock."""

from __future__ import annotations

from django.apps import AppConfig


class SchemasConfig(AppConfig):
    name = "schemas"

    def ready(self) -> None:
        from django.core import checks

        from mesh.kernel.tasks import takes_many
        from mesh.people.authz.doors import register_resource
        from schemas import rhythm
        from schemas.checks import gate_is_filled
        from schemas.models import Subject

        register_resource(Subject, "subject")
        rhythm.declare()
        takes_many("schemas.check_subject")
        checks.register(gate_is_filled)
