"""REST of incidents."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.incidents import acknowledge_incident, add_note
from catalog.api.bodies import NoteBody
from catalog.api.shapes import IncidentShape, NoteShape
from catalog.models import Incident
from catalog.queries.incidents import STATES, censored, incident_list, incident_of
from mesh.kernel.paging import Keyset
from mesh.people.rest import MeshAPI


class IncidentsView(MeshAPI):
    """Incidents, newest first."""

    asks: ClassVar[str] = "incident.read"
    is_paged: ClassVar[bool] = True
    parameters = frozenset({"state", "kind", "product", "team"})
    choices: ClassVar[dict[str, Collection[str]]] = {
        "state": STATES, "kind": Incident.Kind.values
    }  # fmt: skip

    @extend_schema(responses={200: IncidentShape(many=True)})
    def get(self, request: Request) -> Response:
        rows = incident_list(self.viewer, request.query_params)
        keyset = Keyset("number", descending=True, id_column="number")
        return self.list_page(rows, keyset, IncidentShape, partial(censored, self.viewer))


class IncidentView(MeshAPI):
    """One incident, by number or id."""

    asks: ClassVar[str] = "incident.read"

    @extend_schema(responses={200: IncidentShape})
    def get(self, request: Request, incident_id: str) -> Response:
        return Response(IncidentShape(incident_of(self.viewer, incident_id)).data)


class AcknowledgeView(MeshAPI):
    """Say that somebody looks after an incident."""

    asks: ClassVar[str] = "incident.acknowledge"

    @extend_schema(request=None, responses={200: IncidentShape})
    def post(self, request: Request, incident_id: str) -> Response:
        incident = incident_of(self.viewer, incident_id)
        acknowledge_incident(incident.number, by=self.viewer)
        return Response(IncidentShape(incident_of(self.viewer, incident_id)).data)


class NotesView(MeshAPI):
    """The timeline of an incident; POST adds a line."""

    asks: ClassVar[dict[str, str]] = {"GET": "incident.read", "POST": "incident.acknowledge"}

    @extend_schema(responses={200: NoteShape(many=True)})
    def get(self, request: Request, incident_id: str) -> Response:
        notes = incident_of(self.viewer, incident_id).notes.order_by("at", "pk")
        return Response({"items": NoteShape(notes, many=True).data, "next": None})

    @extend_schema(request=NoteBody, responses={201: NoteShape})
    def post(self, request: Request, incident_id: str) -> Response:
        incident = incident_of(self.viewer, incident_id)
        note = add_note(incident.number, self.valid(NoteBody)["words"], by=self.viewer)
        note.refresh_from_db()
        return Response(NoteShape(note).data, status=201)
