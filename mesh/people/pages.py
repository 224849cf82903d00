"""The base of every HTML view: it names what it asks, and starts from the viewer."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views import View

from mesh.audit.principal import Principal
from mesh.kernel.errors import NotSignedIn
from mesh.people.authz.decide import Resource
from mesh.people.authz.doors import judge, require
from mesh.people.middleware import viewer_of
from mesh.people.recents import remember


class Page(View):
    """An HTML view. `asks` is the action of every method, or a dict by HTTP method.

    dispatch() refuses whoever may not do the action at all; a view with an object calls
    `self.require(obj)` once it has it.
    """

    asks: ClassVar[str | dict[str, str]] = ""
    template: ClassVar[str] = ""

    @property
    def viewer(self) -> Principal:
        return viewer_of(self.request)

    @property
    def action(self) -> str:
        if isinstance(self.asks, dict):
            return self.asks.get(self.request.method or "GET", self.asks["GET"])
        return self.asks

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            require(self.viewer, self.action)
        except NotSignedIn:
            from mesh.people.signing_in import session_ended  # which is a page itself

            if (answer := session_ended(request)) is None:
                raise
            return answer
        response = super().dispatch(request, *args, **kwargs)
        if request.method == "GET" and response.status_code == 200:
            remember(request)
        return response

    def require(self, obj: Model | Resource) -> None:
        """Refuse (404 when hidden, else 403) unless the viewer may do this action on `obj`."""
        require(self.viewer, self.action, obj)

    def may(self, action: str, obj: Model | Resource | None = None) -> bool:
        """Should a button for this action be offered?"""
        return judge(self.viewer, action, obj).allow

    def page(self, status: int = 200, template: str = "", **context: object) -> HttpResponse:
        """Render the page's template."""
        return render(self.request, template or self.template, context, status=status)
