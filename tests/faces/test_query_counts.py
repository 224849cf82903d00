"""Every main page asks the same number of queries for three rows as for twelve."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from catalog.actions.judging import judge
from catalog.actions.ports import add_port
from catalog.actions.promises import set_promises
from catalog.actions.pushes import push_down
from catalog.models import DataProduct, Incident, IncidentNote, PortTopic
from catalog.search.index import KINDS, rebuild_search
from governance.actions import bootstrap
from governance.management.commands.bootstrap import QUICKSTART_PARAMETERS
from governance.models import (
    ApprovalRequirement,
    ChangeItem,
    ChangeRequest,
    Comment,
    Policy,
    PolicyResult,
)
from mesh.audit.principal import SYSTEM, Principal
from mesh.kernel.database import database_now
from mesh.people.models import Team
from streams.models import ConsumerGroup, Topic
from tests.factories import catalog, schemas, streams

pytestmark = pytest.mark.django_db
FEW, MANY = 3, 12
HASH = "a" * 64


class Mesh:
    """A hub that grows on every side: inputs, outputs, readers, versions, incidents, requests."""

    def __init__(self, teams: dict[str, Team], engineer: Principal) -> None:
        self.team, self.engineer = teams["orders"], engineer
        bootstrap.set_up_policies(QUICKSTART_PARAMETERS, by=SYSTEM)
        self.hub = catalog.active("hub", team=self.team, sampling=True)
        self.topic = Topic.objects.get(name="commerce.hub")
        self.group = streams.group("reader-of-all")
        self.subject = self.hub_subject()
        self.incident = self.fails(self.hub, "the hub is not fresh")
        self.size = 0

    def hub_subject(self) -> Any:
        """The subject of the hub's first topic."""
        bound = self.topic.topic_subjects.first()
        assert bound is not None
        return bound.subject

    def grow(self, size: int) -> None:
        """Add rows of everything until there are `size`."""
        for number in range(self.size, size):
            self._add(number)
        self.size = size
        sweep = streams.sweep(self.topic.cluster, size)
        judge(self.topic.cluster_id, sweep.pk, by=SYSTEM)
        push_down(self.hub.pk, by=SYSTEM)
        for kind in KINDS:
            rebuild_search(kind, None, by=SYSTEM)

    def _add(self, number: int) -> None:
        product = catalog.active(f"neighbour-{number}", team=self.team)
        if number % 2:
            self.feeds(product, self.hub, f"hub-{number}")
        else:
            self.feeds(self.hub, product, f"reader-{number}")
        more = streams.topic(f"commerce.hub.more-{number}")
        port = catalog.output(self.hub, more, name=f"more-{number}")
        PortTopic.objects.filter(port=port).update(live=True)
        for topic in (more, self._topic_of(product)):
            streams.log(topic)
            streams.lag(self.group, topic, status="ok")
        reader = streams.group(f"reader-{number}")
        streams.lag(reader, self.topic, status="ok", moved_at=database_now())
        set_promises(port.pk, [{"property": "freshness", "value": "30 s"}], by=SYSTEM)
        push_down(product.pk, by=SYSTEM)
        self.fails(product, f"{product.name} is not fresh")
        schemas.version(self.subject, schemas.ORDER.replace("amount", f"amount_{number}"))
        IncidentNote.objects.create(incident=self.incident, kind="note", words=f"Note {number}")
        self.asks(number, product)

    def _topic_of(self, product: DataProduct) -> Topic:
        return PortTopic.objects.get(port__product=product, direction="output").topic

    def feeds(self, upstream: DataProduct, product: DataProduct, group: str) -> None:
        """Declare that a product reads another one."""
        add_port(
            product.pk, direction="input", name=f"from-{upstream.slug}", upstream=upstream,
            group_name=group, by=SYSTEM, approval=1,
        )  # fmt: skip

    def fails(self, product: DataProduct, title: str) -> Incident:
        """An open incident."""
        return Incident.objects.create(
            kind="promise", target_key=title, product=product, title=title,
            started_at=database_now() - timedelta(minutes=10),
        )  # fmt: skip

    def asks(self, number: int, product: DataProduct) -> ChangeRequest:
        """A request about a product that waits for its owner; the first one grows with the mesh."""
        request = ChangeRequest.objects.create(
            title=f"Change {number}", reason="It is needed.", requester_kind="user",
            requester_id=self.engineer.id, requester_label=self.engineer.label,
            requester_user_id=self.engineer.user_pk, team_id=self.team.pk, product=product,
            environment=self.topic.cluster.environment, state="awaiting_approval",
            plan_hash=HASH, plan=[], submitted_at=database_now(),
        )  # fmt: skip
        first = ChangeRequest.objects.order_by("number").first() or request
        policy = Policy.objects.order_by("code")[number % 5]
        for each, place in ((request, 0), (first, number + 1)):
            ApprovalRequirement.objects.create(
                request=each, plan_hash=HASH, code=f"owner-{number}", role="owner", scope_kind="team",
                scope_id=str(self.team.pk), scope_label=self.team.name, why="It owns the product.",
            )  # fmt: skip
            item = ChangeItem.objects.create(
                request=each, position=place, kind="promise.set", object_key=f"port:{number}.{place}",
                object={"product": product.slug, "port": "changes"},
                desired={"promises": [{"property": "freshness", "value": 60, "unit": "s"}]},
            )  # fmt: skip
            PolicyResult.objects.create(
                request=each, plan_hash=HASH, item=item, policy=policy, severity="warn",
                phase="submit", outcome="warn", message="Say more.",
            )  # fmt: skip
            assert self.engineer.user_pk is not None
            Comment.objects.create(request=each, author_id=self.engineer.user_pk, words="Why?")
        PolicyResult.objects.create(
            product=product, policy=policy, severity="warn", phase="nightly", outcome="fail",
            message="Say more.",
        )  # fmt: skip
        return request

    def paths(self) -> dict[str, str]:
        """Main pages and fragments by the name of their baseline."""
        request = ChangeRequest.objects.order_by("number").first()
        group = ConsumerGroup.objects.get(pk=self.group.pk)
        assert request is not None
        tabs = ("schema", "lineage", "consumers", "promises", "changes")
        return {
            "home": "/",
            "search": "/search?q=neighbour",
            "catalogue": "/search",
            "domain": "/domains/commerce",
            "team": f"/teams/{self.team.slug}",
            "product": "/products/hub",
            **{f"product-{tab}": f"/products/hub/{tab}" for tab in tabs},
            "subjects": "/subjects",
            "subject": f"/subjects/{self.subject.public_id}",
            "topic": f"/topics/{self.topic.public_id}",
            "group": f"/consumer-groups/{group.public_id}",
            "promises": "/promises",
            "incidents": "/incidents",
            "incident": f"/incidents/{self.incident.number}",
            "inbox": "/governance/inbox",
            "inbox-all": "/governance/inbox?tab=all",
            "review": f"/governance/requests/{request.number}",
            "progress": f"/governance/_/progress/{request.number}",
            "policies": "/governance/policies",
            "policy": f"/governance/policies/{Policy.objects.order_by('code')[0].code}",
            "audit": "/audit",
            "cluster": f"/clusters/{self.topic.cluster.public_id}",
            "developer": "/developer",
        }


@pytest.mark.timeout(180)
def test_main_pages_cost_the_same_for_three_and_for_twelve(
    people: dict[str, Principal], teams: dict[str, Team], sign_in: Any, assert_query_counts: Any
) -> None:
    mesh = Mesh(teams, people["engineer"])
    mesh.grow(FEW)
    client = sign_in(people["owner"])
    sizes: dict[str, list[int]] = {}

    def page(name: str, path: str) -> Callable[[], None]:
        def render() -> None:
            answer = client.get(path)
            assert answer.status_code == 200, (path, answer.status_code)
            sizes.setdefault(name, []).append(len(answer.content))

        return render

    renders = {name: page(name, path) for name, path in mesh.paths().items()}
    assert_query_counts(renders, lambda: mesh.grow(MANY))
    # The baselines would say nothing if the pages did not show what was added.
    still = {name for name, seen in sizes.items() if seen[-1] <= seen[0]}
    assert still <= {"developer", "progress", "policy", "home"}
