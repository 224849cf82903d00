"""REST of manifests, policies, the audit trail and jobs."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.actions.jobs import retry_job
from governance.actions.manifests import apply_manifests
from governance.api.requests import truth
from governance.api.shapes import EventShape, job_shape, policy_shape, request_url
from governance.queries.audit import FILTERS, audit_events
from governance.queries.jobs import job_of
from governance.queries.policies import policies, policy_page
from mesh.kernel.paging import Keyset
from mesh.people.rest import MeshAPI


class DocumentBody(serializers.Serializer[Any]):
    """One document with its place in a file."""

    file = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    line = serializers.IntegerField(required=False)
    document = serializers.DictField()


class ManifestsBody(serializers.Serializer[Any]):
    """Documents that become one bundle."""

    documents = DocumentBody(many=True)
    title = serializers.CharField(required=False, max_length=200)
    reason = serializers.CharField(required=False, max_length=4000)


class LooseManifests(serializers.Serializer[Any]):
    """The same without a look inside: documents have their own reader, which names every fault."""

    documents = serializers.JSONField()
    title = serializers.CharField(required=False, max_length=200, default="")
    reason = serializers.CharField(required=False, max_length=4000, default="")


class ManifestsView(MeshAPI):
    """Plan documents (dry_run=true) or make one change request of what differs."""

    asks: ClassVar[str] = "change.draft"
    parameters = frozenset({"dry_run"})

    @extend_schema(
        parameters=[OpenApiParameter("dry_run", bool)], request=ManifestsBody, responses={200: dict}
    )
    def post(self, request: Request) -> Response:
        dry_run = truth(request.query_params.get("dry_run", "false"), "dry_run")
        body = self.valid(LooseManifests)
        answer = apply_manifests(
            body["documents"],
            by=self.viewer,
            dry_run=dry_run,
            title=body["title"],
            reason=body["reason"],
        )
        number = answer.request.pk if answer.request is not None else None
        return Response(
            {
                "request": number,
                "url": request_url(number) if number is not None else None,
                "plan": answer.plan,
                "counts": answer.counts,
            },
            status=200 if number is None else 201,
        )


class PoliciesView(MeshAPI):
    """All policies with the number of products that follow them."""

    asks: ClassVar[str] = "policy.read"

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        return Response(
            {"items": [policy_shape(row) for row in policies(self.viewer)], "next": None}
        )


class PolicyView(MeshAPI):
    """One policy with every product that does not follow it."""

    asks: ClassVar[str] = "policy.read"

    @extend_schema(responses={200: dict})
    def get(self, request: Request, code: str) -> Response:
        page = policy_page(self.viewer, code)
        failing = [
            {
                "product": result.product.slug,
                "outcome": result.outcome,
                "message": result.message,
                "remedy": result.remedy,
                "object": result.pointer,
                "at": result.at,
            }
            for result in page.results
            if result.product is not None
        ]
        return Response({**policy_shape(page.row), "results": failing})


class AuditEventsView(MeshAPI):
    """The audit trail, newest first."""

    asks: ClassVar[str] = "audit.read_object"
    is_paged: ClassVar[bool] = True
    parameters = frozenset(FILTERS)

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in FILTERS], responses={200: dict}
    )
    def get(self, request: Request) -> Response:
        rows = audit_events(self.viewer, request.query_params)
        return self.list_page(rows, Keyset("id", descending=True), EventShape)


class JobView(MeshAPI):
    """A job and its progress."""

    asks: ClassVar[str] = "job.read"

    @extend_schema(responses={200: dict})
    def get(self, request: Request, job_id: UUID) -> Response:
        return Response(job_shape(job_of(self.viewer, job_id)))


class JobRetryView(MeshAPI):
    """Run a failed job again."""

    asks: ClassVar[str] = "job.retry"

    @extend_schema(request=None, responses={200: dict})
    def post(self, request: Request, job_id: UUID) -> Response:
        job = job_of(self.viewer, job_id)
        return Response(job_shape(retry_job(job.pk, by=self.viewer)))
