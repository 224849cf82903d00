"""The base of every REST view: authentication, permission, strict JSON, ETags, idempotent POSTs."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, ClassVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mesh.audit.models import IdempotencyRecord
from mesh.audit.principal import Principal
from mesh.kernel.errors import (
    Busy,
    Fault,
    IdempotencyConflict,
    InvalidInput,
    MalformedRequest,
    RevisionMissing,
    StaleRevision,
    UnknownMember,
    UnknownParameter,
)
from mesh.kernel.paging import Keyset, page_of
from mesh.people.authz.decide import Resource
from mesh.people.authz.doors import require
from mesh.people.rest_doors import principal_of


class MeshAPI(APIView):
    """A REST view. `asks` is an action, or a dict by HTTP method; every list pages by keyset."""

    asks: ClassVar[str | dict[str, str]] = ""
    parameters: ClassVar[frozenset[str]] = frozenset()  # query parameters this view understands

    def action_for(self, method: str | None) -> str:
        if isinstance(self.asks, dict):
            return self.asks.get(method or "GET", self.asks["GET"])
        return self.asks

    @property
    def viewer(self) -> Principal:
        return principal_of(self.request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        for name in request.query_params:
            if name not in self.parameters and name not in ("limit", "cursor", "count"):
                raise UnknownParameter(
                    f"The parameter {name[:60]} is not known here.", pointer=f"?{name[:60]}"
                )
        super().initial(request, *args, **kwargs)

    def require(self, obj: Model | Resource, action: str = "") -> None:
        """Refuse unless the viewer may do the action (default: this method's) on `obj`."""
        require(self.viewer, action or self.action_for(self.request.method), obj)

    def valid(
        self, serializer_class: type[serializers.Serializer[Any]], **kwargs: Any
    ) -> dict[str, Any]:
        """The validated body. Raises UnknownMember for members the serializer does not have."""
        body = self.request.data
        if not isinstance(body, dict):
            raise InvalidInput("The body must be a JSON object.")
        serializer = serializer_class(data=body, **kwargs)
        writable = {name for name, declared in serializer.fields.items() if not declared.read_only}
        unknown = [name for name in body if name not in writable]
        if unknown:
            raise UnknownMember(
                faults=tuple(
                    Fault(f"/{name[:80]}", "read_only" if name in serializer.fields else "unknown_member",
                          f"The member {name[:80]} cannot be set here.") for name in unknown
                )
            )  # fmt: skip
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def list_page(
        self,
        queryset: QuerySet[Any],
        keyset: Keyset,
        serializer_class: type[serializers.BaseSerializer[Any]],
    ) -> Response:
        """`{items, next}` of one keyset page, with Link: rel=next."""
        page = page_of(queryset, keyset, self.request.query_params)
        body: dict[str, Any] = {
            "items": serializer_class(page.rows, many=True).data,
            "next": page.next_cursor,
        }
        if self.request.query_params.get("count") == "true":
            body["count"] = {"value": queryset.count(), "exact": True}
        response = Response(body)
        if page.next_cursor:
            query = self.request.query_params.copy()
            query["cursor"] = page.next_cursor
            response["Link"] = f'<{self.request.path}?{query.urlencode()}>; rel="next"'
        return response

    def one(self, representation: Any, revision: int | None = None, status: int = 200) -> Response:
        """One resource with its ETag; 304 when the reader has it already."""
        response = Response(representation, status=status)
        if revision is not None:
            response["ETag"] = f'"r{revision}"'
            if (
                self.request.method == "GET"
                and self.request.META.get("HTTP_IF_NONE_MATCH") == response["ETag"]
            ):
                return Response(status=304, headers={"ETag": response["ETag"]})
        return response

    def expected_revision(self, current: int) -> int:
        """The revision named by If-Match. Raises RevisionMissing, or StaleRevision unless it is `current`."""
        header = self.request.META.get("HTTP_IF_MATCH")
        if header is None:
            raise RevisionMissing(f'Send If-Match: "r{current}" after reading the object.')
        if not re.fullmatch(r'"r[0-9]{1,9}"', header) or header != f'"r{current}"':
            raise StaleRevision(etag=f'"r{current}"')
        return current

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        key = request.META.get("HTTP_IDEMPOTENCY_KEY")
        if request.method != "POST" or key is None:
            return super().dispatch(request, *args, **kwargs)
        return self._once(request, key, *args, **kwargs)

    def _once(self, request: HttpRequest, key: str, *args: Any, **kwargs: Any) -> Any:
        """Answer a repeated POST as the first time (contents equal) or refuse it."""
        if not re.fullmatch(r"[\x21-\x7e]{1,128}", key):
            self.request = self.initialize_request(request, *args, **kwargs)
            return self._problem(
                MalformedRequest("Idempotency-Key: 1 to 128 visible ASCII characters.")
            )
        digest = hashlib.sha256(request.path.encode() + b"\0" + request.body).hexdigest()
        owner = hashlib.sha256(
            (
                request.META.get("HTTP_AUTHORIZATION")
                or request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
            ).encode()
        ).hexdigest()
        try:
            with transaction.atomic():
                row = IdempotencyRecord.objects.create(principal=owner, key=key, digest=digest)
        except IntegrityError:
            return self._replay(request, owner, key, digest, *args, **kwargs)
        response = super().dispatch(request, *args, **kwargs)
        if response.status_code < 500 and response.status_code not in (401, 403, 429):
            rendered: Any = response.render() if hasattr(response, "render") else response
            row.status, row.body = rendered.status_code, rendered.content.decode()
            row.headers = {
                n: rendered[n] for n in ("Content-Type", "ETag", "Location") if n in rendered
            }
            row.save(update_fields=["status", "body", "headers"])
        else:
            row.delete()
        return response

    def _replay(
        self, request: HttpRequest, owner: str, key: str, digest: str, *args: Any, **kwargs: Any
    ) -> Any:
        from django.http import HttpResponse

        row = IdempotencyRecord.objects.filter(principal=owner, key=key).first()
        self.request = self.initialize_request(request, *args, **kwargs)
        if row is None or (row.status is None and row.digest == digest):
            return self._problem(
                Busy("The first request with this Idempotency-Key is still running.")
            )
        if row.digest != digest:
            return self._problem(IdempotencyConflict())
        headers = {**row.headers, "Idempotency-Replayed": "true"}
        return HttpResponse(row.body, status=row.status, headers=headers)

    def _problem(self, error: Exception) -> Any:
        from mesh.kernel.problems import problem_response

        assert isinstance(error, Exception)
        return problem_response(self.request._request, error)  # type: ignore[arg-type]  # always a MeshError here


def etag_json(value: object) -> str:
    """A weak ETag of any JSON value."""
    return (
        'W/"'
        + hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:20]
        + '"'
    )
