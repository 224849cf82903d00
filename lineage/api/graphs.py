"""REST of lineage: graph, impact, edges, declarations, runs, schema checks."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from lineage import queries
from lineage.actions import declare, withdraw
from lineage.models import Evidence
from lineage.reading.impact import Impact
from lineage.reading.walk import DEEPEST
from mesh.kernel.errors import InvalidInput, MalformedRequest
from mesh.kernel.paging import Keyset
from mesh.people.rest import MeshAPI
from schemas.actions import preview_registration


class RunShape(serializers.Serializer[Any]):
    """A run as its events tell it."""

    id = serializers.UUIDField(source="public_id")
    job = serializers.CharField(source="job.label")
    job_id = serializers.UUIDField(source="job.public_id")
    run_id = serializers.CharField()
    state = serializers.CharField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    last_event_at = serializers.DateTimeField()
    events = serializers.IntegerField()
    inputs = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    outputs = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))


class DeclarationBody(serializers.Serializer[Any]):
    """Data flows from `src` to `dst`: node ids, or slugs of products."""

    src = serializers.CharField(max_length=200)
    dst = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=Evidence.Kind.choices)
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class WithdrawalBody(serializers.Serializer[Any]):
    """The edge whose declaration by people ends."""

    edge = serializers.UUIDField()
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class ReferenceBody(serializers.Serializer[Any]):
    """A schema that the checked one uses."""

    name = serializers.CharField(max_length=1024)
    subject = serializers.CharField(max_length=512)
    version = serializers.IntegerField(min_value=1)


class SchemaCheckBody(serializers.Serializer[Any]):
    """A schema that nobody registered yet; `schema` is Avro text or the JSON itself."""

    subject = serializers.CharField(max_length=512, trim_whitespace=False)
    schema = serializers.JSONField()
    references = ReferenceBody(many=True, required=False, default=list)


class GraphView(MeshAPI):
    """The flow around a product, laid out."""

    asks: ClassVar[str] = "lineage.read"
    parameters = frozenset({"root", "up", "down"})

    @extend_schema(
        parameters=[OpenApiParameter("root", str, required=True), OpenApiParameter("up", int),
                    OpenApiParameter("down", int)],
        responses={200: dict},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        found = queries.neighbourhood(
            self.viewer,
            _root(request),
            _depth(request, "up", 1),
            _depth(request, "down", 1),
        )
        return Response(
            {
                "root": found.root,
                "complete": found.complete,
                "truncated": [asdict(cut) for cut in found.truncated],
                "nodes": [asdict(node) for node in found.nodes],
                "edges": [asdict(edge) for edge in found.edges],
            }
        )


class ImpactView(MeshAPI):
    """Products up- or downstream of one, nearest first."""

    asks: ClassVar[str] = "lineage.read"
    parameters = frozenset({"root", "direction"})

    @extend_schema(
        parameters=[OpenApiParameter("root", str, required=True),
                    OpenApiParameter("direction", str, enum=["downstream", "upstream"])],
        responses={200: dict},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        direction = request.query_params.get("direction", "downstream")
        if direction not in ("downstream", "upstream"):
            raise InvalidInput("direction is downstream or upstream.", pointer="?direction")
        found = queries.reach(self.viewer, _root(request), direction)
        return Response(
            {
                "root": found.root,
                "direction": direction,
                "items": [asdict(item) for item in found.products],
                "complete": found.complete,
                "truncated": [asdict(cut) for cut in found.truncated],
            }
        )


class EdgeView(MeshAPI):
    """One edge with its evidence."""

    asks: ClassVar[str] = "lineage.read"

    @extend_schema(responses={200: dict})
    def get(self, request: Request, edge_id: UUID) -> Response:
        return Response(asdict(queries.edge_of(self.viewer, edge_id)))


class DeclarationsView(MeshAPI):
    """What people say flows: POST declares, DELETE withdraws."""

    asks: ClassVar[str] = "lineage.declare"

    @extend_schema(request=DeclarationBody, responses={201: dict})
    def post(self, request: Request) -> Response:
        body = self.valid(DeclarationBody)
        src, dst = (
            queries.node_of(self.viewer, body["src"]),
            queries.node_of(self.viewer, body["dst"]),
        )
        edge = declare(src, dst, body["kind"], by=self.viewer, why=body["reason"])
        shape = asdict(queries.edge_of(self.viewer, edge.public_id))
        return Response(
            shape, status=201, headers={"Location": f"/api/v1/lineage/edges/{edge.public_id}"}
        )

    @extend_schema(request=WithdrawalBody, responses={204: None})
    def delete(self, request: Request) -> Response:
        body = self.valid(WithdrawalBody)
        edge = queries.edge_row(self.viewer, body["edge"])
        withdraw(edge, by=self.viewer, why=body["reason"])
        return Response(status=204)


class RunsView(MeshAPI):
    """OpenLineage runs, newest first."""

    asks: ClassVar[str] = "lineage.read"
    is_paged: ClassVar[bool] = True
    parameters = frozenset({"job"})

    @extend_schema(parameters=[OpenApiParameter("job", str)], responses={200: RunShape(many=True)})
    def get(self, request: Request) -> Response:
        rows = queries.runs(self.viewer, request.query_params.get("job", ""))
        return self.list_page(rows, Keyset("last_event_at", descending=True), RunShape)


class SchemaCheckView(MeshAPI):
    """What registering a schema would answer, and whom it would break. Nothing is written."""

    asks: ClassVar[str] = "schema.check"

    @extend_schema(request=SchemaCheckBody, responses={200: dict})
    def post(self, request: Request) -> Response:
        body = self.valid(SchemaCheckBody)
        schema = body["schema"]
        text = schema if isinstance(schema, str) else json.dumps(schema)
        references = [dict(one) for one in body["references"]]
        preview = preview_registration(
            body["subject"], text, viewer=self.viewer, references=references
        )
        answer: dict[str, Any] = {
            "subject": body["subject"],
            "outcome": preview.outcome,
            "level": preview.level,
            "against_version": preview.against,
            "latest_version": preview.latest_version,
            "complaints": [asdict(one) for one in preview.complaints],
            "findings": list(preview.findings),
            "impact": None,
        }
        if preview.outcome != "invalid":
            answer["impact"] = impact_shape(
                queries.impact(self.viewer, body["subject"], text, references)
            )
        return Response(answer)


def impact_shape(found: Impact) -> dict[str, Any]:
    """An impact as JSON members."""
    shape = asdict(found)
    for reader in shape["readers"]:
        reader.pop("team_id")
    return shape


def _root(request: Request) -> str:
    root = request.query_params.get("root", "")
    if not root or len(root) > 200:
        raise MalformedRequest("Say which node: root=<slug or id>.", pointer="?root")
    return root


def _depth(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,2}", text) or int(text) > DEEPEST:
        raise InvalidInput(f"{name} is a whole number from 0 to {DEEPEST}.", pointer=f"?{name}")
    return int(text)
