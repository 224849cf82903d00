"""Writes of the lineage room: sightings, ownership, bindings, declarations, expiry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q

from lineage.evidence.coverage import advance_clocks, clocks_of
from lineage.evidence.nodes import (
    group_spec,
    node_for,
    nodes_for,
    product_spec,
    topic_nodes,
    topic_spec,
)
from lineage.evidence.sightings import Flow, Sighting, checked, recompute, write_evidence
from lineage.models import Edge, Evidence, LineageEvent, Node, Run, SubjectTopic
from lineage.openlineage.accepting import Accepted, accept, rebuild
from lineage.openlineage.events import read_event
from lineage.permission import require_either_end
from lineage.signals import edges_changed
from mesh.audit.actions import announce, audited, record, wake
from mesh.audit.principal import SYSTEM, Principal
from mesh.kernel.database import database_now
from mesh.people.authz.doors import require
from streams.models import Cluster, Topic

SIDES = {"-key": "key", "-value": "value"}
DECLARATION = "declaration"
EXPIRY_BATCH = 5_000
KEEP_EVENTS, KEEP_RUNS = timedelta(days=30), timedelta(days=400)


@dataclass(frozen=True, slots=True)
class DeclaredInput:
    """What an input port says: this product reads that one, with this consumer group.

    `topics` are primary keys of the upstream port's topics; empty where none is bound yet.
    `group_name` may be empty: then only the products are joined.
    """

    port_id: UUID | str
    upstream_id: UUID | str
    upstream_slug: str
    topics: Sequence[int] = ()
    group_name: str = ""


# -- observed -------------------------------------------------------------------------------------


@audited
def observe(rows: Sequence[Sighting], *, by: Principal = SYSTEM) -> int:
    """Write sightings and bring their edges up to date. Returns how many flows were touched.

    Constant number of statements. Raises InvalidFlow; then nothing is written. Single sightings
    are not audited: the evidence itself is the record.
    """
    flows = write_evidence(rows)
    _announce(recompute(flows))
    return len(flows)


@audited
def retract(
    flows: Sequence[Flow], source: str, source_ref: str, reason: str, *, by: Principal = SYSTEM
) -> int:
    """End the live evidence of one source on these flows. Returns how many rows ended."""
    wanted = set(flows)
    rows = Evidence.objects.filter(
        ended_at__isnull=True,
        source=source,
        source_ref=source_ref,
        src_id__in={flow[0] for flow in wanted},
        dst_id__in={flow[1] for flow in wanted},
    )
    return _end([row for row in rows if (row.src_id, row.dst_id, row.kind) in wanted], reason)


@audited
def expire_evidence(*, by: Principal = SYSTEM) -> int:
    """Advance the clocks of covered time; end what was not seen for its time to live on them.

    Edges whose proofs are past half their life are weighed anew. Returns how many rows ended.
    """
    advance_clocks(database_now())
    ended = 0
    fading: list[Evidence] = []
    for scope, covered in clocks_of(_scopes_alive()).items():
        alive = Evidence.objects.filter(ended_at__isnull=True, coverage=scope, ttl_s__isnull=False)
        old = list(alive.filter(seen_clock__lt=covered - F("ttl_s"))[:EXPIRY_BATCH])
        ended += _end(old, "not seen for its whole time to live")
        fading += alive.filter(seen_clock__lt=covered - F("ttl_s") / 2.0)[:EXPIRY_BATCH]
    recompute((row.src_id, row.dst_id, row.kind) for row in fading)
    return ended


# -- pushed down by the catalogue -----------------------------------------------------------------


@audited
def own_nodes(
    product_id: UUID | str,
    slug: str,
    output_topics: Sequence[int] = (),
    internal_topics: Sequence[int] = (),
    inputs: Sequence[DeclaredInput] = (),
    *,
    by: Principal = SYSTEM,
) -> None:
    """Say what a product owns and declares; repeat it whole whenever it changes.

    Topics are primary keys of streams.Topic. What the product owned before and is not named any
    more becomes unowned; declarations that are not named any more end.
    """
    product = node_for(product_spec(product_id, slug))
    if product.label != slug:
        Node.objects.filter(pk=product.pk).update(label=slug)
    topics = topic_nodes([*output_topics, *internal_topics])
    exposure = {topics[pk].pk: "output" for pk in output_topics if pk in topics}
    exposure |= {topics[pk].pk: "internal" for pk in internal_topics if pk in topics}
    sightings, groups = _declared(product, inputs, by)
    exposure |= {node.pk: "internal" for node in groups}
    flows = write_evidence(sightings)
    flows |= _end_declarations(product, {sighting.identity for sighting in sightings})
    _own(str(product_id), slug, exposure)
    recompute(flows)
    announce(edges_changed, node_ids=sorted({product.pk, *exposure}))


@audited
def forget_product(product_id: UUID | str, *, by: Principal = SYSTEM) -> None:
    """A product is gone: it owns and declares nothing any more."""
    own_nodes(product_id, _label_of(product_id), by=by)
    now = database_now()
    Node.objects.filter(kind=Node.Kind.PRODUCT, key=str(product_id)).update(ended_at=now)


@audited
def bind_subject_topic(
    topic_id: int, subject_name: str, side: str, origin: str = "declared", *, by: Principal = SYSTEM
) -> None:
    """A subject describes a topic's keys or values; who uses the subject is read again."""
    node = topic_nodes([topic_id])[topic_id]
    _, fresh = SubjectTopic.objects.get_or_create(
        topic=node, subject_name=subject_name, side=side, origin=origin
    )
    if fresh:
        wake("lineage.observe_subject", subject_name)


@audited
def know_topics(topic_ids: Sequence[int], *, by: Principal = SYSTEM) -> None:
    """Make nodes of topics, and bind the two subjects named exactly after each (`-key`, `-value`).

    Nodes of topics that ended are marked; their evidence stays until it expires.
    """
    topics = list(Topic.objects.filter(pk__in=topic_ids, is_internal=False))
    nodes = nodes_for([topic_spec(topic) for topic in topics])
    bindings = []
    for topic in topics:
        node = nodes[topic_spec(topic).identity]
        if node.ended_at != topic.ended_at:
            Node.objects.filter(pk=node.pk).update(ended_at=topic.ended_at)
        bindings += [
            SubjectTopic(topic=node, subject_name=topic.name + suffix, side=side, origin="name")
            for suffix, side in SIDES.items()
        ]
    known = set(
        SubjectTopic.objects.filter(
            topic__in=[node.pk for node in nodes.values()], origin="name"
        ).values_list("topic_id", "subject_name")
    )
    fresh = [row for row in bindings if (row.topic_id, row.subject_name) not in known]
    SubjectTopic.objects.bulk_create(fresh, ignore_conflicts=True)
    for row in fresh:
        wake("lineage.observe_subject", row.subject_name)


# -- declared by people ---------------------------------------------------------------------------


@audited
def declare(src: Node, dst: Node, kind: str, *, by: Principal, why: str = "") -> Edge:
    """Say that data flows from `src` to `dst`: the declared axis, never mixed with observation.

    Raises InvalidFlow, NotAllowed (the team of either end, or the steward of its domain, may).
    """
    require_either_end(by, src, dst)
    sighting = checked(
        Sighting(
            src,
            dst,
            kind,
            DECLARATION,
            database_now(),
            f"by:{by.key}"[:300],
            detail={"by": by.label, "why": why[:500]},
        )
    )
    changed = recompute(write_evidence([sighting]))
    edge = Edge.objects.get(src=src, dst=dst, kind=kind)
    record(
        "flow_declared",
        edge,
        by=by,
        why=why,
        after={"src": src.label, "dst": dst.label, "kind": kind},
    )
    _announce(changed | {src.pk, dst.pk})
    return edge


@audited
def withdraw(edge: Edge, *, by: Principal, why: str = "") -> int:
    """End what people declared about a flow; what ports declare ends with the port alone.

    Raises NotAllowed. Returns how many declarations ended.
    """
    require_either_end(by, edge.src, edge.dst)
    rows = Evidence.objects.filter(
        src=edge.src,
        dst=edge.dst,
        kind=edge.kind,
        declared=True,
        ended_at__isnull=True,
        source_ref__startswith="by:",
    )
    ended = _end(list(rows), f"withdrawn by {by.label}"[:80])
    record(
        "flow_withdrawn", edge, by=by, why=why, before={"declared": True}, after={"declared": False}
    )
    return ended


# -- OpenLineage ----------------------------------------------------------------------------------


@audited
def accept_event(body: object, *, by: Principal) -> Accepted:
    """Take in one OpenLineage event: stored, merged into its run, evidence brought up to date.

    The same event again changes nothing. Raises MalformedRequest, InvalidEvent, TooManyDatasets,
    NotAllowed.
    """
    require(by, "lineage.write")
    event = read_event(body, database_now())
    assert isinstance(body, dict)
    accepted = accept(event, body, by)
    _announce(recompute(accepted.flows))
    if accepted.later is not None:
        wake("lineage.rebuild_job", accepted.later)
    return accepted


@audited
def rebuild_job(job_id: int, *, by: Principal = SYSTEM) -> None:
    """Bring the evidence of a job up to date with its runs, for example when a topic appeared."""
    job = Node.objects.select_for_update(no_key=True).filter(pk=job_id).first()
    if job is not None:
        _announce(recompute(rebuild(job)))


@audited
def forget_events(*, by: Principal = SYSTEM) -> int:
    """Delete raw events after 30 days and runs after 400; evidence stays as long as it lives."""
    now = database_now()
    events = LineageEvent.objects.filter(received_at__lt=now - KEEP_EVENTS)
    deleted, _ = events.delete()
    Run.objects.filter(last_event_at__lt=now - KEEP_RUNS).delete()
    return deleted


# -- inside ---------------------------------------------------------------------------------------


def _announce(node_ids: set[int]) -> None:
    if node_ids:
        announce(edges_changed, node_ids=sorted(node_ids))


def _end(rows: Sequence[Evidence], reason: str, *, at: datetime | None = None) -> int:
    if not rows:
        return 0
    Evidence.objects.filter(pk__in=[row.pk for row in rows], ended_at__isnull=True).update(
        ended_at=at or database_now(), ended_reason=reason
    )
    _announce(recompute((row.src_id, row.dst_id, row.kind) for row in rows))
    return len(rows)


def _scopes_alive() -> list[str]:
    rows = Evidence.objects.filter(ended_at__isnull=True).exclude(coverage="")
    return list(rows.order_by().values_list("coverage", flat=True).distinct())


def _own(product_key: str, slug: str, exposure: dict[int, str]) -> None:
    """Set the owner of these nodes and release what is not named any more; nothing is stolen."""
    Node.objects.filter(owner_key=product_key).exclude(pk__in=exposure).update(
        owner_key="", owner_label="", exposure="unowned"
    )
    mine = Q(owner_key__in=["", product_key])
    for word in ("output", "internal"):
        pks = [pk for pk, exposed in exposure.items() if exposed == word]
        Node.objects.filter(mine, pk__in=pks).update(
            owner_key=product_key, owner_label=slug, exposure=word
        )


def _declared(
    product: Node, inputs: Sequence[DeclaredInput], by: Principal
) -> tuple[list[Sighting], list[Node]]:
    """Sightings of input ports, and the applications of their groups."""
    now = database_now()
    topics = topic_nodes([pk for item in inputs for pk in item.topics])
    clusters = dict(
        Topic.objects.filter(pk__in=topics).values_list("pk", "cluster_id")
    )  # where the group of a port lives: beside the topic it reads
    rows = {row.pk: row for row in Cluster.objects.filter(pk__in=clusters.values())}
    sightings: list[Sighting] = []
    groups: list[Node] = []
    for item in inputs:
        reference, detail = f"port:{item.port_id}", {"by": by.label, "group": item.group_name}
        upstream = node_for(product_spec(item.upstream_id, item.upstream_slug))
        if upstream.pk != product.pk:
            sightings.append(
                Sighting(upstream, product, "feeds", DECLARATION, now, reference, detail=detail)
            )
        for topic_pk in item.topics if item.group_name else ():
            group = node_for(group_spec(rows[clusters[topic_pk]], item.group_name))
            groups.append(group)
            sightings.append(
                Sighting(
                    topics[topic_pk], group, "reads", DECLARATION, now, reference, detail=detail
                )
            )
    return sightings, groups


def _end_declarations(product: Node, kept: set[tuple[int, int, str, str, str]]) -> set[Flow]:
    """End port declarations of this product and its groups that are not said any more."""
    rows = Evidence.objects.filter(
        Q(dst=product) | Q(dst__owner_key=product.key),
        ended_at__isnull=True,
        declared=True,
        source_ref__startswith="port:",
    )
    gone = [
        row
        for row in rows
        if (row.src_id, row.dst_id, row.kind, row.source, row.source_ref) not in kept
    ]
    Evidence.objects.filter(pk__in=[row.pk for row in gone]).update(
        ended_at=database_now(), ended_reason="the port does not say it any more"
    )
    return {(row.src_id, row.dst_id, row.kind) for row in gone}


def _label_of(product_id: UUID | str) -> str:
    row = Node.objects.filter(kind=Node.Kind.PRODUCT, key=str(product_id)).first()
    return row.label if row else str(product_id)
