"""Command: fill a quick start with people, environment, cluster and policies, on request after the tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from governance.actions import bootstrap
from mesh.audit.principal import SYSTEM
from mesh.kernel.errors import MeshError

# One broker and one person for each role: what a real platform would ask is not possible here.
QUICKSTART_PARAMETERS: dict[str, dict[str, object]] = {
    "topic.replication-and-isr": {"minimum_replication": 1, "minimum_isr": 1},
    "topic.partition-bounds": {"minimum": 1, "maximum": 48},
    "product.owner-present": {"members": 1},
}


class Command(BaseCommand):
    help = "Set up people, environment, cluster and policies of a quick start; harmless to repeat."
    requires_system_checks: list[str] = []  # a start is no place to look for mistakes in the code

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--quickstart", action="store_true", help="say that this is a quick start"
        )
        parser.add_argument(
            "--people", type=Path, help="JSON file of people with logins, passwords and keys"
        )
        parser.add_argument(
            "--migrate",
            action="store_true",
            help="apply the migrations first, in the same program: loading the application takes longer",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not (options["quickstart"] and (settings.QUICKSTART or settings.DEBUG)):
            raise CommandError(
                "This sets known passwords: only with --quickstart and MESH_QUICKSTART=true."
            )
        if options["migrate"]:
            call_command("migrate", interactive=False, skip_checks=True, stdout=self.stdout)
        try:
            people = _read_people(options["people"])
            with transaction.atomic():
                _set_up(people)
        except MeshError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"{len(people)} people, environment prod, {_cluster_words()}")


def _read_people(path: Path | None) -> list[bootstrap.Person]:
    if path is None:
        return []
    try:
        document = json.loads(path.read_text())
        users = document["users"]
        return [bootstrap.Person.read(user, f"/users/{place}") for place, user in enumerate(users)]
    except OSError as error:
        raise CommandError(f"The people file cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandError(
            f"The people file is not of the form {{'users': […]}}: {error}."
        ) from error


def _set_up(people: list[bootstrap.Person]) -> None:
    for person in people:
        bootstrap.set_up_person(person, by=SYSTEM)
    environment = bootstrap.set_up_environment("prod", "Production", "prod", by=SYSTEM)
    if settings.KAFKA_BOOTSTRAP:
        bootstrap.set_up_cluster("demo", environment, settings.KAFKA_BOOTSTRAP, by=SYSTEM)
    bootstrap.set_up_policies(QUICKSTART_PARAMETERS, by=SYSTEM)


def _cluster_words() -> str:
    where = settings.KAFKA_BOOTSTRAP
    return f"cluster demo at {where}" if where else "no cluster: KAFKA_BOOTSTRAP is not set"
