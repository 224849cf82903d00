"""People: users, teams, roles, keys, and the one place that decides who may do what."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "mesh.people"
    label = "people"

    def ready(self) -> None:
        from mesh.audit.fanout import register_channel
        from mesh.audit.schedule import every
        from mesh.people.telling import tell

        register_channel(tell)
        every("people.forget_old", 24 * 3600)
