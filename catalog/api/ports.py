"""REST of ports and of the promises made on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.bundles import open_port
from catalog.actions.promises import set_promises
from catalog.api.bodies import PortBody, PromisesBody
from catalog.api.shapes import MadePort, PortShape, PromiseShape, VerdictShape
from catalog.errors import PortExists
from catalog.models import Port
from catalog.queries.lookup import port_of, product_of
from catalog.queries.ports import port_list, visible_products
from catalog.queries.promises import promise_list, promise_of, verdict_list
from catalog.registering.groups import unseen_notes
from mesh.audit.principal import Principal
from mesh.kernel.paging import Keyset
from mesh.people.rest import MeshAPI


class ProductPortsView(MeshAPI):
    """The ports of a product; POST adds one with topic, subjects and promises."""

    asks: ClassVar[dict[str, str]] = {"GET": "catalog.read", "POST": "product.edit"}

    @extend_schema(responses={200: PortShape(many=True)})
    def get(self, request: Request, product_id: str) -> Response:
        product = product_of(self.viewer, product_id)
        rows = list(port_list(self.viewer).filter(product=product).order_by("direction", "pk"))
        return Response({"items": port_shapes(self.viewer, rows), "next": None})

    @extend_schema(request=PortBody, responses={201: MadePort})
    def post(self, request: Request, product_id: str) -> Response:
        product = product_of(self.viewer, product_id)
        self.require(product)
        body = self.valid(PortBody)
        version = body.setdefault("version", "1")
        twins = Port.objects.filter(
            product=product, direction=body["direction"], name=body["name"], version=version
        )
        if twins.exists():
            raise PortExists(pointer="/name")
        port = open_port(product.pk, body, by=self.viewer)
        port = port_list(self.viewer).get(pk=port.pk)
        shape = port_shapes(self.viewer, [port])[0]
        notes = notes_on(self.viewer, body.get("promises", ()))
        return self.one({**shape, "notes": notes}, port.revision, status=201)


class PortsView(MeshAPI):
    """Every port the viewer may see."""

    asks: ClassVar[str] = "catalog.read"
    is_paged: ClassVar[bool] = True

    @extend_schema(responses={200: PortShape(many=True)})
    def get(self, request: Request) -> Response:
        return self.list_page(port_list(self.viewer), Keyset("pk", id_column="pk"), PortShape)


class PortView(MeshAPI):
    """One port."""

    asks: ClassVar[str] = "catalog.read"

    @extend_schema(responses={200: PortShape})
    def get(self, request: Request, port_id: str) -> Response:
        port = port_list(self.viewer).get(pk=port_of(self.viewer, port_id).pk)
        return self.one(port_shapes(self.viewer, [port])[0], port.revision)


class PortPromisesView(MeshAPI):
    """The promises of a port; POST adds, changes or ends the ones it names."""

    asks: ClassVar[dict[str, str]] = {"GET": "promise.read", "POST": "product.edit"}
    changes = True

    @extend_schema(responses={200: PromiseShape(many=True)})
    def get(self, request: Request, port_id: str) -> Response:
        port = port_of(self.viewer, port_id)
        rows = promise_list(self.viewer, {}).filter(port=port)
        return self.one({"items": PromiseShape(rows, many=True).data, "next": None}, port.revision)

    @extend_schema(request=PromisesBody, responses={200: PromiseShape(many=True)})
    def post(self, request: Request, port_id: str) -> Response:
        port = port_of(self.viewer, port_id)
        self.require(port.product)
        revision = self.expected_revision(port.revision)
        rows = self.valid(PromisesBody)["promises"]
        set_promises(port.pk, rows, by=self.viewer, revision=revision)
        response = self.get(request, port_id)
        response.data["notes"] = notes_on(self.viewer, rows)
        return response


class PromisesView(MeshAPI):
    """Every promise that stands, with its newest verdict."""

    asks: ClassVar[str] = "promise.read"
    is_paged: ClassVar[bool] = True
    parameters = frozenset({"product", "property", "word"})

    @extend_schema(responses={200: PromiseShape(many=True)})
    def get(self, request: Request) -> Response:
        rows = promise_list(self.viewer, request.query_params)
        return self.list_page(rows, Keyset("pk", id_column="pk"), PromiseShape)


class PromiseView(MeshAPI):
    """One promise."""

    asks: ClassVar[str] = "promise.read"

    @extend_schema(responses={200: PromiseShape})
    def get(self, request: Request, promise_id: str) -> Response:
        return Response(PromiseShape(promise_of(self.viewer, promise_id)).data)


class VerdictsView(MeshAPI):
    """Judgements of a promise, newest first."""

    asks: ClassVar[str] = "promise.read"
    is_paged: ClassVar[bool] = True

    @extend_schema(responses={200: VerdictShape(many=True)})
    def get(self, request: Request, promise_id: str) -> Response:
        rows = verdict_list(self.viewer, promise_of(self.viewer, promise_id))
        return self.list_page(rows, Keyset("slot_at", descending=True), VerdictShape)


def notes_on(viewer: Principal, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What is accepted and still worth a second look: groups that nobody has seen."""
    return unseen_notes(viewer, [(f"/promises/{n}", row) for n, row in enumerate(rows)])


def port_shapes(viewer: Principal, ports: list[Port]) -> Any:
    """Ports with upstream names hidden where their product is."""
    visible = visible_products(
        viewer, [port.upstream.product_id for port in ports if port.upstream]
    )
    return PortShape(ports, many=True, context={"visible": visible}).data
