"""A small mesh for governance: a cluster, a domain, policies, a broker that does as it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from catalog.models import Domain
from governance.actions import decisions, requests
from governance.management.commands.bootstrap import QUICKSTART_PARAMETERS
from governance.models import ChangeItem, ChangeRequest, Policy
from governance.planning.live import BrokerSilent, LiveCluster, LiveTopic
from governance.policy.library.catalogue import RULES
from mesh.audit import jobs
from mesh.audit.models import Job
from mesh.audit.principal import Principal
from streams.kafka.results import Acted, Outcome, Reason, Refused, Unknown
from streams.models import Cluster, Environment

TEXT = "Every change of an order from placed to delivered, one record for each step."
SCHEMA = {
    "type": "record",
    "name": "OrderChanged",
    "fields": [{"name": "order_id", "type": "string", "doc": "The order's number."}],
}


@dataclass
class FakeBroker:
    """Keeps topics; can be silent, or lose an answer before or after it acted."""

    topics: dict[str, LiveTopic] = field(default_factory=dict)
    silent: bool = False
    lose_answer: str = ""  # "before" | "after" the act
    refuse: Refused | None = None
    calls: list[str] = field(default_factory=list)
    made: int = 0
    answers_late: int = 0  # a lost act shows only after this many reads
    pending: list[ChangeItem] = field(default_factory=list)

    def read(self, cluster: Cluster, name: str) -> LiveTopic | None:
        if self.silent:
            raise BrokerSilent(cluster.name, "no answer within 10 s")
        if self.pending:
            self.answers_late -= 1
            if self.answers_late <= 0:
                self._carry_out(self.pending.pop())
        return self.topics.get(name)

    def act(self, cluster: Cluster, item: ChangeItem) -> Outcome:
        self.calls.append(item.kind)
        if self.refuse is not None:
            return self.refuse
        lost, self.lose_answer = self.lose_answer, ""
        if lost == "late":
            self.pending.append(item)
        elif lost != "before":
            if item.kind == "topic.create" and item.object["topic"] in self.topics:
                return Refused("topic_exists", "A topic with this name already exists.")
            self._carry_out(item)
        return Unknown(Reason.TIMEOUT, "no answer within 15 s") if lost else Acted(1, 2)

    def _carry_out(self, item: ChangeItem) -> None:
        name, wanted = item.object["topic"], item.desired
        live = self.topics.get(name)
        if item.kind == "topic.create":
            self.made += 1
            self.topics[name] = LiveTopic(
                f"id-{self.made}",
                wanted["partitions"],
                wanted["replication_factor"],
                dict(wanted.get("configs", {})),
            )
        elif item.kind == "topic.configure":
            assert live is not None
            configs = {**live.configs, **wanted.get("set", {})}
            kept = {
                key: value for key, value in configs.items() if key not in wanted.get("unset", [])
            }
            self.topics[name] = LiveTopic(
                live.topic_id, live.partitions, live.replication_factor, kept
            )
        else:
            assert live is not None
            self.topics[name] = LiveTopic(
                live.topic_id, wanted["partitions"], live.replication_factor, live.configs
            )


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> FakeBroker:
    """Stands in for streams.kafka at planning and applying."""
    fake = FakeBroker()

    def read_cluster(cluster: Cluster, names: Any) -> LiveCluster:
        topics = {name: fake.read(cluster, name) for name in names}
        return LiveCluster(cluster, 1, frozenset(fake.topics), topics)

    monkeypatch.setattr("governance.planning.draft.read_cluster", read_cluster)
    monkeypatch.setattr(
        "governance.applying.topics.KafkaBroker.read", lambda self, *a: fake.read(*a)
    )
    monkeypatch.setattr("governance.applying.topics.KafkaBroker.act", lambda self, *a: fake.act(*a))
    for call in ("create_topic", "alter_topic_configs", "create_partitions"):
        monkeypatch.setattr(
            f"governance.planning.topics.provision.{call}", lambda *a, **k: Acted(1, 2)
        )
    return fake


@pytest.fixture
def mesh(
    db: None, teams: dict[str, Any], people: dict[str, Principal], broker: FakeBroker
) -> dict[str, Any]:
    """Environment prod, cluster demo, domain commerce, every policy active."""
    environment = Environment.objects.create(slug="prod", name="Production", kind="prod")
    cluster = Cluster.objects.create(
        name="demo",
        environment=environment,
        settings={"bootstrap.servers": "127.0.0.1:1"},
        sweep_interval_s=5,
    )
    domain = Domain.objects.create(slug="commerce", name="Commerce")
    Policy.objects.bulk_create(
        Policy(
            code=rule.code,
            parameters=rule.checked_parameters(QUICKSTART_PARAMETERS.get(rule.code, {})),
        )
        for rule in RULES
    )
    return {"cluster": cluster, "environment": environment, "domain": domain, **teams}


def topic_item(name: str = "commerce.orders.changes", **desired: Any) -> dict[str, Any]:
    wanted = {
        "partitions": 3,
        "replication_factor": 1,
        "configs": {"retention.ms": "604800000"},
        **desired,
    }
    return {"kind": "topic.create", "object": {"cluster": "demo", "topic": name}, "desired": wanted}


def schema_item(subject: str = "commerce.orders.changes-value", **desired: Any) -> dict[str, Any]:
    wanted = {"schema": SCHEMA, **desired}
    return {"kind": "schema.register", "object": {"subject": subject}, "desired": wanted}


def product_items(
    slug: str = "orders", topic: str = "commerce.orders.changes"
) -> list[dict[str, Any]]:
    """Everything that makes a product live."""
    return [
        topic_item(topic),
        schema_item(f"{topic}-value"),
        {
            "kind": "product.create",
            "object": {"product": slug},
            "desired": {
                "name": slug.capitalize(), "team": "orders-team", "domain": "commerce", "purpose": TEXT,
                "usage": TEXT, "limitations": TEXT, "tier": "silver",
            },
        },
        {
            "kind": "port.create",
            "object": {"product": slug, "port": "changes"},
            "desired": {"topic": topic, "cluster": "demo", "value_subjects": [f"{topic}-value"]},
        },
        {
            "kind": "promise.set",
            "object": {"product": slug, "port": "changes"},
            "desired": {"promises": [{"property": "freshness", "value": 30, "unit": "s"}]},
        },
        {"kind": "lifecycle.activate", "object": {"product": slug}, "desired": {}},
    ]  # fmt: skip


def body(*items: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {
        "title": "Orders: new topic",
        "reason": "Checkout goes live in March.",
        "items": list(items),
        **members,
    }


class QuickPace:
    """A pace whose waiting costs no time: sleeping moves its own clock."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def monotonic(self) -> float:
        self.now += 0.001
        return self.now


@pytest.fixture
def work() -> Iterator[Callable[[], list[str]]]:
    """`work()` runs every due job as a worker would and answers their kinds."""
    from governance import runners
    from governance.applying.topics import Pace

    def run() -> list[str]:
        done = []
        for _ in range(20):
            due = Job.objects.filter(pk__in=jobs.due_ids()).first()
            if due is None:
                break
            job = jobs.claim(due.pk)
            assert job is not None
            quick = QuickPace()
            if job.kind == "governance.apply":
                runners.run_apply(job, pace=Pace(sleep=quick.sleep, monotonic=quick.monotonic))
            else:
                runners.run_plan(job)
            done.append(job.kind)
        return done

    yield run


@pytest.fixture
def submitted(
    mesh: dict[str, Any], people: dict[str, Principal], work: Callable[[], list[str]]
) -> Callable[..., ChangeRequest]:
    """`submitted(*items)` drafts, submits and plans a request of the engineer."""

    def make(*items: dict[str, Any], by: str = "engineer", **members: Any) -> ChangeRequest:
        request = requests.create_request(body(*items, **members), by=people[by])
        requests.submit(request.pk, by=people[by])
        work()
        return ChangeRequest.objects.get(pk=request.pk)

    return make


@pytest.fixture
def vote(people: dict[str, Principal]) -> Callable[..., ChangeRequest]:
    """`vote(request, "owner")` approves the plan as it is now."""

    def cast(request: ChangeRequest, who: str) -> ChangeRequest:
        request.refresh_from_db()
        decisions.approve(
            request.pk, by=people[who], plan_hash=request.plan_hash, revision=request.revision
        )
        request.refresh_from_db()
        return request

    return cast
