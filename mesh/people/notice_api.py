"""REST of notifications: the caller's own lines, newest first, and marking them read."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from mesh.kernel.errors import NotFound
from mesh.kernel.paging import Keyset
from mesh.people.models import Notification
from mesh.people.notices import mark_read, visible_notices
from mesh.people.parameters import TRUTHS
from mesh.people.rest import MeshAPI


class NotificationShape(serializers.ModelSerializer[Notification]):
    """A line: what happened to which object, and why the caller is told."""

    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = Notification
        fields = [
            "id", "family", "object_kind", "object_id", "product_id", "title", "words", "why", "href",
            "at", "read_at",
        ]  # fmt: skip
        read_only_fields = fields


class ReadCount(serializers.Serializer[Any]):
    """How many lines were marked."""

    read = serializers.IntegerField()


class NotificationsView(MeshAPI):
    """Notifications."""

    asks: ClassVar[str] = "me.read"
    parameters: ClassVar[frozenset[str]] = frozenset({"unread"})
    choices: ClassVar[dict[str, Any]] = {"unread": TRUTHS}
    is_paged: ClassVar[bool] = True

    @extend_schema(responses={200: NotificationShape(many=True)})
    def get(self, request: Request) -> Response:
        rows = visible_notices(self.viewer)
        if request.query_params.get("unread") == "true":
            rows = rows.filter(read_at__isnull=True)
        return self.list_page(rows, Keyset("at", descending=True), NotificationShape)


class NotificationsReadView(MeshAPI):
    """All of them read."""

    asks: ClassVar[dict[str, str]] = {"GET": "me.read", "POST": "notice.read"}

    @extend_schema(request=None, responses={200: ReadCount})
    def post(self, request: Request) -> Response:
        return Response({"read": mark_read(None, by=self.viewer)})


class NotificationReadView(MeshAPI):
    """One of them read; a second time changes nothing."""

    asks: ClassVar[dict[str, str]] = {"GET": "me.read", "POST": "notice.read"}

    @extend_schema(request=None, responses={200: NotificationShape})
    def post(self, request: Request, notification_id: UUID) -> Response:
        rows = visible_notices(self.viewer).filter(public_id=notification_id)
        if not rows.exists():
            raise NotFound
        mark_read([notification_id], by=self.viewer)
        return Response(NotificationShape(rows.get()).data)
