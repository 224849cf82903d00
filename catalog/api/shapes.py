"""How the catalogue's rows look in REST."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from catalog.models import DataProduct, Domain, Incident, IncidentNote, Port, Promise, Verdict
from mesh.people.models import Team


class TeamReference(serializers.ModelSerializer[Team]):
    """A team by its names."""

    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = Team
        fields: ClassVar[list[str]] = ["id", "slug", "name"]


class DomainReference(serializers.ModelSerializer[Domain]):
    """A domain by its names."""

    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = Domain
        fields: ClassVar[list[str]] = ["id", "slug", "name"]


class DomainShape(serializers.ModelSerializer[Domain]):
    """A domain."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    parent = DomainReference(read_only=True)

    class Meta:
        model = Domain
        fields: ClassVar[list[str]] = [
            "id", "slug", "name", "parent", "description", "stripe", "revision",
            "created_at", "updated_at",
        ]  # fmt: skip


class ProductReference(serializers.ModelSerializer[DataProduct]):
    """A product by its names."""

    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = DataProduct
        fields: ClassVar[list[str]] = ["id", "slug", "name"]


class ProductShape(serializers.ModelSerializer[DataProduct]):
    """A data product."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    team = TeamReference(read_only=True)
    domain = DomainReference(read_only=True)

    class Meta:
        model = DataProduct
        fields: ClassVar[list[str]] = [
            "id", "slug", "name", "team", "domain", "kind", "purpose", "usage", "limitations",
            "lifecycle", "visibility", "tier", "sampling", "health", "health_reasons",
            "consumer_count", "activated_at", "changed_at", "revision", "created_at",
        ]  # fmt: skip


class PortShape(serializers.ModelSerializer[Port]):
    """A port with its topics, subjects and upstream."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    product = ProductReference(read_only=True)
    group = serializers.CharField(source="group_name", read_only=True)
    upstream = serializers.SerializerMethodField()
    topics = serializers.SerializerMethodField()

    class Meta:
        model = Port
        fields: ClassVar[list[str]] = [
            "id", "product", "direction", "name", "version", "lifecycle", "description", "group",
            "upstream", "topics", "revision", "created_at",
        ]  # fmt: skip

    def get_upstream(self, port: Port) -> dict[str, str] | None:
        """The product that an input port reads."""
        if port.upstream is None:
            return None
        product = port.upstream.product
        visible: set[int] = self.context.get("visible", set())
        if product.visibility == "restricted" and product.pk not in visible:
            return None
        return {"slug": product.slug, "port": port.upstream.name}

    def get_topics(self, port: Port) -> list[dict[str, Any]]:
        """Topics with the subjects of their keys and values (prefetched by the query)."""
        return [
            {
                "id": str(row.topic.public_id),
                "name": row.topic.name,
                "cluster": row.topic.cluster.name,
                "live": row.live,
                "key_subjects": _subjects(row.topic, "key"),
                "value_subjects": _subjects(row.topic, "value"),
            }
            for row in port.topics.all()
        ]


class AcceptedNote(serializers.Serializer[Any]):
    """Something that was accepted and is worth a second look."""

    pointer = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class MadePort(PortShape):
    """A port that was just made, with notes on what was accepted."""

    notes = AcceptedNote(many=True, read_only=True)

    class Meta(PortShape.Meta):
        fields: ClassVar[list[str]] = [*PortShape.Meta.fields, "notes"]


def _subjects(topic: Any, side: str) -> list[str]:
    bound = topic.topic_subjects.all()
    return sorted(row.subject.name for row in bound if row.side == side)


class PromiseShape(serializers.ModelSerializer[Promise]):
    """A promise in its literal words, as it is read, with its newest verdict."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    product = ProductReference(source="port.product", read_only=True)
    port = serializers.CharField(source="port.name", read_only=True)
    window_seconds = serializers.IntegerField(source="window_s", read_only=True)
    now = serializers.SerializerMethodField()

    class Meta:
        model = Promise
        fields: ClassVar[list[str]] = [
            "id", "product", "port", "property", "literal", "words", "state", "comparator",
            "magnitude", "base_unit", "percentile", "window_seconds", "reference", "consumer",
            "now", "created_at", "ended_at",
        ]  # fmt: skip

    def get_now(self, promise: Promise) -> dict[str, Any] | None:
        """The newest verdict; null before the first judgement."""
        state = getattr(promise, "now", None)
        if state is None:
            return None
        return {
            "word": state.word,
            "reason": state.reason,
            "value_lo": state.value_lo,
            "value_hi": state.value_hi,
            "quality": state.quality,
            "judged_at": state.judged_at,
            "since": state.since,
        }


class VerdictShape(serializers.ModelSerializer[Verdict]):
    """One judgement."""

    class Meta:
        model = Verdict
        fields: ClassVar[list[str]] = [
            "slot_at", "word", "value_lo", "value_hi", "quality", "reason",
        ]  # fmt: skip


class NoteShape(serializers.ModelSerializer[IncidentNote]):
    """A line of an incident's timeline."""

    class Meta:
        model = IncidentNote
        fields: ClassVar[list[str]] = ["at", "actor", "kind", "words"]


class IncidentShape(serializers.ModelSerializer[Incident]):
    """An incident with evidence and suspects."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    product = ProductReference(read_only=True)
    promise = serializers.UUIDField(source="promise.public_id", read_only=True, default=None)
    state = serializers.SerializerMethodField()

    class Meta:
        model = Incident
        fields: ClassVar[list[str]] = [
            "id", "number", "kind", "target_key", "state", "product", "promise", "title",
            "started_at", "detected_at", "acknowledged_at", "acknowledged_by", "resolved_at",
            "worst_value", "evidence", "suspects",
        ]  # fmt: skip

    def get_state(self, incident: Incident) -> str:
        """open, acknowledged or resolved."""
        if incident.resolved_at is not None:
            return "resolved"
        return "open" if incident.acknowledged_at is None else "acknowledged"
