"""Pages of promises, incidents, domains and teams."""

from __future__ import annotations

from dataclasses import asdict
from typing import ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from catalog.actions.incidents import acknowledge_incident, add_note
from catalog.queries.incident_series import incident_series
from catalog.queries.incidents import incident_of
from catalog.showing.groups import domain_page, team_page
from catalog.showing.incident import incident_board, incident_shown
from catalog.showing.promises import board
from mesh.kernel.errors import MeshError
from mesh.people.pages import Page


class Promises(Page):
    """Every promise with its newest verdict, worst first."""

    asks: ClassVar[str] = "promise.read"
    template = "catalog/promises.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(page=board(self.viewer, request.GET.dict()))


class Incidents(Page):
    """Incidents, newest first."""

    asks: ClassVar[str] = "incident.read"
    template = "catalog/incidents.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(page=incident_board(self.viewer, request.GET.dict()))


class Incident(Page):
    """One incident; POST acknowledges it or adds a note."""

    asks: ClassVar[dict[str, str]] = {"GET": "incident.read", "POST": "incident.acknowledge"}
    template = "catalog/incident.html"

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        return self._shown(number)

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        incident = incident_of(self.viewer, str(number))
        self.require(incident)
        words = request.POST.get("words", "")
        try:
            if request.POST.get("act") == "acknowledge":
                acknowledge_incident(incident.number, by=self.viewer)
                messages.success(request, "Everybody sees now that you look after it.")
            else:
                add_note(incident.number, words, by=self.viewer)
        except MeshError as error:
            if request.POST.get("act") != "acknowledge":
                return self._shown(number, error=error.detail, words=words)
            messages.error(request, error.detail)
        return redirect(f"/incidents/{incident.number}")

    def _shown(self, number: int, error: str = "", words: str = "") -> HttpResponse:
        shown = incident_shown(self.viewer, str(number))
        return self.page(shown=shown, error=error, words=words)


class IncidentChart(Page):
    """What was measured around an incident, for its chart."""

    asks: ClassVar[str] = "incident.read"

    def get(self, request: HttpRequest, number: int) -> HttpResponse:
        return JsonResponse(asdict(incident_series(incident_of(self.viewer, str(number)))))


class Domain(Page):
    """A domain with its products."""

    asks: ClassVar[str] = "catalog.read"
    template = "catalog/group.html"

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        return self.page(page=domain_page(self.viewer, slug), kind="domain")


class Team(Page):
    """A team with its people and products."""

    asks: ClassVar[str] = "team.read"
    template = "catalog/group.html"

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        return self.page(page=team_page(self.viewer, slug), kind="team")
