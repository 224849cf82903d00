"""Command: create the first platform admin with a random password that is printed once."""

from __future__ import annotations

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.actions.bootstrap import create_first_admin
from mesh.audit.principal import SYSTEM
from mesh.kernel.errors import MeshError


class Command(BaseCommand):
    help = "Create the first platform admin; prints the password once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("login")

    def handle(self, *args: Any, **options: Any) -> None:
        password = secrets.token_urlsafe(18)
        try:
            create_first_admin(options["login"], password, by=SYSTEM)
        except MeshError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"login: {options['login']}\npassword: {password}")
