"""The door for OpenLineage clients: single events, arrays, batches."""

from __future__ import annotations

from typing import Any, BinaryIO, ClassVar, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from lineage.actions import accept_event
from lineage.openlineage.bodies import read_json
from mesh.audit.principal import Principal
from mesh.kernel.errors import BodyTooLarge, Fault, MalformedRequest, MeshError
from mesh.people.rest import MeshAPI

BATCH_LIMIT = 1_000


class BatchAnswer(serializers.Serializer[Any]):
    """What became of a batch, in the words of the OpenLineage API description."""

    status = serializers.CharField()
    summary = serializers.DictField(child=serializers.IntegerField())
    failed_events = serializers.ListField(child=serializers.DictField())


class EventsView(MeshAPI):
    """One OpenLineage event, or an array of them."""

    asks: ClassVar[str] = "lineage.write"

    @extend_schema(request=dict, responses={201: dict, 200: dict})
    def post(self, request: Request) -> Response:
        body = body_of(request)
        if isinstance(body, list):
            return Response(batch(body, self.viewer))
        accepted = accept_event(body, by=self.viewer)
        return Response({}, status=201 if accepted.created else 200)


class EventBatchView(MeshAPI):
    """An array of OpenLineage events; each is accepted or refused for itself."""

    asks: ClassVar[str] = "lineage.write"

    @extend_schema(request=dict, responses={200: BatchAnswer})
    def post(self, request: Request) -> Response:
        body = body_of(request)
        if not isinstance(body, list):
            said = "A batch is a JSON array of events."
            raise MalformedRequest(said, faults=(Fault("", "type", said),))
        return Response(batch(body, self.viewer))


def body_of(request: Request) -> object:
    """The JSON value of the request, inflated where needed; chunked bodies have no length."""
    meta = request.META
    stream: Any = request._request
    if "chunked" in meta.get("HTTP_TRANSFER_ENCODING", "").lower():
        stream = meta["wsgi.input"]
    return read_json(
        cast(BinaryIO, stream),
        meta.get("HTTP_CONTENT_ENCODING", ""),
        meta.get("CONTENT_TYPE", ""),
    )


def batch(events: list[Any], by: Principal) -> dict[str, Any]:
    """Accept each event in its own transaction; one that is refused does not harm the others."""
    if len(events) > BATCH_LIMIT:
        raise BodyTooLarge(f"At most {BATCH_LIMIT} events in one batch.")
    failed: list[dict[str, Any]] = []
    for index, event in enumerate(events):
        try:
            accept_event(event, by=by)
        except MeshError as error:
            retriable = error.status in (429, 503)
            failed.append({"index": index, "reason": error.detail, "retriable": retriable})
    retriable_count = sum(one["retriable"] for one in failed)
    return {
        "status": "partial_success" if failed else "success",
        "summary": {
            "received": len(events),
            "successful": len(events) - len(failed),
            "failed": len(failed),
            "retriable": retriable_count,
            "non_retriable": len(failed) - retriable_count,
        },
        "failed_events": failed,
    }
