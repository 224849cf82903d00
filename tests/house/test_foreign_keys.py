"""H2: foreign keys point down or stay in the room; the import linter cannot see them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeGuard

from django.apps import apps
from django.contrib.contenttypes.fields import GenericForeignKey
from django.db import models
from django.test.utils import isolate_apps

from tests.house.tree import FLOORS

FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
# The framework's own tables lie below everything of ours.
BELOW = ("contenttypes", "auth", "sessions", "admin")


def upward_keys(known: Iterable[type[models.Model]]) -> list[str]:
    """Relations that point to a higher floor or to another room of the same one."""
    found = []
    for model in known:
        room = model._meta.app_label
        if room not in FLOOR:
            continue
        for field in model._meta.get_fields(include_hidden=True):
            if isinstance(field, GenericForeignKey):
                found.append(f"{model._meta.label}.{field.name} points anywhere")
            target = getattr(field, "related_model", None)
            if (field.auto_created and not field.concrete) or not _is_model(target):
                continue
            other = target._meta.app_label
            if other in BELOW or other == room:
                continue
            if other not in FLOOR or FLOOR[other] <= FLOOR[room]:
                found.append(f"{model._meta.label}.{field.name} → {target._meta.label} points up")
    return found


def _is_model(target: object) -> TypeGuard[type[models.Model]]:
    return isinstance(target, type) and issubclass(target, models.Model)


def test_every_foreign_key_points_down() -> None:
    assert upward_keys(apps.get_models(include_auto_created=True)) == []


def test_every_room_has_a_floor() -> None:
    """A room missing here would be skipped silently."""
    ours = {config.label for config in apps.get_app_configs() if config.name.split(".")[0] in
            ("mesh", "governance", "catalog", "lineage", "schemas", "streams")}  # fmt: skip
    assert ours == set(FLOOR)


@isolate_apps("governance", "streams", "schemas")
def test_planted_keys_up_and_sideways_are_found() -> None:
    class Upper(models.Model):
        class Meta:
            app_label = "governance"

    class Beside(models.Model):
        class Meta:
            app_label = "schemas"

    class Lower(models.Model):
        upper = models.ForeignKey(Upper, models.CASCADE)
        many = models.ManyToManyField(Upper)
        beside = models.ForeignKey(Beside, models.CASCADE)

        class Meta:
            app_label = "streams"

    found = upward_keys([Upper, Beside, Lower, Lower.many.through])
    assert "streams.Lower.upper → governance.Upper points up" in found
    assert "streams.Lower.many → governance.Upper points up" in found
    assert "streams.Lower.beside → schemas.Beside points up" in found
    assert "streams.Lower_many.upper → governance.Upper points up" in found
