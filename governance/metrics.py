"""`/metrics`: lag, sweeps, promises and queues as Prometheus text, read from current-state tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Max, Min, Q
from django.http import HttpResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from catalog.models import DataProduct, Promise
from mesh.audit.models import Job, OutboxEvent, WorkerHeartbeat
from mesh.audit.principal import Principal
from mesh.kernel.database import database_now
from mesh.people.authz.doors import require, scope
from mesh.people.rest import MeshAPI
from streams.models import Cluster, ConsumerGroup, GroupTopicLag, Sweep, Topic

ROWS_MOST = 20_000  # rows read per family; more end with tributary_series_truncated 1
STALE_SWEEPS = 3  # a lag older than this many sweep intervals says nothing about now …
STALE_LEAST = timedelta(seconds=60)  # … but a short interval may miss a few sweeps under load
UNKNOWN = "unknown"
# Who reads on loopback without a key: sees what every signed-in reader may see, nothing restricted.
LOCAL_READER = Principal("service", "metrics", "metrics", scopes=frozenset({"metrics:read"}))


class OnLoopbackOrAsks(BasePermission):
    """Without a key only where the web itself listens on loopback."""

    def has_permission(self, request: Request, view: Any) -> bool:
        require(view.reader, view.asks)
        return True


class MetricsView(MeshAPI):
    """Prometheus text. A value that is not known has no series; alert on the age of sweeps first."""

    asks: ClassVar[str] = "metrics.read"
    schema = None  # no JSON: it has its own page of documentation
    permission_classes = (OnLoopbackOrAsks,)

    @property
    def reader(self) -> Principal:
        """The caller, or on loopback a reader of what nobody restricted."""
        local = (urlsplit(settings.BASE_URL).hostname or "") in settings.LOOPBACK
        return LOCAL_READER if local and not self.viewer.is_signed_in else self.viewer

    def perform_content_negotiation(
        self, request: Request, force: bool = False
    ) -> tuple[BaseRenderer, str]:
        """Scrapers name media types of their own; ours is the only one, whatever they name."""
        return super().perform_content_negotiation(request, force=True)

    def get(self, request: Request) -> HttpResponse:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(MeshCollector(self.reader))
        return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


class MeshCollector(Collector):
    """All families for one reader: one query each, and one for the database's clock."""

    def __init__(self, reader: Principal) -> None:
        self.reader = reader

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = database_now()
        truncated = []
        for families, is_cut in (
            group_families(self.reader, now),
            sweep_families(self.reader, now),
            promise_families(self.reader),
            queue_families(now),
        ):
            yield from families
            truncated.append(is_cut)
        cut = _gauge("series_truncated", "1 when a family has more rows than are shown.", [])
        cut.add_metric([], float(any(truncated)))
        yield cut


Families = tuple[list[GaugeMetricFamily], bool]


def _gauge(name: str, words: str, labels: Iterable[str]) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"tributary_{name}", words, labels=list(labels))


def group_families(reader: Principal, now: datetime) -> Families:
    """Lag and status of every group on every topic that the reader may see."""
    labels = ("cluster", "group", "topic")
    records = _gauge("group_lag_records", "Records still to read, where all are known.", labels)
    least = _gauge("group_lag_seconds_min", "Least age of the oldest unread record.", labels)
    most = _gauge("group_lag_seconds_max", "Greatest age of the oldest unread record.", labels)
    status = _gauge("group_status", "1 for the status that holds.", (*labels, "status"))
    rows = list(_lags(reader)[: ROWS_MOST + 1])
    for row in rows[:ROWS_MOST]:
        named = [row.group.cluster.name, row.group.group_id, row.topic.name]
        word = UNKNOWN if _is_unknown(row, now) else row.status.lower()
        status.add_metric([*named, word], 1)
        if word == UNKNOWN:
            continue
        if row.lag_records is not None and row.covered_partitions == row.partitions:
            records.add_metric(named, row.lag_records)
        if row.age_lo_s is not None:
            least.add_metric(named, row.age_lo_s)
        if row.age_hi_s is not None and row.age_hi_s >= 0:
            most.add_metric(named, row.age_hi_s)
    return [records, least, most, status], len(rows) > ROWS_MOST


def _lags(reader: Principal) -> Any:
    asks = MetricsView.asks
    return (
        GroupTopicLag.objects.filter(
            topic__in=scope(reader, asks, Topic.objects.filter(ended_at__isnull=True)),
            group__in=scope(reader, asks, ConsumerGroup.objects.filter(ended_at__isnull=True)),
        )
        .select_related("group__cluster", "topic")
        .only(
            "group__group_id", "group__cluster__name", "group__cluster__state",
            "group__cluster__sweep_interval_s", "topic__name", "status", "lag_records",
            "covered_partitions", "partitions", "age_lo_s", "age_hi_s", "as_of",
        )
        .order_by("pk")
    )  # fmt: skip


def _is_unknown(row: GroupTopicLag, now: datetime) -> bool:
    """Not known now: so judged, the cluster does not answer, or nobody has looked for long."""
    cluster = row.group.cluster
    stale = max(timedelta(seconds=STALE_SWEEPS * cluster.sweep_interval_s), STALE_LEAST)
    return (
        row.status.lower() == UNKNOWN
        or cluster.state == Cluster.State.UNREACHABLE
        or now - row.as_of > stale
    )


def sweep_families(reader: Principal, now: datetime) -> Families:
    """How old, how long and how complete the newest finished sweep of each cluster is."""
    age = _gauge("sweep_age_seconds", "Seconds since the newest finished sweep.", ["cluster"])
    took = _gauge("sweep_duration_seconds", "Seconds that sweep took.", ["cluster"])
    share = _gauge(
        "sweep_coverage_ratio", "Share of questions that were answered.", ["cluster", "kind"]
    )
    missed = _gauge(
        "sweep_unanswered", "Questions of that sweep without an answer.", ["cluster", "reason"]
    )
    seen = scope(reader, MetricsView.asks, Cluster.objects.all())
    finished = Sweep.objects.filter(cluster__in=seen, finished_at__isnull=False)
    newest = finished.order_by("cluster", "-started_at").distinct("cluster")
    for sweep in newest.select_related("cluster"):
        name = sweep.cluster.name
        assert sweep.finished_at is not None  # the filter says so
        age.add_metric([name], (now - sweep.finished_at).total_seconds())
        if sweep.duration_ms is not None:
            took.add_metric([name], sweep.duration_ms / 1000)
        for kind, ratio in sorted(sweep.coverage.items()):
            share.add_metric([name, kind], float(ratio))
        for reason, number in sorted(sweep.reasons.items()):
            missed.add_metric([name, reason], float(number))
    return [age, took, share, missed], False


def promise_families(reader: Principal) -> Families:
    """The verdict of every promise that stands; one never judged is unknown."""
    verdict = _gauge(
        "promise_verdict",
        "1 for the newest verdict.",
        ("product", "port", "property", "consumer", "verdict"),
    )
    products = scope(reader, MetricsView.asks, DataProduct.objects.all())
    standing = Promise.objects.filter(
        ended_at__isnull=True, port__product__in=products
    ).select_related("port__product", "now")
    rows = list(standing.order_by("pk")[: ROWS_MOST + 1])
    for promise in rows[:ROWS_MOST]:
        state = getattr(promise, "now", None)
        word = UNKNOWN if state is None else state.word
        port = promise.port
        named = [port.product.slug, port.name, promise.property, promise.consumer]
        verdict.add_metric([*named, word], 1)
    return [verdict], len(rows) > ROWS_MOST


def queue_families(now: datetime) -> Families:
    """How long work waits: due jobs by kind, events not handed on, workers not heard of."""
    jobs = _gauge("jobs_oldest_seconds", "Seconds the oldest open job has been due.", ["kind"])
    outbox = _gauge("outbox_oldest_seconds", "Seconds the oldest event waits; 0 for none.", [])
    beats = _gauge(
        "worker_heartbeat_age_seconds", "Seconds since a worker of the queue was heard.", ["queue"]
    )
    open_jobs = Q(state__in=[Job.State.WAITING, Job.State.RUNNING], due_at__lte=now)
    oldest_jobs = Job.objects.filter(open_jobs).values("kind").annotate(since=Min("due_at"))
    for row in oldest_jobs.order_by("kind"):
        jobs.add_metric([row["kind"]], _seconds(now, row["since"]))
    oldest = OutboxEvent.objects.filter(done_at__isnull=True).aggregate(since=Min("at"))["since"]
    outbox.add_metric([], 0.0 if oldest is None else _seconds(now, oldest))
    heard = WorkerHeartbeat.objects.values("queue").annotate(newest=Max("at")).order_by("queue")
    for beat in heard:
        beats.add_metric([beat["queue"]], _seconds(now, beat["newest"]))
    return [jobs, outbox, beats], False


def _seconds(now: datetime, since: datetime) -> float:
    return max(0.0, (now - since).total_seconds())
