"""Every command of the command line against the real API over a real port."""

# ruff: noqa: F811  (fixtures of the room are taken by their name)
from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from catalog.search.index import rebuild_search
from governance.actions.decisions import approve, decline
from governance.models import ChangeRequest
from mesh.audit.principal import SYSTEM
from mesh.cli.__main__ import main
from mesh.cli.manifests import read_text
from mesh.kernel.database import database_now
from schemas.actions import register_version
from streams.models import Topic
from tests.faces.test_governance_manifests import ORDERS
from tests.factories import catalog as catalogue
from tests.factories import streams as brokers
from tests.house.tree import CHECKOUT
from tests.rooms.governance.conftest import broker, mesh, work  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(live_server: Any, people: Any, key_of: Any, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("plan", file, by="engineer")` answers exit code, output and error channel."""

    def command(*words: str, by: str = "engineer") -> tuple[int, str, str]:
        token = key_of(people[by])["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
        code = main(words, {"TRIBUTARY_URL": live_server.url, "TRIBUTARY_TOKEN": token})
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


@pytest.fixture
def orders(tmp_path: Path) -> str:
    file = tmp_path / "orders.yaml"
    file.write_text("# our product\n" + yaml.safe_dump(ORDERS))
    return str(file)


def decided(number: int, people: Any, work: Any) -> ChangeRequest:
    """The request, approved by the owner and applied."""
    work()
    request = ChangeRequest.objects.get(pk=number)
    assert request.state == "awaiting_approval", request.failure
    approve(request.pk, by=people["owner"], plan_hash=request.plan_hash, revision=request.revision)
    work()
    request.refresh_from_db()
    return request


def test_plan_shows_changes_and_writes_nothing(run: Run, mesh: Any, orders: str) -> None:
    code, said, _ = run("plan", orders)
    assert code == 0
    assert "+ create topic.create demo/commerce.orders.changes" in said
    assert "! needs approval" in said
    assert ChangeRequest.objects.count() == 0
    assert run("plan", orders, "--exit-code")[0] == 10
    answer = json.loads(run("plan", orders, "-o", "json")[1])
    assert {row["line"] for row in answer["plan"]} == {2}
    assert yaml.safe_load(run("plan", orders, "-o", "yaml")[1])["request"] is None


def test_apply_export_and_plan_come_to_rest(
    run: Run, mesh: Any, people: Any, work: Any, orders: str, tmp_path: Path
) -> None:
    code, said, _ = run("apply", orders)
    request = ChangeRequest.objects.get()
    assert code == 0
    assert f"change request #{request.pk}: http" in said
    assert decided(request.pk, people, work).state == "applied"
    set_on_topic = {
        name: {"value": value, "source": "DYNAMIC_TOPIC_CONFIG", "is_default": False}
        for name, value in (("retention.ms", "604800000"), ("cleanup.policy", "delete"))
    }
    Topic.objects.update(configs=set_on_topic)

    code, said, _ = run("export", "orders")
    assert code == 0
    (manifest,) = read_text(said, "export")
    output = manifest.document["spec"]["outputs"][0]
    assert output["topic"]["configs"]["retention.ms"] == "604800000"
    assert output["values"][0]["compatibility"] == "BACKWARD_TRANSITIVE"
    assert output["values"][0]["schema"]["name"] == "OrderChanged"
    assert {row["property"] for row in output["promises"]} == {"freshness", "consumerLag"}

    assert run("export", "--all", "-d", str(tmp_path / "out"))[0] == 0
    code, said, _ = run("plan", str(tmp_path / "out"), "--exit-code")
    assert code == 0, said
    assert run("apply", str(tmp_path / "out"))[0] == 0
    assert ChangeRequest.objects.count() == 1
    assert "= same" in run("plan", orders, "-v")[1]


def test_apply_waits_until_it_is_decided(
    run: Run, mesh: Any, people: Any, work: Any, orders: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(seconds: float) -> None:
        request = ChangeRequest.objects.get()
        if request.state == "submitted":
            work()
        elif request.state == "awaiting_approval":
            decline(
                request.pk, by=people["owner"], plan_hash=request.plan_hash,
                revision=request.revision, reason="Not in this quarter.",
            )  # fmt: skip

    monkeypatch.setattr("mesh.cli.applying.time.sleep", meanwhile)
    code, said, _ = run("apply", orders, "--wait", "60")
    assert code == 1
    assert said.splitlines()[-1] == "declined"
    assert "  awaiting approval" in said


def test_checks_that_fail_are_told_with_what_helps(
    run: Run, mesh: Any, work: Any, orders: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = copy.deepcopy(ORDERS)
    del bare["spec"]["outputs"][0]["values"][0]["schema"]["fields"][0]["doc"]
    Path(orders).write_text(yaml.safe_dump(bare))
    monkeypatch.setattr("mesh.cli.applying.time.sleep", lambda _seconds: work())
    code, said, _ = run("apply", orders, "--wait", "60")
    assert code == 1
    assert "commerce.orders.changes-value: the new field order_id has no doc." in said, said
    assert "What helps: Give each field a doc" in said


def test_the_documents_example_passes_every_check(
    run: Run, mesh: Any, work: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (CHECKOUT / "docs/commands.md").read_text()
    example = text.split("```yaml\n")[1].split("```")[0]
    file = tmp_path / "refunds.yaml"
    file.write_text(example.split("  inputs:")[0])  # its input is a product of the demo
    monkeypatch.setattr("mesh.cli.applying.time.sleep", lambda _seconds: work())
    run("apply", str(file), "--wait", "5")
    request = ChangeRequest.objects.get()
    assert request.state == "awaiting_approval", request.failure
    assert set(request.policy_results.values_list("outcome", flat=True)) == {"pass"}


def test_waiting_ends_when_its_time_is_up(run: Run, mesh: Any, orders: str) -> None:
    code, said, _ = run("apply", orders, "--wait", "0.01")
    assert code == 1
    assert "still submitted after 0.01 s" in said


def test_faults_are_shown_with_file_and_line(run: Run, mesh: Any, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(
        "apiVersion: tributary/v1\nkind: Team\nmetadata: {name: a-team}\nspec: {name: A}\n---\n"
        "apiVersion: tributary/v1\nkind: DataProduct\nmetadata: {name: x}\nspec: {nmae: X}\n"
    )
    code, said, complaint = run("plan", str(file))
    assert (code, said) == (1, "")
    assert f"{file}:6 /spec/nmae: " in complaint
    assert "did you mean name?" in complaint


def test_a_file_that_cannot_be_meant_reaches_no_server(run: Run, mesh: Any, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text("a: &x 1\n")
    code, _, complaint = run("apply", str(file))
    assert code == 2
    assert f"{file}:1:4: anchors (&x) are not accepted" in complaint


def test_lag_of_a_group_is_an_interval(run: Run) -> None:
    brokers.lag(brokers.group("picker"), brokers.topic("orders"), status="ok", age_hi_s=7)
    code, said, _ = run("lag", "picker")
    assert code == 0
    assert said.splitlines()[1].split()[:6] == ["picker", "orders", "ok", "10", "2", "to"]
    (row,) = json.loads(run("lag", "picker", "-o", "json")[1])
    assert (row["lag_records"], row["lag_seconds"]) == (10, "2 to 7")


def test_unknown_lag_is_never_a_number_and_exits_three(run: Run) -> None:
    brokers.lag(
        brokers.group("picker"), brokers.topic("orders"),
        status="unknown", unknown_reason="TIMEOUT", as_of=database_now(),
    )  # fmt: skip
    code, said, _ = run("lag", "picker", "-o", "json")
    (row,) = json.loads(said)
    assert code == 3
    assert (row["status"], row["lag_records"], row["lag_seconds"]) == ("unknown", None, None)
    assert "did not answer in time" in row["why"]


def test_a_name_nobody_knows_is_refused(run: Run) -> None:
    code, _, complaint = run("lag", "nobody")
    assert code == 1
    assert "No consumer group and no product is called nobody" in complaint
    assert run("export", "nobody")[0] == 1


def test_check_schema_tells_verdict_and_place(run: Run, tmp_path: Path) -> None:
    old = '{"type":"record","name":"Order","fields":[{"name":"id","type":"string"}]}'
    register_version("orders-value", old, by=SYSTEM)
    file = tmp_path / "order.avsc"
    file.write_text(old)
    code, said, _ = run("check-schema", "orders-value", str(file))
    assert (code, said.splitlines()[0]) == (0, "the newest version says the same (level BACKWARD)")
    file.write_text(old.replace("string", "int"))
    code, said, _ = run("check-schema", "orders-value", str(file))
    assert code == 1
    assert said.startswith("would be refused: not compatible (level BACKWARD)\n  ! ")
    file.write_text('{"type": "recrd"}')
    code, said, _ = run("check-schema", "orders-value", str(file))
    assert code == 1
    assert said.startswith("would be refused: not valid Avro")
    assert "line 1" in said
    assert run("check-schema", "orders-value", str(tmp_path / "none.avsc"))[0] == 2


def test_search_prints_what_it_finds(run: Run) -> None:
    catalogue.draft("orders")
    rebuild_search("product", None, by=SYSTEM)
    code, said, _ = run("search", "orders")
    assert code == 0
    assert said.splitlines()[0].split()[:2] == ["KIND", "NAME"]
    assert "product" in said
    assert run("search", "zzzz")[1] == "nothing found\n"
