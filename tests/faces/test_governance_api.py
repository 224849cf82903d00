"""REST of requests: who may do what, what each refusal says, and the console."""

# ruff: noqa: F811  (fixtures of the room are taken by their name)
from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from governance.models import ChangeRequest, Reservation
from mesh.audit.models import Job
from mesh.people.models import Membership, User
from mesh.people.principals import principal_of_user
from tests.rooms.governance.conftest import (  # noqa: F401
    SCHEMA,
    FakeBroker,
    body,
    broker,
    mesh,
    product_items,
    schema_item,
    submitted,
    topic_item,
    vote,
    work,
)

pytestmark = pytest.mark.django_db
PATH = "/api/v1/requests"


@pytest.fixture
def ask(client: Client, mesh: Any, people: Any, key_of: Any) -> Any:
    """`ask(who, method, path, body)` speaks with that person's key."""
    headers: dict[str, Any] = {}

    def speak(who: str, method: str, path: str, content: Any = None, **extra: str) -> Any:
        header = headers.setdefault(who, key_of(people[who]))
        return getattr(client, method)(
            path, content, content_type="application/json", **header, **extra
        )

    return speak


def test_request_is_made_submitted_and_read(ask: Any, work: Any) -> None:
    answer = ask("engineer", "post", f"{PATH}?submit=true", body(*product_items()))
    assert answer.status_code == 201, answer.json()
    made = answer.json()
    assert made["state"] == "submitted"
    assert answer["Location"] == f"{PATH}/{made['number']}"
    work()
    read = ask("reader", "get", f"{PATH}/{made['number']}").json()
    assert read["state"] == "awaiting_approval"
    assert len(read["plan_hash"]) == 64
    assert [row["role"] for row in read["requirements"]] == ["owner_or_steward"]
    assert next(item["kind"] for item in read["items"]) == "topic.create"
    assert ask("reader", "get", PATH).json()["items"][0]["number"] == made["number"]


def test_keys_never_vote(ask: Any, submitted: Any) -> None:
    request = submitted(*product_items())
    for verb in ("approve", "decline"):
        answer = ask(
            "owner", "post", f"{PATH}/{request.pk}/{verb}",
            {"plan_hash": request.plan_hash, "reason": "Looks right to me."}, HTTP_IF_MATCH=f'"r{request.revision}"',
        )  # fmt: skip
        assert answer.status_code == 403
        assert "browser session" in answer.json()["detail"]
    request.refresh_from_db()
    assert request.state == "awaiting_approval"


def session_vote(client: Any, request: ChangeRequest, verb: str = "approve", **changes: Any) -> Any:
    sent = {"plan_hash": request.plan_hash, "reason": "Read it, agreed.", **changes}
    return client.post(
        f"{PATH}/{request.pk}/{verb}",
        sent,
        content_type="application/json",
        HTTP_IF_MATCH=f'"r{request.revision}"',
    )


def test_session_votes_over_rest(submitted: Any, people: Any, sign_in: Any) -> None:
    request = submitted(*product_items())
    answer = session_vote(sign_in(people["owner"]), request)
    assert answer.status_code == 200
    assert answer.json()["state"] == "approved"
    assert answer.json()["requirements"][0]["filled_by"] == ["Owner"]


def test_session_votes_need_csrf(submitted: Any, people: Any) -> None:
    from mesh.people.models import User

    request = submitted(*product_items())
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(pk=people["owner"].user_pk))
    assert session_vote(strict, request).status_code == 403
    request.refresh_from_db()
    assert request.state == "awaiting_approval"


@pytest.mark.parametrize("who", ["consumer", "reader", "auditor", "admin", "governor"])
def test_people_who_fill_no_slot_do_not_vote(
    submitted: Any, people: Any, sign_in: Any, who: str
) -> None:
    request = submitted(*product_items())
    answer = session_vote(sign_in(people[who]), request)
    assert answer.status_code == 403
    request.refresh_from_db()
    assert request.state == "awaiting_approval"


def test_stale_vote_answers_409_with_the_present_plan(
    submitted: Any, people: Any, sign_in: Any
) -> None:
    request = submitted(*product_items())
    client = sign_in(people["owner"])
    wrong = session_vote(client, request, plan_hash="f" * 64)
    told = wrong.json()
    assert (wrong.status_code, told["code"]) == (409, "plan_stale")
    assert (told["plan_hash"], wrong["ETag"]) == (request.plan_hash, f'"r{request.revision}"')
    assert [line["kind"] for line in told["plan"]] == [line["kind"] for line in request.plan]


def test_a_vote_at_another_revision_of_the_same_plan_is_stale(
    submitted: Any, people: Any, sign_in: Any
) -> None:
    request = submitted(*product_items())
    present, request.revision = request.revision, request.revision - 1
    late = session_vote(sign_in(people["owner"]), request)
    assert (late.status_code, late.json()["code"]) == (412, "stale")
    assert late["ETag"] == f'"r{present}"'


def test_vote_without_if_match_is_refused(submitted: Any, people: Any, sign_in: Any) -> None:
    request = submitted(*product_items())
    answer = sign_in(people["owner"]).post(
        f"{PATH}/{request.pk}/approve",
        {"plan_hash": request.plan_hash},
        content_type="application/json",
    )
    assert (answer.status_code, answer.json()["code"]) == (428, "revision_missing")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"title": ""}, "/title"),
        ({"reason": "short"}, "/reason"),
        ({"reason": "control\x07character here"}, "/reason"),
        ({"items": []}, "/items"),
        ({"items": "all"}, "/items"),
        ({"items": [3]}, "/items/0"),
        ({"items": [{"kind": "topic.explode"}]}, "/items/0/kind"),
        (
            {"items": [{**topic_item(), "object": {"cluster": "demo", "topic": "a b"}}]},
            "/items/0/object/topic",
        ),
        (
            {"items": [{**topic_item(), "object": {"cluster": "ghost", "topic": "a.b"}}]},
            "/items/0/object/cluster",
        ),
        ({"items": [topic_item(partitions="3")]}, "/items/0/desired/partitions"),
        ({"items": [topic_item(partitions=True)]}, "/items/0/desired/partitions"),
        ({"items": [topic_item(configs=[])]}, "/items/0/desired/configs"),
        ({"items": [schema_item(schema="{")]}, "/items/0/desired/schema"),
        ({"items": [schema_item(schema={"type": "record"})]}, "/items/0/desired/schema"),
        ({"items": [topic_item(), topic_item()]}, "/items"),
        ({"environment": "moon"}, "/environment"),
        ({"on_failure": "panic"}, "/on_failure"),
        ({"product": "ghost"}, "/product"),
    ],
)
def test_bad_bodies_are_refused_at_their_place(
    ask: Any, change: dict[str, Any], pointer: str
) -> None:
    answer = ask("engineer", "post", PATH, {**body(topic_item()), **change})
    assert answer.status_code == 422, answer.json()
    assert pointer in [error["pointer"] for error in answer.json()["errors"]], answer.json()
    assert not ChangeRequest.objects.exists()


def test_promise_without_unit_is_refused_at_its_member(ask: Any) -> None:
    items = product_items()
    items[4]["desired"]["promises"] = [{"property": "freshness", "value": 30}]
    answer = ask("engineer", "post", PATH, body(*items))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/items/4/desired/promises/0")


@pytest.mark.parametrize(
    ("member", "value", "place"),
    [("unit", "parsecs", "unit"), ("property", "freshnes", "property"), ("value", "soon", "value")],
)
def test_what_nobody_can_read_of_a_promise_is_refused_at_its_member(
    ask: Any, member: str, value: str, place: str
) -> None:
    items = product_items()
    row = {"property": "freshness", "value": "30", "unit": "s", member: value}
    items[4]["desired"]["promises"] = [row]
    answer = ask("engineer", "post", PATH, body(*items))
    assert answer.status_code == 422
    pointers = [fault["pointer"] for fault in answer.json()["errors"]]
    assert pointers == [f"/items/4/desired/promises/0/{place}"]


def test_a_group_that_nobody_saw_is_noted_in_rest_and_on_the_page(
    ask: Any, people: Any, sign_in: Any
) -> None:
    items = product_items()
    row = {"property": "consumerLag", "value": "5 min", "consumer": "nobody-reads"}
    items[4]["desired"]["promises"] = [row]
    made = ask("engineer", "post", PATH, body(*items)).json()
    (note,) = made["notes"]
    position = next(item["position"] for item in made["items"] if item["kind"] == "promise.set")
    assert note["pointer"] == f"/items/{position - 1}/desired/promises/0/consumer"
    page = sign_in(people["engineer"]).get(f"/governance/requests/{made['number']}")
    assert "nobody-reads&quot; was seen yet" in page.content.decode()


def test_a_port_on_a_topic_that_nobody_knows_blocks_the_plan_at_its_member(
    ask: Any, work: Any
) -> None:
    items = [item for item in product_items() if item["kind"] != "topic.create"]
    made = ask("engineer", "post", f"{PATH}?submit=true", body(*items)).json()
    work()
    read = ask("engineer", "get", f"{PATH}/{made['number']}").json()
    assert read["state"] == "checks_failed"
    assert any(
        problem["pointer"].endswith("/desired/topic") for problem in read["failure"]["problems"]
    )


def test_unknown_member_of_the_body_is_named(ask: Any) -> None:
    answer = ask("engineer", "post", PATH, {**body(topic_item()), "urgent": True})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/urgent")


@pytest.mark.parametrize("query", ["submit=yes", "sumbit=true"])
def test_wrong_query_parameters_are_refused(ask: Any, query: str) -> None:
    assert ask("engineer", "post", f"{PATH}?{query}", body(topic_item())).status_code == 400


@pytest.mark.parametrize("who", ["reader", "auditor", "admin"])
def test_people_without_a_team_ask_for_nothing(ask: Any, who: str) -> None:
    assert ask(who, "post", PATH, body(*product_items())).status_code == 403


def test_nobody_asks_for_another_teams_product(ask: Any) -> None:
    assert ask("consumer", "post", PATH, body(*product_items())).status_code == 403


def test_name_of_an_open_request_is_taken(ask: Any) -> None:
    first = ask("engineer", "post", f"{PATH}?submit=true", body(topic_item()))
    assert first.status_code == 201
    second = ask("consumer", "post", f"{PATH}?submit=true", body(topic_item(), team="risk-team"))
    assert (second.status_code, second.json()["code"]) == (409, "object_busy")
    assert f"#{first.json()['number']}" in second.json()["detail"]
    assert ChangeRequest.objects.count() == 1


def test_withdrawing_frees_the_names(ask: Any) -> None:
    number = ask("engineer", "post", f"{PATH}?submit=true", body(topic_item())).json()["number"]
    read = ask("engineer", "get", f"{PATH}/{number}")
    answer = ask("engineer", "post", f"{PATH}/{number}/withdraw", {}, HTTP_IF_MATCH=read["ETag"])
    assert answer.json()["state"] == "withdrawn"
    assert not Reservation.objects.exists()
    again = ask("engineer", "post", f"{PATH}/{number}/withdraw", {}, HTTP_IF_MATCH=answer["ETag"])
    assert (again.status_code, again.json()["code"]) == (409, "request_state")
    assert again.json()["state"] == "withdrawn"


def test_edit_needs_the_present_revision_and_voids_votes(ask: Any, submitted: Any) -> None:
    request = submitted(*product_items())
    path = f"{PATH}/{request.pk}"
    assert ask("owner", "patch", path, {"title": "Better words"}).status_code == 428
    assert (
        ask("owner", "patch", path, {"title": "Better words"}, HTTP_IF_MATCH='"r1"').status_code
        == 412
    )
    answer = ask(
        "owner", "patch", path, {"title": "Better words"}, HTTP_IF_MATCH=f'"r{request.revision}"'
    )
    assert answer.status_code == 200, answer.json()
    assert (answer.json()["state"], answer.json()["title"]) == ("draft", "Better words")


def test_idempotency_key_makes_one_request(ask: Any) -> None:
    for _ in range(2):
        answer = ask("engineer", "post", PATH, body(topic_item()), HTTP_IDEMPOTENCY_KEY="once")
        assert answer.status_code == 201
    assert ChangeRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("place", "value", "pointer"),
    [
        (("title",), "Or\u202eders", "/title"),
        (("items", 0, "object", "product"), "Not a slug", "/items/0/object/product"),
        (("items", 0, "desired", "name"), "Or\u200bders", "/items/0/desired/name"),
        (("items", 1, "object", "port"), "x" * 121, "/items/1/object/port"),
        (("items", 1, "object", "version"), "x" * 41, "/items/1/object/version"),
        (("items", 1, "desired", "group"), "x" * 256, "/items/1/desired/group"),
    ],
)
def test_a_name_that_nobody_could_read_is_refused_at_its_place(
    ask: Any, place: tuple[Any, ...], value: str, pointer: str
) -> None:
    content: Any = body(*product_items()[2:4])
    inner = content
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    answer = ask("engineer", "post", PATH, content)
    assert answer.status_code == 422, answer.json()
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert not ChangeRequest.objects.exists()


def test_somebody_of_several_teams_says_which_one_asks(
    ask: Any, mesh: Any, people: Any, teams: Any
) -> None:
    Membership.objects.create(team=teams["risk"], user_id=people["engineer"].user_pk, role="owner")
    people["engineer"] = principal_of_user(User.objects.get(pk=people["engineer"].user_pk))
    answer = ask("engineer", "post", PATH, body(topic_item()))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/team")
    made = ask("engineer", "post", PATH, body(topic_item(), team="orders-team"))
    assert made.status_code == 201, made.json()


@pytest.mark.parametrize("step", ["submit", "withdraw", "retry", "read-again", "settle"])
def test_every_step_names_the_revision_it_is_meant_for(ask: Any, submitted: Any, step: str) -> None:
    request = submitted(*product_items())
    path = f"{PATH}/{request.pk}/{step}"
    missing = ask("engineer", "post", path, {"reason": "It was read before."})
    assert (missing.status_code, missing.json()["code"]) == (428, "revision_missing")
    stale = ask("engineer", "post", path, {}, HTTP_IF_MATCH='"r1"')
    assert (stale.status_code, stale["ETag"]) == (412, f'"r{request.revision}"')


def test_a_step_is_taken_at_the_revision_that_was_read(ask: Any, submitted: Any) -> None:
    request = submitted(*product_items())
    path = f"{PATH}/{request.pk}/withdraw"
    stale = ask("engineer", "post", path, {"reason": "No."}, HTTP_IF_MATCH='"r1"')
    assert (stale.status_code, stale["ETag"]) == (412, f'"r{request.revision}"')
    request.refresh_from_db()
    assert request.state == "awaiting_approval"
    now = ask("engineer", "post", path, {"reason": "No."}, HTTP_IF_MATCH=stale["ETag"])
    assert (now.status_code, now.json()["state"]) == (200, "withdrawn")


def test_comments_are_for_people(ask: Any, submitted: Any) -> None:
    request = submitted(*product_items())
    answer = ask("consumer", "post", f"{PATH}/{request.pk}/comments", {"words": "Which key?"})
    assert answer.status_code == 201
    read = ask("reader", "get", f"{PATH}/{request.pk}").json()
    assert [comment["words"] for comment in read["comments"]] == ["Which key?"]


def test_policies_are_listed_with_parameters(ask: Any) -> None:
    rows = ask("reader", "get", "/api/v1/policies").json()["items"]
    assert [row["number"] for row in rows] == [1, 2, 5, 7, 8, 9, 12, 15, 17, 18, 19, 21, 22]
    one = ask("reader", "get", "/api/v1/policies/topic.partition-bounds").json()
    assert one["parameters"] == {"minimum": 1, "maximum": 48}
    assert ask("reader", "get", "/api/v1/policies/no.such").status_code == 404


def test_trail_is_for_those_concerned(ask: Any, submitted: Any) -> None:
    submitted(*product_items())
    assert ask("auditor", "get", "/api/v1/audit-events?action=request_created").json()["items"]
    assert ask("engineer", "get", "/api/v1/audit-events?action=request_created").json()["items"]
    assert (
        ask("consumer", "get", "/api/v1/audit-events?action=request_created").json()["items"] == []
    )
    assert ask("reader", "get", "/api/v1/audit-events").status_code == 403
    assert ask("auditor", "get", "/api/v1/audit-events?colour=red").status_code == 400


def test_job_shows_progress_and_only_platform_people_retry(
    ask: Any, submitted: Any, people: Any, sign_in: Any
) -> None:
    submitted(*product_items())
    job = Job.objects.get(kind="governance.plan")
    shown = ask("reader", "get", f"/api/v1/jobs/{job.public_id}").json()
    assert (shown["state"], shown["error"]) == ("done", None)
    assert shown["steps"][0]["label"] == "6 items planned, 0 problems"
    path = f"/api/v1/jobs/{job.public_id}/retry"
    assert sign_in(people["reader"]).post(path).status_code == 403
    assert sign_in(people["admin"]).post(path).status_code == 409
    Job.objects.update(state="failed")
    assert sign_in(people["admin"]).post(path).json()["state"] == "waiting"


@pytest.mark.parametrize("who", ["governor", "admin", "auditor"])
def test_console_opens_for_its_roles(submitted: Any, people: Any, sign_in: Any, who: str) -> None:
    submitted(*product_items())
    client = sign_in(people[who])
    assert client.get("/admin/").status_code == 200
    for page in (
        "governance/changerequest/",
        "audit/auditevent/",
        "people/user/",
        "catalog/dataproduct/",
    ):
        answer = client.get(f"/admin/{page}")
        assert answer.status_code == 200, page
        assert b"/add/" not in answer.content


@pytest.mark.parametrize("who", ["owner", "reader", "steward"])
def test_console_is_closed_for_others(mesh: Any, people: Any, sign_in: Any, who: str) -> None:
    assert sign_in(people[who]).get("/admin/governance/changerequest/").status_code in (302, 403)


def test_console_shows_no_secret(mesh: Any, people: Any, sign_in: Any) -> None:
    from mesh.people.models import User

    user = User.objects.get(login="owner")
    text = sign_in(people["admin"]).get(f"/admin/people/user/{user.pk}/change/").content.decode()
    assert user.password not in text
