"""REST of change requests: draft, submit, read, vote in a session, retry."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.actions import decisions, requests, retrying
from governance.api.shapes import RequestLine, whole_request
from governance.policy.states import State
from governance.queries.requests import request_of, request_page, visible_requests
from mesh.kernel.errors import MalformedRequest
from mesh.kernel.paging import Keyset
from mesh.people.rest import MeshAPI


class ItemBody(serializers.Serializer[Any]):
    """One item: its kind, what it names, what it wants."""

    kind = serializers.CharField(max_length=40)
    object = serializers.DictField()
    desired = serializers.DictField(required=False)


class RequestBody(serializers.Serializer[Any]):
    """A new request."""

    title = serializers.CharField(max_length=200)
    reason = serializers.CharField(max_length=4000)
    product = serializers.CharField(required=False, allow_null=True)
    team = serializers.CharField(required=False, allow_null=True)
    environment = serializers.CharField(required=False)
    on_failure = serializers.ChoiceField(choices=["compensate", "hold"], required=False)
    items = ItemBody(many=True)


class VoteBody(serializers.Serializer[Any]):
    """A vote names the plan that was read."""

    plan_hash = serializers.CharField(max_length=64)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=4000, default="")


class WordsBody(serializers.Serializer[Any]):
    """A line of discussion."""

    words = serializers.CharField(max_length=4000)


class ReasonBody(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=4000, default="")


def truth(text: str, name: str) -> bool:
    """A query parameter that is true or false. Raises MalformedRequest."""
    if text not in ("true", "false"):
        raise MalformedRequest(f"{name} is true or false.", pointer=f"?{name}")
    return text == "true"


class RequestsView(MeshAPI):
    """Change requests, newest first; POST makes a draft, or with submit=true sends it on."""

    asks: ClassVar[dict[str, str]] = {"GET": "change.read", "POST": "change.draft"}
    is_paged: ClassVar[bool] = True
    parameters = frozenset({"submit", "state", "product"})
    choices: ClassVar[dict[str, Collection[str]]] = {"state": tuple(State)}

    @extend_schema(
        parameters=[OpenApiParameter("state", str), OpenApiParameter("product", str)],
        responses={200: dict},
    )
    def get(self, request: Request) -> Response:
        rows = visible_requests(self.viewer)
        if state := request.query_params.get("state"):
            rows = rows.filter(state=state[:20])
        if product := request.query_params.get("product"):
            rows = rows.filter(product__slug=product[:63])
        return self.list_page(
            rows, Keyset("number", descending=True, id_column="number"), RequestLine
        )

    @extend_schema(
        parameters=[OpenApiParameter("submit", bool)], request=RequestBody, responses={201: dict}
    )
    def post(self, request: Request) -> Response:
        submits = truth(request.query_params.get("submit", "false"), "submit")
        make = requests.create_and_submit if submits else requests.create_request
        made = make(self.body(), by=self.viewer)
        response = self._shown(made.pk)
        response.status_code = 201
        response["Location"] = f"/api/v1/requests/{made.pk}"
        return response

    def _shown(self, number: int) -> Response:
        page = request_page(self.viewer, number)
        return self.one(whole_request(page), page.request.revision)


class RequestView(MeshAPI):
    """One request; PATCH edits it, which voids every vote."""

    asks: ClassVar[dict[str, str]] = {"GET": "change.read", "PATCH": "change.draft"}

    @extend_schema(responses={200: dict})
    def get(self, request: Request, number: int) -> Response:
        page = request_page(self.viewer, number)
        return self.one(whole_request(page), page.request.revision)

    @extend_schema(request=RequestBody, responses={200: dict})
    def patch(self, request: Request, number: int) -> Response:
        row = request_of(self.viewer, number)
        revision = self.expected_revision(row.revision)
        requests.edit_request(number, self.body(), by=self.viewer, revision=revision)
        page = request_page(self.viewer, number)
        return self.one(whole_request(page), page.request.revision)


class VoteView(MeshAPI):
    """Approve or decline: people in a browser session only; If-Match and plan_hash name what was read."""

    asks: ClassVar[str] = "change.approve"
    changes = True
    vote: ClassVar[Callable[..., Any]]

    @extend_schema(request=VoteBody, responses={200: dict})
    def post(self, request: Request, number: int) -> Response:
        row = request_of(self.viewer, number)
        revision = self.named_revision(row.revision)
        body = self.valid(VoteBody)
        type(self).vote(number, by=self.viewer, revision=revision, **body)
        page = request_page(self.viewer, number)
        return self.one(whole_request(page), page.request.revision)


class ApproveView(VoteView):
    """Vote for the plan."""

    vote = staticmethod(decisions.approve)


class DeclineView(VoteView):
    """End the request with a reason."""

    vote = staticmethod(decisions.decline)


class StepView(MeshAPI):
    """A step that needs no body but a reason."""

    asks: ClassVar[str] = "change.read"
    changes = True
    step: ClassVar[str] = ""

    @extend_schema(request=ReasonBody, responses={200: dict})
    def post(self, request: Request, number: int) -> Response:
        revision = self.expected_revision(request_of(self.viewer, number).revision)
        self.take(number, self.valid(ReasonBody)["reason"], revision)
        page = request_page(self.viewer, number)
        return self.one(whole_request(page), page.request.revision)

    def take(self, number: int, reason: str, revision: int) -> None:
        """Take the step."""
        match self.step:
            case "submit":
                requests.submit(number, by=self.viewer, revision=revision)
            case "withdraw":
                requests.withdraw(number, by=self.viewer, reason=reason, revision=revision)
            case "retry":
                retrying.retry(number, by=self.viewer, revision=revision)
            case "read-again":
                retrying.read_again(number, by=self.viewer, revision=revision)
            case _:
                requests.settle(number, by=self.viewer, reason=reason, revision=revision)


class SubmitView(StepView):
    """Reserve the names and have the plan made."""

    asks = "change.submit"
    step = "submit"


class WithdrawView(StepView):
    """Take the request back."""

    asks = "change.submit"
    step = "withdraw"


class RetryView(StepView):
    """Try again what failed."""

    asks = "change.retry"
    step = "retry"


class ReadAgainView(StepView):
    """Read the broker again for items whose outcome is not known."""

    asks = "change.retry"
    step = "read-again"


class SettleView(StepView):
    """Accept what a half applied request left, by name and reason."""

    asks = "change.submit"
    step = "settle"


class CommentsView(MeshAPI):
    """The discussion."""

    asks: ClassVar[str] = "change.read"

    @extend_schema(request=WordsBody, responses={201: dict})
    def post(self, request: Request, number: int) -> Response:
        request_of(self.viewer, number)
        row = requests.comment(number, self.valid(WordsBody)["words"], by=self.viewer)
        row.refresh_from_db()
        return Response({"by": row.author.label, "at": row.at, "words": row.words}, status=201)
