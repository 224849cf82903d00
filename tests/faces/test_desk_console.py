"""The admin console: who may enter, that it changes nothing by itself, that its acts are audited."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import lookup_field
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.desk.console.base import ReadOnlyAdmin
from mesh.audit.models import AuditEvent, Job
from mesh.audit.principal import Principal
from mesh.kernel import clock
from mesh.kernel.database import database_now
from mesh.people.keys import generate
from mesh.people.models import ApiKey, Grant, Team, User
from tests.factories import catalog, streams
from tests.factories import people as make_people

pytestmark = pytest.mark.django_db
SignIn = Callable[[Principal], Any]
CONSOLE = ("governor", "admin", "auditor")
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def _act(client: Any, path: str, action: str, *keys: object) -> str:
    """Choose rows, do an act, follow to the list; answers its text."""
    answer = client.post(path, {"action": action, "_selected_action": list(keys)}, follow=True)
    assert answer.status_code == 200
    text: str = answer.content.decode()
    return text


@pytest.mark.parametrize("who", CONSOLE)
def test_governance_platform_and_audit_enter(
    sign_in: SignIn, people: dict[str, Principal], who: str
) -> None:
    answer = sign_in(people[who]).get("/admin/")
    assert answer.status_code == 200 and "Change requests" in answer.content.decode()


@pytest.mark.parametrize("path", ["/admin/", "/admin/audit/auditevent/", "/admin/people/user/"])
@pytest.mark.parametrize("who", ["reader", "owner", "engineer", "steward", "consumer"])
def test_everybody_else_is_refused(
    sign_in: SignIn, people: dict[str, Principal], who: str, path: str
) -> None:
    answer = sign_in(people[who]).get(path)
    assert answer.status_code == 403 and "Not allowed" in answer.content.decode()


def test_anonymous_visitor_signs_in_first(client: Any) -> None:
    answer = client.get("/admin/people/user/")
    assert answer.status_code == 302
    assert answer["Location"] == "/login?next=%2Fadmin%2Fpeople%2Fuser%2F"


def test_groups_of_django_are_absent() -> None:
    assert [model for model in MODELS if model._meta.app_label == "auth"] == []
    assert len(MODELS) >= 40


def test_every_list_opens_sorts_and_searches_and_adds_nothing(
    sign_in: SignIn, people: dict[str, Principal]
) -> None:
    client = sign_in(people["auditor"])
    for model in MODELS:
        console = admin.site._registry[model]
        assert isinstance(console, ReadOnlyAdmin) and console.asks == "admin.use", model
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        answers = [client.get(path, {"q": "x", "o": "1"}), client.post(f"{path}add/", {})]
        assert [answer.status_code for answer in answers] == [200, 403], path


def test_no_secret_is_shown_of_people_keys_and_clusters(
    sign_in: SignIn, people: dict[str, Principal]
) -> None:
    text = generate()
    key = ApiKey.objects.create(
        key_id=text.key_id, secret_sha256=text.digest, user_id=people["owner"].user_pk
    )
    user = User.objects.get(pk=people["owner"].user_pk or 0)
    user.set_password("a long enough password")
    user.save()
    cluster = streams.cluster(secrets=b"sealed-credential")
    client = sign_in(people["admin"])
    for path, secret in (
        (f"people/apikey/{key.pk}", text.digest), (f"people/user/{user.pk}", user.password),
        (f"streams/cluster/{cluster.pk}", "sealed-credential"),
    ):  # fmt: skip
        shown = client.get(f"/admin/{path}/change/")
        assert shown.status_code == 200 and secret not in shown.content.decode()


@pytest.mark.parametrize("verb", ["change", "delete"])
def test_rows_are_neither_changed_nor_deleted(
    sign_in: SignIn, people: dict[str, Principal], teams: dict[str, Team], verb: str
) -> None:
    team = teams["orders"]
    client = sign_in(people["admin"])
    answer = client.post(f"/admin/people/team/{team.pk}/{verb}/", {"name": "Taken", "post": "yes"})
    assert answer.status_code == 403
    assert Team.objects.get(pk=team.pk).name == "Orders team"
    _act(client, "/admin/people/team/", "delete_selected", team.pk)
    assert Team.objects.filter(pk=team.pk).exists()


@pytest.mark.parametrize("who", CONSOLE)
def test_failed_job_runs_again_by_whoever_runs_the_platform(
    sign_in: SignIn, people: dict[str, Principal], who: str
) -> None:
    job = Job.objects.create(kind="governance.plan", key="1", state="failed", attempts=3)
    text = _act(sign_in(people[who]), "/admin/audit/job/", "retry", job.pk)
    job.refresh_from_db()
    recorded = AuditEvent.objects.filter(action="job_retried")
    if who == "auditor":
        assert job.state == "failed" and not recorded.exists()
    else:
        assert "1 jobs run again." in text and (job.state, job.attempts) == ("waiting", 0)
        assert recorded.get().actor_label == people[who].label


def test_running_job_is_left_alone_with_the_reason(
    sign_in: SignIn, people: dict[str, Principal]
) -> None:
    job = Job.objects.create(kind="governance.plan", key="1", state="running")
    text = _act(sign_in(people["admin"]), "/admin/audit/job/", "retry", job.pk)
    assert "The job is running" in text and Job.objects.get().state == "running"


def test_role_is_granted_and_taken_away_with_a_trace(
    sign_in: SignIn, people: dict[str, Principal]
) -> None:
    client, reader = sign_in(people["governor"]), people["reader"]
    _act(client, "/admin/people/user/", "grant_auditor", reader.user_pk)
    grant = Grant.objects.get(user_id=reader.user_pk or 0, role="auditor")
    assert AuditEvent.objects.get(action="role_granted").change["role"] == [None, "auditor"]
    _act(client, "/admin/people/grant/", "take_away", grant.pk)
    assert not Grant.objects.filter(pk=grant.pk).exists()
    assert AuditEvent.objects.get(action="role_revoked").change["role"] == ["auditor", ""]


def test_auditor_is_offered_no_role_and_can_grant_none(
    sign_in: SignIn, people: dict[str, Principal]
) -> None:
    client = sign_in(people["auditor"])
    assert "Grant the role" not in client.get("/admin/people/user/").content.decode()
    _act(client, "/admin/people/user/", "grant_governor", people["reader"].user_pk)
    assert not Grant.objects.filter(user_id=people["reader"].user_pk or 0, role="governor").exists()


def test_old_password_must_be_typed_again_first(
    sign_in: SignIn, people: dict[str, Principal]
) -> None:
    client = sign_in(people["governor"])
    session = client.session
    session["password_typed_at"] = (clock.now() - timedelta(hours=1)).timestamp()
    session.save()
    text = _act(client, "/admin/people/user/", "grant_auditor", people["reader"].user_pk)
    assert "Type your password again" in text
    assert not Grant.objects.filter(user_id=people["reader"].user_pk or 0, role="auditor").exists()


def test_key_of_another_person_is_ended_for_good(
    sign_in: SignIn, people: dict[str, Principal], key_of: Any, client: Any
) -> None:
    header = key_of(people["owner"])
    assert client.get("/api/v1/me", **header).status_code == 200
    key = ApiKey.objects.get()
    _act(sign_in(people["admin"]), "/admin/people/apikey/", "end", key.pk)
    client.logout()
    assert client.get("/api/v1/me", **header).status_code == 401
    assert AuditEvent.objects.get(action="api_key_revoked").actor_label == "Admin"


def test_queries_of_lists_do_not_grow(sign_in: SignIn, people: dict[str, Principal]) -> None:
    client = sign_in(people["auditor"])
    paths = ("catalog/port", "catalog/dataproduct", "streams/topic", "schemas/schemaversion",
             "people/membership", "catalog/porttopic")  # fmt: skip

    def counts() -> dict[str, int]:
        found = {}
        for path in paths:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(f"/admin/{path}/").status_code == 200
            found[path] = len(captured)
        return found

    catalog.active("orders")
    counts()
    few = counts()
    for slug in ("returns", "parcels", "prices"):
        catalog.active(slug, team=make_people.team("orders-team"))
    assert counts() == few


def test_every_column_answers_for_a_real_row(people: dict[str, Principal]) -> None:
    product = catalog.active("orders")
    rows = [product, product.ports.get(), *Grant.objects.all()[:1], *User.objects.all()[:1]]
    job = Job.objects.create(kind="x", key="y", due_at=database_now())
    for row in [*rows, job]:
        console = admin.site._registry[type(row)]
        for column in console.list_display:
            lookup_field(column, row, console)
