"""Pages of requests: the inbox, the review with its decisions."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from governance.actions import decisions, requests, retrying
from governance.errors import PlanStale, RequestState
from governance.queries.requests import (
    TABS,
    assigned,
    inbox,
    inbox_rows,
    request_of,
    visible_requests,
)
from governance.queries.review import review
from governance.queries.words import STATE_WORDS
from mesh.kernel.errors import MeshError, StaleRevision
from mesh.kernel.numbers import whole_number
from mesh.people.pages import Page
from mesh.people.refused import field_faults

TAB_LABELS = {"assigned": "Assigned to me", "requested": "Requested by me", "all": "All"}


FIELDS = {"reason": "Reason", "words": "Say something"}


class Inbox(Page):
    """Requests by tab: those that wait on me, mine, all."""

    asks: ClassVar[str] = "change.read"
    template = "governance/inbox.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        tab = request.GET.get("tab", "assigned")
        tab = tab if tab in TABS else "assigned"
        waiting = assigned(self.viewer)
        if tab == "assigned":
            rows = inbox_rows(self.viewer, waiting)
        else:
            rows = inbox(self.viewer, tab, state=request.GET.get("state", "")[:20])
        tabs = [
            {
                "label": TAB_LABELS[name],
                "href": f"/governance/inbox?tab={name}",
                "count": len(waiting) if name == "assigned" else None,
                "current": name == tab,
            }
            for name in TABS
        ]
        shown = [(row, *STATE_WORDS[row.state]) for row in rows]
        total = visible_requests(self.viewer).count()
        return self.page(
            tab=tab, tabs=tabs, rows=shown, waiting=len(waiting), total=total,
            inbox_count=len(waiting),  # the frame need not count again
        )  # fmt: skip


class Review(Page):
    """One request: what changes, who is hit, who must agree; the place where people decide."""

    asks: ClassVar[str] = "change.read"
    template = "governance/request.html"

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        return self._shown(number)

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        request_of(self.viewer, number)
        try:
            self._decide(number, request.POST.get("decision", ""))
        except MeshError as error:
            return self._shown(number, status=error.status, refused=error)
        return redirect(f"/governance/requests/{number}")

    def _shown(
        self, number: int, *, status: int = 200, refused: MeshError | None = None
    ) -> HttpResponse:
        """The page; after a refusal with its reason and what was typed."""
        view = review(self.viewer, number)
        posted = self.request.POST
        faults = field_faults(refused, FIELDS)
        stale, moved = isinstance(refused, PlanStale), isinstance(refused, StaleRevision)
        crumbs = [
            {"label": "Requests", "href": "/governance/inbox"},
            {"label": str(number), "href": ""},
        ]
        return self.page(
            status=status, view=view, crumbs=crumbs, refused=refused, stale=stale, moved=moved,
            reason=posted.get("reason", ""), said=posted.get("words", ""), faults=faults,
            errors={fault.name: fault.detail for fault in faults},
        )  # fmt: skip

    def _decide(self, number: int, decision: str) -> None:
        """Do what the button says."""
        posted = self.request.POST
        reason = posted.get("reason", "")
        seen = whole_number(posted.get("revision", "")) or 0
        plan = posted.get("plan_hash", "")
        match decision:
            case "approve":
                decisions.approve(
                    number, by=self.viewer, reason=reason, plan_hash=plan, revision=seen
                )
                messages.success(self.request, "Your vote counts.")
            case "decline":
                decisions.decline(
                    number, by=self.viewer, reason=reason, plan_hash=plan, revision=seen
                )
                messages.info(self.request, "Declined; the requester sees your reason.")
            case "comment":
                requests.comment(number, posted.get("words", ""), by=self.viewer)
            case _:
                self._step(number, decision, reason, seen)

    def _step(self, number: int, decision: str, reason: str, seen: int) -> None:
        match decision:
            case "withdraw":
                requests.withdraw(number, by=self.viewer, reason=reason, revision=seen)
            case "submit":
                requests.submit(number, by=self.viewer, revision=seen)
            case "retry":
                retrying.retry(number, by=self.viewer, revision=seen)
            case "read-again":
                retrying.read_again(number, by=self.viewer, revision=seen)
            case "settle":
                requests.settle(number, by=self.viewer, reason=reason, revision=seen)
            case _:
                raise RequestState("Nobody knows this decision.")


class Progress(Page):
    """The fragment that shows a request's state while the worker is at it."""

    asks: ClassVar[str] = "change.read"
    template = "governance/_progress.html"

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        view = review(self.viewer, number)
        response = self.page(view=view)
        if not view.working:
            response["X-Final"] = "true"
        return response
