"""People: users, teams, roles, keys, and the one place that decides who may do what."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "mesh.people"
    label = "people"
