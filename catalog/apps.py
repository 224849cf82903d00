"""Start of the catalog room: who is judged by what, what runs when, whom it listens to."""

from __future__ import annotations

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"

    def ready(self) -> None:
        from catalog import directory, receivers, resources, rhythm, telling
        from mesh.kernel.tasks import takes_many, urgent

        resources.register()
        receivers.connect()
        directory.connect()
        rhythm.declare()
        telling.register()
        takes_many("catalog.index_subject")
        urgent("catalog.judge_promises")
