"""Fixtures whose rows are made once per module, for tests that mostly read.

A module takes them by importing them: `from tests.once import people, rows_of_module, teams`. They
take the place of the fixtures of the same names that make rows for each test. Each test runs in a
savepoint, so what it writes is gone for the next one; modules with transactional tests cannot use
them. A fixture on top of them that hands out rows gives each test its own copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from mesh.audit.principal import Principal
from mesh.people.models import Team
from tests.factories.personas import make_people, make_teams


@pytest.fixture(scope="module")
def rows_of_module(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A transaction around all tests of the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def teams(rows_of_module: None) -> dict[str, Team]:
    """The two teams, once."""
    return make_teams()


@pytest.fixture(scope="module")
def people(teams: dict[str, Team]) -> dict[str, Principal]:
    """The personas, once."""
    return make_people(teams)
