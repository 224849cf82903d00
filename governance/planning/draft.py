"""A whole plan: lines, hash, what policies say, who must agree. Reads everything, writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from governance.models import ChangeItem, ChangeRequest
from governance.planning import catalogue, contents, topics
from governance.planning.impact import Impact, impact_of, reader_teams
from governance.planning.judging import Judged, judge_lines, personal
from governance.planning.lines import Grounds, Line
from governance.planning.live import BrokerSilent, read_cluster
from governance.policy.fields import fields_of, is_personal
from governance.policy.plan import BROKER_KINDS, digest
from governance.policy.quorum import Change, Requirement, required
from governance.standing import Concern, concern_of
from mesh.kernel.errors import Fault
from schemas.models import SchemaContent
from schemas.registering.comparing import DEFAULT_LEVEL
from schemas.registering.parsing import stored_schema
from schemas.registering.rights import is_laxer
from streams.models import Cluster

PLANNERS: Mapping[str, Callable[[ChangeItem, Grounds], Line]] = {
    "topic.create": topics.create,
    "topic.adopt": topics.adopt,
    "topic.configure": topics.configure,
    "topic.repartition": topics.repartition,
    "schema.register": contents.register,
    "schema.compatibility": contents.set_level,
    "product.create": catalogue.create_product,
    "product.edit": catalogue.edit_product,
    "port.create": catalogue.open_port,
    "promise.set": catalogue.set_promises,
    "lifecycle.activate": catalogue.activate,
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan that is not stored yet."""

    lines: Sequence[Line]
    plan_hash: str
    judged: Sequence[Judged]
    requirements: Sequence[Requirement]
    impact: Impact

    @property
    def problems(self) -> list[Fault]:
        return [fault for line in self.lines for fault in line.problems]

    @property
    def blocking(self) -> list[Judged]:
        return [entry for entry in self.judged if entry.result.blocks]

    @property
    def blocked(self) -> bool:
        return bool(self.problems or self.blocking)


def draft_plan(request: ChangeRequest) -> Draft:
    """Make the plan from what stands now. Raises BrokerSilent when a broker does not tell."""
    grounds = read_grounds(request)
    lines = plan_lines(grounds)
    impact = impact_of(grounds.items)
    judged = judge_lines(grounds, lines, impact.readers, impact.unknown)
    plan_hash = digest([line.plan for line in lines])
    change = describe(grounds, lines, judged, impact, concern_of(request))
    return Draft(lines, plan_hash, judged, required(change), impact)


def read_grounds(request: ChangeRequest) -> Grounds:
    """Items and the live state of every cluster they name."""
    items = list(request.items.order_by("position"))
    names: dict[str, set[str]] = {}
    for item in items:
        if item.kind in BROKER_KINDS:
            names.setdefault(item.object["cluster"], set()).add(item.object["topic"])
    clusters = {}
    for cluster in Cluster.objects.select_related("environment").filter(name__in=names):
        if cluster.state == Cluster.State.SUSPENDED:
            raise BrokerSilent(cluster.name, "the cluster is suspended: it answered as another one")
        clusters[cluster.name] = read_cluster(cluster, names[cluster.name])
    return Grounds(request, items, clusters)


def plan_lines(grounds: Grounds) -> list[Line]:
    """One line per item in apply order."""
    return [PLANNERS[item.kind](item, grounds) for item in grounds.items]


def describe(
    grounds: Grounds,
    lines: Sequence[Line],
    judged: Sequence[Judged],
    impact: Impact,
    concern: Concern,
) -> Change:
    """What the requirements depend on."""
    moving = [line for line in lines if not line.is_noop]
    flags = {flag for line in moving for flag in line.plan.flags}
    shortens = "data_loss" in flags or any(_lowers_level(line) for line in moving)
    domain = concern.domain
    return Change(
        kinds=frozenset(line.item.kind for line in moving),
        environment_kind=grounds.request.environment.kind,
        product=concern.product_slug,
        product_label=concern.product_label,
        domain_id=str(domain.public_id) if domain is not None else "",
        domain_label=domain.name if domain is not None else "the platform",
        policies_pass=not any(
            entry.result.outcome in ("fail", "error", "warn") for entry in judged
        ),
        irreversible="irreversible" in flags,
        first_personal_field=_first_personal(moving),
        widened_visibility=any(_widens(line) for line in moving),
        shortens_or_cleans=shortens,
        repartitions_keyed="irreversible" in flags,
        hit=impact.all_readers(),
        live_reader_teams=tuple(_readers(moving, grounds))
        if shortens or "irreversible" in flags
        else (),
    )


def _readers(moving: Sequence[Line], grounds: Grounds) -> list[tuple[str, str]]:
    """Other teams that are seen reading the topics whose settings change."""
    found: set[tuple[str, str]] = set()
    for line in moving:
        if line.item.kind in ("topic.configure", "topic.repartition"):
            found |= set(reader_teams(line.item.object["topic"], line.item.object["cluster"]))
    return sorted(pair for pair in found if pair[0] != str(grounds.request.team_id))


def _lowers_level(line: Line) -> bool:
    if line.item.kind not in ("schema.compatibility", "schema.register"):
        return False
    old = line.plan.before.get("level") or DEFAULT_LEVEL
    new = line.plan.after.get("level") or DEFAULT_LEVEL
    is_new = line.plan.before.get("version") == 0
    return not is_new and is_laxer(new, old)


def _widens(line: Line) -> bool:
    before, after = line.plan.before.get("visibility"), line.plan.after.get("visibility")
    return line.item.kind == "product.edit" and before == "restricted" and after == "organisation"


def _first_personal(moving: Sequence[Line]) -> bool:
    """Does a schema declare personal data on a subject whose versions so far declared none?"""
    for line in moving:
        named = line.item.object
        if (
            line.item.kind == "schema.register"
            and personal(line.item)
            and not _was_personal(named["subject"])
        ):
            return True
    return False


def _was_personal(subject: str) -> bool:
    """Stored fields carry no classification, so earlier versions are read again; at most 50."""
    stored = SchemaContent.objects.filter(
        ids__versions__subject__name=subject, ids__versions__deleted_at__isnull=True
    ).distinct()
    return any(is_personal(fields_of(stored_schema(content))) for content in stored[:50])
