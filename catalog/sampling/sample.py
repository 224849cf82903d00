"""One look at real records of a topic: ask the broker, check, keep what was found."""

from __future__ import annotations

from catalog.actions.schema_incidents import settle_sample
from catalog.models import PortTopic
from catalog.sampling.checking import Finding, check
from mesh.audit.principal import Principal
from streams.actions.topics import record_sampling
from streams.connections import connection_of
from streams.kafka import read
from streams.kafka.results import Unknown
from streams.models import Topic, TopicSamplingRun

DEADLINE_S = 15.0


def sample_topic(topic_id: int, *, by: Principal) -> TopicSamplingRun | None:
    """Sample a topic whose product allows it; None when none does. Payloads are never stored."""
    bound = (
        PortTopic.objects.filter(
            topic_id=topic_id, live=True, direction="output", port__product__sampling=True
        )
        .select_related("topic__cluster", "port__product__team")
        .first()
    )
    if bound is None:
        return None
    topic: Topic = bound.topic
    answer = read.tail(connection_of(topic.cluster), topic.name, deadline_s=DEADLINE_S)
    if isinstance(answer, Unknown):
        reason = answer.detail or answer.reason.value
        return record_sampling(
            topic.pk, outcome="unknown", reason=reason[:200], records=0, findings=[], by=by
        )
    findings = check(topic, answer.value.records)
    run = record_sampling(
        topic.pk,
        outcome="done",
        reason=_reason(findings),
        records=len(answer.value.records),
        findings=[finding.row() for finding in findings],
        by=by,
    )
    settle_sample(bound.port.product, topic, findings, records=len(answer.value.records))
    return run


def _reason(findings: list[Finding]) -> str:
    unread = sum(finding.count for finding in findings if finding.verdict == "unread")
    return f"{unread} records were not decoded: the decoder gave up" if unread else ""
