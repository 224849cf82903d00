"""The base of every REST view: authentication, permission, strict JSON, ETags, idempotent POSTs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mesh.audit.principal import Principal
from mesh.kernel.errors import (
    Fault,
    InvalidInput,
    MeshError,
    RevisionMissing,
)
from mesh.kernel.paging import PAGING, Keyset, list_key, page_of
from mesh.kernel.problems import problem_response
from mesh.kernel.revisions import etag_of, revision_of, unmoved
from mesh.people.authz.decide import Resource
from mesh.people.authz.doors import require
from mesh.people.idempotency import answered_once
from mesh.people.members import check_members
from mesh.people.parameters import TRUTHS, check_query
from mesh.people.rest_doors import principal_of


class MeshAPI(APIView):
    """A REST view. `asks` is an action, or a dict by HTTP method; every list pages by keyset."""

    asks: ClassVar[str | dict[str, str]] = ""
    parameters: ClassVar[frozenset[str]] = frozenset()  # query parameters this view understands
    choices: ClassVar[Mapping[str, Collection[str]]] = {}  # those that have fixed words
    several: ClassVar[frozenset[str]] = frozenset()  # those that may be repeated
    is_paged: ClassVar[bool] = False  # understands limit, cursor and count as well
    is_secret: ClassVar[bool] = False  # an answer to POST that must not be kept for a repetition
    changes: ClassVar[bool] = False  # POST writes on a row that exists: it needs If-Match
    is_plain: ClassVar[bool] = False  # the revision covers every member: a known one answers 304

    def action_for(self, method: str | None) -> str:
        if isinstance(self.asks, dict):
            return self.asks.get(method or "GET", self.asks["GET"])
        return self.asks

    @property
    def viewer(self) -> Principal:
        return principal_of(self.request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        known = self.parameters | (frozenset(PAGING) if self.is_paged else frozenset())
        check_query(request.query_params, known, {"count": TRUTHS, **self.choices}, self.several)
        super().initial(request, *args, **kwargs)

    def require(self, obj: Model | Resource, action: str = "") -> None:
        """Refuse unless the viewer may do the action (default: this method's) on `obj`."""
        require(self.viewer, action or self.action_for(self.request.method), obj)

    def body(self) -> dict[str, Any]:
        """The JSON object that was sent. Raises InvalidInput for any other value."""
        body = self.request.data
        if not isinstance(body, dict):
            fault = Fault("", "type", "Write a JSON object.")
            raise InvalidInput("The body must be a JSON object.", faults=(fault,))
        return body

    def valid(
        self, serializer_class: type[serializers.Serializer[Any]], **kwargs: Any
    ) -> dict[str, Any]:
        """The validated body. Raises UnknownMember, InvalidInput."""
        body = self.body()
        serializer = serializer_class(data=body, **kwargs)
        check_members(serializer, body)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def list_page(
        self,
        queryset: QuerySet[Any],
        keyset: Keyset,
        serializer_class: type[serializers.BaseSerializer[Any]],
        prepare: Callable[[list[Any]], Sequence[Any]] = list,
    ) -> Response:
        """`{items, next}` of one keyset page, with Link: rel=next; `prepare` makes what is shown of its rows."""
        asked = self.request.query_params
        page = page_of(queryset, keyset, asked, scope=list_key(self.request.path, asked))
        body: dict[str, Any] = {
            "items": serializer_class(prepare(page.rows), many=True).data,
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
        """One resource with its ETag; 304 when a plain one is what the reader has already."""
        if revision is None:
            return Response(representation, status=status)
        etag = etag_of(revision)
        known = self.request.META.get("HTTP_IF_NONE_MATCH") == etag
        if self.is_plain and known and self.request.method == "GET":
            return Response(status=304, headers={"ETag": etag})
        return Response(representation, status=status, headers={"ETag": etag})

    def expected_revision(self, current: int) -> int:
        """The revision named by If-Match. Raises RevisionMissing, or StaleRevision unless it is `current`."""
        named = self.named_revision(current)
        unmoved(current, named)
        return named

    def named_revision(self, current: int) -> int:
        """The same, but an older one passes: the action names better what became of it."""
        header = self.request.META.get("HTTP_IF_MATCH")
        if header is None:
            raise RevisionMissing(f"Send If-Match: {etag_of(current)} after reading the object.")
        named = revision_of(header)
        return named if named is not None else -1  # no ETag of ours is the present one

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        key = request.META.get("HTTP_IDEMPOTENCY_KEY")
        run = partial(super().dispatch, request, *args, **kwargs)
        if request.method != "POST" or key is None or self.is_secret:
            return run()
        caller = self._caller(request, *args, **kwargs)
        if caller is None:
            return run()
        try:
            return answered_once(request, key, caller, run)
        except MeshError as error:
            return problem_response(request, error)

    def _caller(self, request: HttpRequest, *args: Any, **kwargs: Any) -> str | None:
        """Who asks, if they may: a first answer is shown to nobody else, and not after a right is lost."""
        asked = self.initialize_request(request, *args, **kwargs)
        self.request, self.args, self.kwargs = asked, args, kwargs
        self.format_kwarg = None
        try:
            self.initial(asked, *args, **kwargs)
        except Exception:
            return None  # the usual way meets it again and says what it is
        return principal_of(asked).key


def etag_json(value: object) -> str:
    """A weak ETag of any JSON value."""
    return (
        'W/"'
        + hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:20]
        + '"'
    )
