"""REST of the streams room: environments, clusters, topics, consumer groups, lag samples."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from mesh.audit.jobs import enqueue
from mesh.kernel import clock
from mesh.kernel.errors import InvalidInput, MalformedRequest, NotFound
from mesh.kernel.paging import Keyset
from mesh.people.authz.doors import scope
from mesh.people.parameters import TRUTHS
from mesh.people.rest import MeshAPI
from streams.actions.clusters import change_cluster, define_cluster
from streams.models import Cluster, ConsumerGroup, Environment, GroupTopicLag, Topic
from streams.queries.lists import age_words, reason_words
from streams.queries.series import lag_series
from streams.selftest import SELF_TEST, SWEEP_NOW

KINDS = ("apache", "confluent_cloud", "redpanda", "msk", "other")


class EnvironmentSerializer(serializers.ModelSerializer[Environment]):
    """A stage of the platform."""

    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = Environment
        fields = ["id", "slug", "name", "kind", "rank"]


class ClusterSerializer(serializers.ModelSerializer[Cluster]):
    """A cluster; secrets are never answered."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    environment: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)

    class Meta:
        model = Cluster
        fields = [
            "id", "name", "environment", "kind", "settings", "sweep_interval_s", "record_probe", "kafka_cluster_id",
            "broker_count", "state", "state_reason", "state_detail", "state_since", "last_answer_at", "last_sweep_at",
            "revision",
        ]  # fmt: skip
        read_only_fields = fields


class ClusterInput(serializers.Serializer[Any]):
    """What defines a cluster; secret settings are accepted and never shown again."""

    name = serializers.RegexField(r"^[a-z][a-z0-9-]{0,62}$")
    environment = serializers.SlugField()
    settings = serializers.DictField(child=serializers.CharField(max_length=65536))
    sweep_interval_s = serializers.IntegerField(min_value=5, max_value=900, required=False)
    record_probe = serializers.BooleanField(required=False)
    kind = serializers.ChoiceField(choices=KINDS, required=False)


class ClusterEdit(serializers.Serializer[Any]):
    """What may change of a cluster; settings are given whole, and secrets that are left out stay."""

    settings = serializers.DictField(child=serializers.CharField(max_length=65536), required=False)
    sweep_interval_s = serializers.IntegerField(min_value=5, max_value=900, required=False)
    record_probe = serializers.BooleanField(required=False)
    kind = serializers.ChoiceField(choices=KINDS, required=False)


class EnvironmentsView(MeshAPI):
    """Environments."""

    asks: ClassVar[str] = "cluster.read"
    is_paged: ClassVar[bool] = True

    @extend_schema(responses={200: EnvironmentSerializer(many=True)})
    def get(self, request: Request) -> Response:
        return self.list_page(Environment.objects.all(), Keyset("slug"), EnvironmentSerializer)


class ClustersView(MeshAPI):
    """Clusters."""

    asks: ClassVar[dict[str, str]] = {"GET": "cluster.read", "POST": "cluster.manage"}
    is_paged: ClassVar[bool] = True

    @extend_schema(responses={200: ClusterSerializer(many=True)})
    def get(self, request: Request) -> Response:
        rows = scope(self.viewer, "cluster.read", Cluster.objects.select_related("environment"))
        return self.list_page(rows, Keyset("name"), ClusterSerializer)

    @extend_schema(request=ClusterInput, responses={201: ClusterSerializer})
    def post(self, request: Request) -> Response:
        members = self.valid(ClusterInput)
        environment = Environment.objects.filter(slug=members.pop("environment")).first()
        if environment is None:
            raise InvalidInput("No environment has this slug.", pointer="/environment")
        name, client_settings = members.pop("name"), members.pop("settings")
        cluster = define_cluster(
            name,
            environment=environment,
            client_settings=client_settings,
            by=self.viewer,
            is_new=True,
            **members,
        )
        return self.one(ClusterSerializer(cluster).data, cluster.revision, status=201)


def cluster_by_id(viewer: Any, cluster_id: UUID) -> Cluster:
    """A visible cluster. Raises NotFound."""
    rows = scope(viewer, "cluster.read", Cluster.objects.select_related("environment"))
    cluster = rows.filter(public_id=cluster_id).first()
    if cluster is None:
        raise NotFound
    return cluster


class ClusterView(MeshAPI):
    """One cluster; PATCH changes how it is reached and how often it is swept."""

    asks: ClassVar[dict[str, str]] = {"GET": "cluster.read", "PATCH": "cluster.manage"}

    @extend_schema(responses={200: ClusterSerializer})
    def get(self, request: Request, cluster_id: UUID) -> Response:
        cluster = cluster_by_id(self.viewer, cluster_id)
        return self.one(ClusterSerializer(cluster).data, cluster.revision)

    @extend_schema(request=ClusterEdit, responses={200: ClusterSerializer})
    def patch(self, request: Request, cluster_id: UUID) -> Response:
        cluster = cluster_by_id(self.viewer, cluster_id)
        revision = self.expected_revision(cluster.revision)
        changes = self.valid(ClusterEdit)
        cluster = change_cluster(cluster.pk, changes, by=self.viewer, revision=revision)
        return self.one(ClusterSerializer(cluster).data, cluster.revision)


class ClusterJobView(MeshAPI):
    """Start a sweep or a self-test now; the job shows its progress."""

    asks: ClassVar[str] = "cluster.sweep"
    kind = SWEEP_NOW

    @extend_schema(request=None, responses={202: dict})
    def post(self, request: Request, cluster_id: UUID) -> Response:
        cluster = cluster_by_id(self.viewer, cluster_id)
        title = f"{'Sweep' if self.kind == SWEEP_NOW else 'Check'} {cluster.name}"
        job = enqueue(self.kind, str(cluster.public_id), by=self.viewer, title=title)
        where = f"/api/v1/jobs/{job.public_id}"
        return Response(
            {"job": str(job.public_id), "href": where}, status=202, headers={"Location": where}
        )


class TopicSerializer(serializers.ModelSerializer[Topic]):
    """A topic; `log` holds per-partition starts and ends, null where the broker did not answer."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    cluster = serializers.CharField(source="cluster.name", read_only=True)
    log = serializers.SerializerMethodField()

    class Meta:
        model = Topic
        fields = [
            "id", "name", "cluster", "kafka_topic_id", "partitions", "replication_factor", "configs", "leaderless",
            "under_min_isr", "is_internal", "origin", "first_seen", "last_seen", "log",
        ]  # fmt: skip
        read_only_fields = fields

    def get_log(self, topic: Topic) -> dict[str, Any] | None:
        log = getattr(topic, "log", None)
        if log is None:
            return None
        return {
            "start": log.log_start,
            "end": log.log_end,
            "as_of": log.answered_at,
            "records_per_second": log.records_per_second,
            "unknown_reason": log.unknown_reason,
        }


class TopicsView(MeshAPI):
    """Live topics; internal ones only with internal=true."""

    asks: ClassVar[str] = "streams.read"
    is_paged: ClassVar[bool] = True
    parameters: ClassVar[frozenset[str]] = frozenset({"name", "cluster", "internal"})
    choices: ClassVar[dict[str, Collection[str]]] = {"internal": TRUTHS}

    @extend_schema(
        parameters=[
            OpenApiParameter("name"),
            OpenApiParameter("cluster"),
            OpenApiParameter("internal"),
        ],
        responses={200: TopicSerializer(many=True)},
    )
    def get(self, request: Request) -> Response:
        rows = scope(self.viewer, "streams.read", Topic.objects.filter(ended_at__isnull=True))
        rows = rows.select_related("cluster", "log")
        query = request.query_params
        if query.get("internal") != "true":
            rows = rows.filter(is_internal=False)
        if name := query.get("name"):
            rows = rows.filter(name=name)
        if cluster := query.get("cluster"):
            rows = rows.filter(cluster__name=cluster)
        return self.list_page(rows, Keyset("name"), TopicSerializer)


class TopicView(MeshAPI):
    """One topic."""

    asks: ClassVar[str] = "streams.read"

    @extend_schema(responses={200: TopicSerializer})
    def get(self, request: Request, topic_id: UUID) -> Response:
        rows = scope(self.viewer, "streams.read", Topic.objects.select_related("cluster", "log"))
        topic = rows.filter(public_id=topic_id).first()
        if topic is None:
            raise NotFound
        return Response(TopicSerializer(topic).data)


class GroupSerializer(serializers.ModelSerializer[ConsumerGroup]):
    """A consumer group with its lag on every topic; null and a reason where it is not known."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    cluster = serializers.CharField(source="cluster.name", read_only=True)
    lags = serializers.SerializerMethodField()

    class Meta:
        model = ConsumerGroup
        fields = [
            "id",
            "group_id",
            "cluster",
            "state",
            "kind",
            "members",
            "unknown_reason",
            "first_seen",
            "last_seen",
            "lags",
        ]
        read_only_fields = fields

    def get_lags(self, group: ConsumerGroup) -> list[dict[str, Any]]:
        return [lag_body(lag) for lag in group.lags.all() if lag.topic.ended_at is None]


def lag_body(lag: GroupTopicLag) -> dict[str, Any]:
    """One group on one topic as REST shows it."""
    unknown = lag.status == "unknown"
    return {
        "topic": lag.topic.name,
        "status": lag.status,
        "status_counts": lag.status_counts,
        "lag_records": None if unknown else lag.lag_records,
        "covered_partitions": 0 if unknown else lag.covered_partitions,
        "partitions": lag.partitions,
        "lag_seconds_min": None if unknown else lag.age_lo_s,
        "lag_seconds_max": None
        if unknown or lag.age_hi_s is None or lag.age_hi_s < 0
        else lag.age_hi_s,
        "lag_words": age_words(lag),
        "trend": lag.trend,
        "catch_up_seconds": lag.catch_up_s,
        "unknown_reason": lag.unknown_reason,
        "unknown_words": reason_words(lag.unknown_reason),
        "as_of": lag.as_of,
        "since": lag.status_since,
    }


def visible_groups(viewer: Any) -> Any:
    """Groups with lags and topics, three queries for any number."""
    topics = scope(viewer, "streams.read", Topic.objects.all())
    from django.db.models import Prefetch

    lags = GroupTopicLag.objects.filter(topic__in=topics).select_related("topic")
    rows = scope(viewer, "streams.read", ConsumerGroup.objects.filter(ended_at__isnull=True))
    return rows.select_related("cluster").prefetch_related(Prefetch("lags", lags))


class GroupsView(MeshAPI):
    """Consumer groups."""

    asks: ClassVar[str] = "streams.read"
    is_paged: ClassVar[bool] = True
    parameters: ClassVar[frozenset[str]] = frozenset({"group_id", "topic"})

    @extend_schema(
        parameters=[OpenApiParameter("group_id"), OpenApiParameter("topic")],
        responses={200: GroupSerializer(many=True)},
    )
    def get(self, request: Request) -> Response:
        rows = visible_groups(self.viewer)
        if group_id := request.query_params.get("group_id"):
            rows = rows.filter(group_id=group_id)
        if topic := request.query_params.get("topic"):
            rows = rows.filter(lags__topic__name=topic).distinct()
        return self.list_page(rows, Keyset("group_id"), GroupSerializer)


class GroupView(MeshAPI):
    """One consumer group."""

    asks: ClassVar[str] = "streams.read"

    @extend_schema(responses={200: GroupSerializer})
    def get(self, request: Request, group_id: UUID) -> Response:
        group = visible_groups(self.viewer).filter(public_id=group_id).first()
        if group is None:
            raise NotFound
        return Response(GroupSerializer(group).data)


class LagSamplesView(MeshAPI):
    """Lag over time in columns; null where it is not known."""

    asks: ClassVar[str] = "streams.read"
    parameters: ClassVar[frozenset[str]] = frozenset({"group", "topic", "from", "to", "points"})

    @extend_schema(
        parameters=[
            OpenApiParameter("group", required=True, description="public id of the group"),
            OpenApiParameter("topic", required=True, description="topic name"),
            OpenApiParameter("from"),
            OpenApiParameter("to"),
            OpenApiParameter("points", int),
        ],
        responses={200: dict},
    )
    def get(self, request: Request) -> Response:
        query = request.query_params
        group = visible_groups(self.viewer).filter(public_id=_uuid(query.get("group"))).first()
        if group is None:
            raise NotFound
        lag = GroupTopicLag.objects.select_related("group__cluster", "topic").filter(
            group=group, topic__name=query.get("topic", ""), topic__ended_at__isnull=True
        ).first()  # fmt: skip
        if lag is None:
            raise NotFound
        until = _moment(query.get("to"), "to") or clock.now()
        since = _moment(query.get("from"), "from") or until - timedelta(hours=1)
        points = query.get("points", "600")
        if not points.isascii() or not points.isdigit():
            raise MalformedRequest("points must be a whole number.", pointer="?points")
        series = lag_series(
            lag, since=since, until=until, points=int(points[:5]), viewer=self.viewer
        )
        return Response({**asdict(series), "unit": "seconds"})


def _uuid(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError as error:
        raise NotFound from error


def _moment(text: str | None, name: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise MalformedRequest(
            f"{name} must be an instant with zone, as 2026-01-15T10:00:00Z.", pointer=f"?{name}"
        )
    return moment


class ClusterCheckView(ClusterJobView):
    """Self-test: reachable, authenticated, cluster id, what stays unknown and which right cures it."""

    kind = SELF_TEST
