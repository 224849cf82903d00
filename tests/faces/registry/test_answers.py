"""Answers of the registry, byte by byte: shapes, codes and their order, types, hostile input."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from mesh.audit.principal import Principal
from mesh.people.models import ApiKey, ObjectScope
from schemas.models import Association, RegistryAccess, Subject
from tests.faces.registry.conftest import LiveRegistry

VENDOR = "application/vnd.schemaregistry.v1+json"
STRING = json.dumps({"schema": '"string"'})


@dataclass
class Said:
    status: int
    headers: Any
    body: bytes

    @property
    def value(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> tuple[int, int]:
        assert set(self.value) == {"error_code", "message"}, self.value
        return self.status, self.value["error_code"]


Ask = Callable[..., Said]


@pytest.fixture
def ask(
    registry: LiveRegistry, people: dict[str, Principal], header_of: Callable[..., dict[str, str]]
) -> Ask:
    headers = {name: header_of(people[name]) for name in ("engineer", "governor")}

    def send(
        method: str, path: str, body: str | bytes | None = None, who: str = "engineer", **more: str
    ) -> Said:
        sent = {"Content-Type": VENDOR} if body is not None else {}
        sent |= headers.get(who, {})
        sent |= {name.replace("_", "-"): value for name, value in more.items()}
        content = body.encode() if isinstance(body, str) else body
        request = urllib.request.Request(
            registry.url + path, data=content, method=method, headers=sent
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:
                return Said(reply.status, reply.headers, reply.read())
        except urllib.error.HTTPError as error:
            with error:
                return Said(error.code, error.headers, error.read())

    return send


def test_shapes_of_the_main_answers(ask: Ask) -> None:
    registered = ask("POST", "/subjects/a/versions", STRING).value
    assert list(registered) == ["id", "version", "guid", "schemaType", "schema"]
    version = ask("GET", "/subjects/a/versions/latest").value
    assert list(version) == ["subject", "version", "id", "guid", "schemaType", "schema", "ts"]
    by_id = ask("GET", "/schemas/ids/1").value
    assert list(by_id) == ["guid", "schemaType", "schema", "ts"]
    named = ask("GET", "/schemas/ids/1?subject=a").value
    assert (named["subject"], named["version"]) == ("a", 1)
    assert ask("GET", "/schemas/ids/1/schema").body == b'"string"'
    assert ask("GET", "/subjects/a/versions/1/schema").body == b'"string"'
    assert ask("GET", f"/schemas/guids/{registered['guid']}/ids").value == [
        {"context": ".", "id": 1}
    ]
    assert ask("GET", "/").value == {} and ask("POST", "/", "{}").value == {}
    assert ask("GET", "/contexts").value == ["."]
    assert ask("GET", "/config").value == {"compatibilityLevel": "BACKWARD"}
    assert ask("GET", "/mode").value == {"mode": "READWRITE"}
    for probe in ("/livez", "/readyz"):
        assert ask("GET", probe, who="").value == {"status": "ok"}


def test_trailing_slashes_heads_and_prefixes(ask: Ask) -> None:
    ask("POST", "/subjects/a%2Fb/versions/", STRING)
    ask("POST", "/subjects/abc/versions", STRING)
    assert ask("GET", "/subjects/").value == ["a/b", "abc"]
    assert ask("GET", "/subjects?subjectPrefix=a%2F").value == ["a/b"]
    assert ask("GET", "/subjects?subjectPrefix=_").value == []
    assert ask("GET", "/subjects?offset=1&limit=1").value == ["abc"]
    head = ask("HEAD", "/subjects")
    assert (head.status, head.body) == (200, b"")
    assert ask("GET", "/config/").status == 200


REFUSALS: list[tuple[str, str, str | None, tuple[int, int]]] = [
    ("GET", "/subjects/none/versions", None, (404, 40401)),
    ("GET", "/subjects/none/versions/latest", None, (404, 40401)),
    ("GET", "/subjects/a/versions/9", None, (404, 40402)),
    ("GET", "/subjects/a/versions/0", None, (422, 42202)),
    ("GET", "/subjects/a/versions/-2", None, (422, 42202)),
    ("GET", "/subjects/none/versions/abc", None, (422, 42202)),
    ("GET", "/subjects/a/versions/" + "9" * 5000, None, (422, 42202)),
    ("GET", "/schemas/ids/999", None, (404, 40403)),
    ("GET", "/schemas/ids/0", None, (404, 40403)),
    ("GET", "/schemas/ids/x", None, (404, 40403)),
    ("GET", "/schemas/ids/" + "1" * 5000, None, (404, 40403)),
    ("GET", "/schemas/guids/none", None, (404, 40403)),
    ("GET", "/config/a", None, (404, 40408)),
    ("DELETE", "/config/a", None, (404, 40401)),
    ("GET", "/mode/a", None, (404, 40409)),
    ("DELETE", "/mode/a", None, (404, 40401)),
    ("PUT", "/config/a", '{"compatibility": "SOMETIMES"}', (422, 42203)),
    ("PUT", "/config/a", '{"compatibility": 7}', (422, 42203)),
    ("PUT", "/config/__GLOBAL", '{"compatibility": "FULL"}', (422, 42208)),
    ("PUT", "/mode/a", '{"mode": "SOMETIMES"}', (422, 42204)),
    ("DELETE", "/subjects/none", None, (404, 40401)),
    ("DELETE", "/subjects/a?permanent=true", None, (404, 40405)),
    ("DELETE", "/subjects/a/versions/1?permanent=true", None, (404, 40407)),
    ("DELETE", "/subjects/a/versions/7", None, (404, 40402)),
    ("DELETE", "/subjects/a/versions/x", None, (422, 42202)),
    ("POST", "/subjects/none", STRING, (404, 40401)),
    ("POST", "/subjects/none", '{"schema": "broken"}', (422, 42201)),
    ("POST", "/subjects/a", '{"schema": "\\"int\\""}', (404, 40403)),
    ("POST", "/subjects/a/versions", "{}", (422, 42201)),
    ("POST", "/subjects/a/versions", '{"schema": 7}', (422, 42201)),
    ("POST", "/subjects/a/versions", '{"schema": " "}', (422, 42201)),
    ("POST", "/subjects/a/versions", '{"schema": "broken"}', (422, 42201)),
    ("POST", "/subjects/a/versions", '{"schema": "\\"int\\"", "schemaType": "XML"}', (422, 42201)),
    ("POST", "/subjects/a/versions", '{"schema": "\\"int\\"", "references": 7}', (422, 42201)),
    ("POST", "/subjects/a/versions", '{"schema": "\\"int\\"", "references": [1]}', (422, 42201)),
    ("POST", "/subjects/a/versions", '{"schema": "\\"int\\"", "id": 77}', (422, 42205)),
    ("POST", "/subjects/a/versions", '{"schema": "\\"int\\"", "id": "x"}', (422, 42201)),
    ("POST", "/subjects/a/versions", '{"schema": "\\"int\\""}', (409, 40901)),
    ("POST", "/subjects/a/versions", "", (400, 400)),
    ("POST", "/subjects/a/versions", "[]", (400, 400)),
    ("POST", "/subjects/a/versions", "{", (400, 400)),
    ("POST", "/subjects/a/versions", "[" * 100_000, (400, 400)),
    ("POST", "/subjects/a/versions", '{"schema": "\\u0000"}', (400, 400)),
    ("POST", "/subjects/a/versions", '{"schema": "\\ud800"}', (400, 400)),
    ("POST", "/subjects/%FF/versions", STRING, (422, 42208)),
    ("POST", "/subjects/%00/versions", STRING, (422, 42208)),
    ("POST", "/subjects/" + "x" * 600 + "/versions", STRING, (422, 42208)),
    ("GET", "/subjects/%FF/versions", None, (404, 404)),
    ("GET", "/subjects/%00/versions", None, (404, 40401)),
    ("GET", "/subjects?subjectPrefix=%00", None, (400, 400)),
    ("GET", "/subjects?offset=-1", None, (400, 400)),
    ("GET", "/subjects?limit=many", None, (400, 400)),
    ("POST", "/compatibility/subjects/a/versions/9", STRING, (404, 40402)),
    ("POST", "/compatibility/subjects/a/versions/abc", STRING, (422, 42202)),
    ("POST", "/compatibility/subjects/a/versions/9", '{"schema": "broken"}', (404, 40402)),
    ("POST", "/compatibility/subjects/a/versions/1", '{"schema": "broken"}', (422, 42201)),
    ("GET", "/nothing", None, (404, 404)),
    ("GET", "/exporters", None, (404, 404)),
    ("PATCH", "/subjects", None, (405, 405)),
    ("GET", "/compatibility/subjects/a/versions", None, (405, 405)),
]  # fmt: skip


def test_codes_and_their_order(ask: Ask) -> None:
    ask("POST", "/subjects/a/versions", STRING)
    wrong: list[tuple[str, str, tuple[int, int], tuple[int, int]]] = []
    for method, path, body, expected in REFUSALS:
        who = "governor" if path.startswith("/mode") else "engineer"
        found = ask(method, path, body, who=who).code
        if found != expected:
            wrong.append((method, path[:80], found, expected))
    assert wrong == []
    assert ask("GET", "/subjects/a/versions").value == [1]


def test_compatibility_answers(ask: Ask) -> None:
    ask("POST", "/subjects/a/versions", STRING)
    path = "/compatibility/subjects/a/versions/latest"
    other = json.dumps({"schema": '"int"'})
    assert ask("POST", path, other).value == {"is_compatible": False}
    verbose = ask("POST", f"{path}?verbose=true", other).value
    assert verbose["is_compatible"] is False
    assert verbose["messages"][0].startswith("{errorType:'TYPE_MISMATCH', description:'")
    assert verbose["messages"][-1] == "{validateFields: 'false', compatibility: 'BACKWARD'}"
    good = ask("POST", f"{path}?verbose=true", STRING).value
    assert good == {"is_compatible": True, "messages": []}
    broken = ask("POST", f"{path}?verbose=true", json.dumps({"schema": "{"})).value
    assert broken["is_compatible"] is False and broken["messages"]
    assert ask("POST", path.replace("/a/", "/none/"), STRING).value == {"is_compatible": True}


def test_types_are_negotiated(ask: Ask) -> None:
    assert ask("GET", "/subjects").headers["Content-Type"] == VENDOR
    assert ask("GET", "/subjects", Accept="application/json").headers["Content-Type"] == (
        "application/json"
    )
    weighted = "application/json;q=0.9, application/vnd.schemaregistry+json;q=0.5"
    assert ask("GET", "/subjects", Accept=weighted).headers["Content-Type"] == "application/json"
    assert ask("GET", "/subjects", Accept="text/xml").code == (406, 406)
    assert ask("GET", "/livez", Accept="text/xml").status == 200
    assert ask("POST", "/subjects/a", STRING, Content_Type="text/plain").code == (415, 415)
    assert ask("POST", "/subjects/a", STRING, Content_Encoding="gzip").code == (415, 415)
    octets = ask("POST", "/subjects/a/versions", STRING, Content_Type="application/octet-stream")
    assert octets.status == 200
    wide = "application/json; charset=utf-16"
    assert (
        ask("POST", "/subjects/b/versions", STRING.encode("utf-16"), Content_Type=wide).status
        == 200
    )
    assert ask("POST", "/subjects/b/versions", b"\xff", Content_Type=wide).code == (400, 400)
    assert ask("GET", "/nothing").headers["X-Content-Type-Options"] == "nosniff"
    assert ask("PATCH", "/subjects").headers["Allow"] == "HEAD, GET"


def test_large_bodies_end_early(ask: Ask) -> None:
    assert ask("POST", "/subjects/a/versions", b" " * (1024 * 1024 + 1)).code == (413, 42209)


def test_ids_carry_an_etag_and_are_kept(ask: Ask, registry: LiveRegistry) -> None:
    guid = ask("POST", "/subjects/a/versions", STRING).value["guid"]
    first = ask("GET", "/schemas/ids/1", who="")
    second = ask("GET", "/schemas/ids/1", who="")
    assert first.body == second.body
    assert len(registry.application.kept) == 1
    assert first.headers["ETag"] == second.headers["ETag"] == f'"{guid}"'
    assert ask("GET", "/schemas/ids/1", If_None_Match=f'"{guid}"').status == 304
    ask("DELETE", "/subjects/a")
    assert ask("GET", "/schemas/ids/1", who="").status == 200
    ask("DELETE", "/subjects/a?permanent=true")
    assert ask("GET", "/schemas/ids/1", who="").code == (404, 40403)


def test_bad_credentials_are_refused_on_every_route(
    ask: Ask, settings: Any, people: dict[str, Principal], header_of: Any
) -> None:
    from schemas.registry.routes import ROUTES

    ask("POST", "/subjects/a/versions", STRING)
    ask("GET", "/schemas/ids/1", who="")
    for header in ("Basic eDp5", "Bearer trb_nonsense", "Basic ???", "Digest x", "", "x" * 5000):
        assert ask("GET", "/schemas/ids/1", who="", Authorization=header).code == (401, 401)
    settings.ANONYMOUS_REGISTRY_READ = False
    for route in ROUTES:
        path = "/" + "/".join("1" if part[0] == "{" else part for part in route.pattern)
        body = "{}" if route.takes_body else None
        answer = ask(route.method, path, body, who="")
        assert answer.status == (200 if route.is_open else 401), path
    assert ask("GET", "/subjects", who="").headers["WWW-Authenticate"].startswith("Basic")
    narrow = header_of(people["engineer"], "catalog:read")["Authorization"]
    assert ask("GET", "/subjects", who="", Authorization=narrow).code == (403, 403)


def test_any_user_name_with_the_whole_key_is_understood(
    ask: Ask, settings: Any, people: dict[str, Principal], key_of: Any
) -> None:
    import base64

    settings.ANONYMOUS_REGISTRY_READ = False
    whole = key_of(people["reader"])["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    basic = base64.b64encode(f"anybody:{whole}".encode()).decode()
    assert ask("GET", "/subjects", who="", Authorization=f"Basic {basic}").status == 200
    assert ask("GET", "/subjects", who="", Authorization=f"Bearer {whole}").status == 200


def test_a_revoked_key_ends_within_a_second(
    ask: Ask, settings: Any, registry: LiveRegistry
) -> None:
    settings.ANONYMOUS_REGISTRY_READ = False
    assert ask("GET", "/subjects").status == 200
    from mesh.kernel import clock

    ApiKey.objects.update(revoked_at=clock.now())
    registry.application.keys.clear()  # as if the second had passed
    assert ask("GET", "/subjects").code == (401, 401)


def test_hidden_subjects_are_missing_for_others(ask: Ask, teams: Any) -> None:
    ask("POST", "/subjects/a/versions", STRING)
    subject = Subject.objects.get()
    ask("GET", "/schemas/ids/1", who="")
    ObjectScope.objects.create(
        kind="subject", object_id=subject.public_id, team=teams["orders"], visibility="restricted"
    )
    import time

    time.sleep(1.0)  # the registry hears of it from the database
    assert ask("GET", "/subjects", who="").value == []
    assert ask("GET", "/schemas/ids/1", who="").code == (404, 40403)
    assert ask("GET", "/subjects/a/versions/1", who="").code == (404, 40401)
    assert ask("POST", "/subjects/a", STRING, who="").code == (404, 40401)
    assert ask("POST", "/subjects/a/versions", STRING, who="").code == (404, 40401)
    assert ask("GET", "/subjects/a/versions/1").status == 200


def test_associations_answer_the_one_subject_of_a_topic(ask: Ask) -> None:
    def associate(kind: str, subject: str) -> None:
        Association.objects.create(
            resource_namespace="cluster-1", resource_name="orders", resource_id="t1",
            association_type=kind, subject_name=subject,
        )  # fmt: skip

    path = "/associations/resources/-/orders?resourceType=topic&associationType=value"
    assert ask("GET", path).value == []
    associate("value", "orders.changed")
    found = ask("GET", path).value
    assert [row["subject"] for row in found] == ["orders.changed"]
    assert (found[0]["lifecycle"], found[0]["frozen"]) == ("WEAK", False)
    assert ask("GET", path.replace("=value", "=key")).value == []
    assert ask("GET", path.replace("/-/", "/other/")).value == []
    associate("value", "orders.cancelled")
    assert ask("GET", path).value == []


def test_use_is_counted_also_from_kept_answers(ask: Ask, registry: LiveRegistry) -> None:
    ask("POST", "/subjects/a/versions", STRING)
    for _ in range(5):
        ask("GET", "/schemas/ids/1?subject=a", Confluent_Client_Version="python/2.16")
    ask("POST", "/subjects/a", STRING)
    registry.application.access.flush()
    rows = {row.action: row for row in RegistryAccess.objects.all()}
    assert rows["fetch"].count == 5 and rows["fetch"].client == "python/2.16"
    assert rows["register"].count == 1 and rows["lookup"].count == 1
    assert {row.subject_name for row in rows.values()} == {"a"}
    assert rows["fetch"].principal.startswith("user:")


def test_a_slow_query_never_delays_a_kept_answer(
    ask: Ask, registry: LiveRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading
    import time

    ask("POST", "/subjects/a/versions", STRING)
    ask("GET", "/schemas/ids/1", who="")
    release = threading.Event()
    monkeypatch.setattr("schemas.registry.asgi.answer", lambda *arguments: release.wait(5) and None)
    slow = threading.Thread(target=lambda: ask("GET", "/subjects", who=""), daemon=True)
    slow.start()
    began = time.monotonic()
    for _ in range(20):
        assert ask("GET", "/schemas/ids/1", who="").status == 200
    assert time.monotonic() - began < 2
    release.set()
    slow.join(timeout=5)


def test_a_store_that_is_away_is_a_503_and_kept_answers_stay(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    ask("POST", "/subjects/a/versions", STRING)
    ask("GET", "/schemas/ids/1", who="")

    def away(*arguments: Any, **more: Any) -> Any:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr("schemas.registry.dispatch.find_route", away)
    answer = ask("GET", "/subjects", who="")
    assert answer.code == (503, 50001)
    assert answer.headers["Retry-After"] == "1"
    assert ask("GET", "/schemas/ids/1", who="").status == 200
