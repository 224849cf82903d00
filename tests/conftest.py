"""Fixtures of all tests: people of the mesh, quiet wake-up hints, no connections beyond loopback."""

from __future__ import annotations

import gc
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from mesh.audit.principal import Principal, RoleGrant

LOOPBACK = ("127.0.0.1", "::1", "localhost")
_connect = socket.socket.connect


def _guarded(self: socket.socket, address: Any) -> Any:
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOOPBACK:
        raise RuntimeError(f"a test tried to connect to {address[0]}")
    return _connect(self, address)


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    socket.socket.connect = _guarded  # type: ignore[method-assign,assignment]  # the guard of the whole run
    yield
    socket.socket.connect = _connect  # type: ignore[method-assign]  # back to the real one


@pytest.fixture(autouse=True, scope="session")
def _seldom_collected() -> None:
    """What is loaded stays for the whole run: looking through it again and again finds no garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.fixture(autouse=True, scope="session")
def _quick_passwords() -> Iterator[None]:
    from django.conf import settings
    from django.test import override_settings

    others = settings.PASSWORD_HASHERS[1:]
    with override_settings(PASSWORD_HASHERS=["tests.passwords.QuickArgon2PasswordHasher", *others]):
        yield


@pytest.fixture(autouse=True, scope="session")
def _quick_emptying() -> Iterator[None]:
    from tests.emptying import quick_emptying

    with quick_emptying():
        yield


@pytest.fixture(autouse=True)
def woken(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> list[tuple[str, tuple[object, ...]]]:
    """The wake-up hints a test caused; nothing is sent unless the test is of the broker suite."""
    sent: list[tuple[str, tuple[object, ...]]] = []
    if "broker" not in request.keywords and "browser" not in request.keywords:
        from mesh.kernel.tasks import hints

        monkeypatch.setattr(hints, "send", lambda name, arguments: sent.append((name, arguments)))
    return sent


@pytest.fixture
def teams(db: None) -> dict[str, Any]:
    """Two teams that answer for different products."""
    from tests.factories.personas import make_teams

    return make_teams()


@pytest.fixture
def people(teams: dict[str, Any]) -> dict[str, Principal]:
    """The personas of the mesh by role, each a signed-in principal."""
    from tests.factories.personas import make_people

    return make_people(teams)


@pytest.fixture
def robot(teams: dict[str, Any]) -> Principal:
    """A service account of the orders team with every scope of a producer."""
    from mesh.people.models import ServiceAccount

    account = ServiceAccount.objects.create(name="checkout-service", team=teams["orders"])
    scopes = frozenset({"schemas:read", "schemas:write", "catalog:read", "lineage:write"})
    return Principal(
        "service", str(account.public_id), account.name, team_roles=((teams["orders"].pk, "engineer"),),
        scopes=scopes, auth_method="api_key", grants=(RoleGrant("reader", "platform"),),
    )  # fmt: skip


@pytest.fixture
def sign_in(client: Any) -> Any:
    """`sign_in(principal)` answers a Django test client with that person's session."""

    def sign(principal: Principal) -> Any:
        from mesh.people.models import User

        client.force_login(User.objects.get(pk=principal.user_pk or 0))
        session = client.session
        from mesh.kernel import clock

        session["password_typed_at"] = clock.now_ms() / 1000
        session.save()
        return client

    return sign


@pytest.fixture
def key_of(db: None) -> Any:
    """`key_of(principal, *scopes)` makes an API key and answers the Authorization header."""

    def make(principal: Principal, *scopes: str) -> dict[str, str]:
        from mesh.people.authz.table import SCOPES
        from mesh.people.keys import generate
        from mesh.people.models import ApiKey, ServiceAccount

        text = generate()
        holder: dict[str, Any] = {"user_id": principal.user_pk}
        if principal.kind == "service":
            holder = {"service_account": ServiceAccount.objects.get(public_id=principal.id)}
        ApiKey.objects.create(
            key_id=text.key_id, secret_sha256=text.digest, scopes=list(scopes) or SCOPES, **holder
        )
        return {"HTTP_AUTHORIZATION": f"Bearer {text.whole}"}

    return make


@pytest.fixture
def assert_query_counts(request: pytest.FixtureRequest) -> Any:
    """`assert_query_counts(renders, grow)`: after `grow()` made more rows, the same queries per name.

    Baselines stand in query_counts.json beside the test; MESH_RECORD_QUERY_COUNTS=1 rewrites them.
    """
    import json
    import os
    from pathlib import Path

    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    path = Path(str(request.path)).parent / "query_counts.json"

    def count(render: Any) -> int:
        render()  # caches of immutable things fill once
        with CaptureQueriesContext(connection) as captured:
            render()
        return len(captured)

    def check(renders: dict[str, Any], grow: Any) -> None:
        small = {name: count(render) for name, render in renders.items()}
        grow()
        large = {name: count(render) for name, render in renders.items()}
        grown = {name: (small[name], large[name]) for name in small if small[name] != large[name]}
        assert not grown, f"queries for few rows and for many: {grown}"
        known = json.loads(path.read_text()) if path.exists() else {}
        if os.environ.get("MESH_RECORD_QUERY_COUNTS") == "1":
            known |= large
            path.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
        differing = {
            name: (known.get(name), n) for name, n in large.items() if known.get(name) != n
        }
        assert not differing, f"baseline and queries now: {differing}"

    return check


@pytest.fixture
def assert_query_count(assert_query_counts: Any) -> Any:
    """assert_query_counts() of one page."""

    def check(name: str, render: Any, grow: Any) -> None:
        assert_query_counts({name: render}, grow)

    return check
