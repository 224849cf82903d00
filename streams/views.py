"""Pages of the streams room: groups and topics, a group with its lag chart, a topic, connections."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode

from mesh.audit.jobs import enqueue
from mesh.audit.models import Job
from mesh.kernel import clock
from mesh.people.pages import Page
from streams.api import cluster_by_id
from streams.queries.clusters import cluster_rows
from streams.queries.lists import streams_page
from streams.queries.pages import group_page, topic_page
from streams.queries.series import LagSeries, lag_series
from streams.selftest import SELF_TEST, SWEEP_NOW

RANGES = {
    "15 min": timedelta(minutes=15),
    "1 h": timedelta(hours=1),
    "6 h": timedelta(hours=6),
    "24 h": timedelta(hours=24),
}


class Streams(Page):
    """Every group on every topic, worst first."""

    asks: ClassVar[str] = "streams.read"
    template = "streams/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        state, words = request.GET.get("state", ""), request.GET.get("q", "")[:100]
        return self.page(
            page=streams_page(self.viewer, status=state, q=words), state=state, q=words
        )


class Group(Page):
    """One consumer group."""

    asks: ClassVar[str] = "streams.read"
    template = "streams/group.html"

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        page = group_page(self.viewer, public_id, request.GET.get("topic", ""))
        self.require(page.group)
        chosen = request.GET.get("range", "15 min")
        span = RANGES.get(chosen, RANGES["15 min"])
        series, source = LagSeries(), ""
        if page.chosen_lag is not None:
            now = clock.now()
            series = lag_series(
                page.chosen_lag, since=now - span, until=now, points=200, viewer=self.viewer
            )
            source = "/api/v1/lag-samples?" + urlencode(
                {"group": str(page.group.public_id), "topic": page.chosen_lag.topic.name,
                 "from": (now - span).isoformat(), "to": now.isoformat()}
            )  # fmt: skip
        topic = page.chosen.topic if page.chosen else ""
        ranges = [
            {
                "label": name,
                "href": f"?{urlencode({'topic': topic, 'range': name})}",
                "current": name == chosen,
            }
            for name in RANGES
        ]
        moments = [datetime.fromtimestamp(second, UTC) for second in series.t]
        values = list(zip(moments, series.lo, series.hi, series.records, strict=True))[-12:][::-1]
        return self.page(page=page, series=series, source=source, ranges=ranges, values=values)


class TopicDetail(Page):
    """One topic."""

    asks: ClassVar[str] = "streams.read"
    template = "streams/topic.html"

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        page = topic_page(self.viewer, public_id)
        self.require(page.topic)
        return self.page(page=page)


class Clusters(Page):
    """Connections: clusters with coverage and what is unknown."""

    asks: ClassVar[str] = "cluster.read"
    template = "streams/clusters.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(rows=cluster_rows(self.viewer))


class ClusterDetail(Page):
    """One cluster with its running jobs."""

    asks: ClassVar[dict[str, str]] = {"GET": "cluster.read", "POST": "cluster.sweep"}
    template = "streams/cluster.html"

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        cluster_by_id(self.viewer, public_id)
        return self.page(
            row=cluster_rows(self.viewer, public_id)[0], job=newest_job(str(public_id))
        )

    def post(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        cluster = cluster_by_id(self.viewer, public_id)
        self.require(cluster)
        kind, verb = (
            (SELF_TEST, "Check") if request.POST.get("what") == "check" else (SWEEP_NOW, "Sweep")
        )
        enqueue(kind, str(cluster.public_id), by=self.viewer, title=f"{verb} {cluster.name}")
        messages.info(
            request, f"{verb} of {cluster.name} has started. It goes on if you leave the page."
        )
        return redirect(f"/clusters/{cluster.public_id}")


def newest_job(cluster_id: str) -> Job | None:
    """The newest sweep or self-test that a person started on this cluster."""
    return (
        Job.objects.filter(kind__in=(SWEEP_NOW, SELF_TEST), key=cluster_id).order_by("-pk").first()
    )


class JobFragment(Page):
    """Progress of a cluster's job, fetched again until it ends."""

    asks: ClassVar[str] = "cluster.read"
    template = "streams/_job.html"

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        cluster_by_id(self.viewer, public_id)
        return self.page(job=newest_job(str(public_id)))
