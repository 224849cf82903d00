"""A database that forgets what it acknowledged is named: in the log once, in the probe always."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test import Client
from structlog.testing import capture_logs

from mesh.kernel import durability

pytestmark = pytest.mark.django_db


def commit_mode(word: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select set_config('synchronous_commit', %s, true)", [word])


@pytest.mark.parametrize(("word", "is_named"), [("off", True), ("local", False), ("on", False)])
def test_only_what_is_off_is_named(word: str, is_named: bool) -> None:
    commit_mode(word)
    assert ("synchronous_commit" in durability.switched_off()) == is_named


def test_each_process_says_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durability, "_looked", False)
    commit_mode("off")
    with capture_logs() as said:
        durability.warn_once()
        durability.warn_once()
    assert [entry["event"] for entry in said] == ["database_forgets"]
    assert "synchronous_commit" in said[0]["settings"]


def test_the_probe_tells_it_to_whoever_asks_for_more(client: Client) -> None:
    commit_mode("off")
    assert (
        "synchronous_commit"
        in json.loads(client.get("/readyz?verbose").content)["database_switched_off"]
    )
    assert "database_switched_off" not in json.loads(client.get("/readyz").content)
