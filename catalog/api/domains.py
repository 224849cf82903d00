"""REST of domains."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.domains import create_domain
from catalog.api.bodies import DomainBody
from catalog.api.shapes import DomainShape
from catalog.models import Domain
from catalog.queries.lookup import domain_named, domain_of
from mesh.kernel.paging import Keyset
from mesh.people.authz.doors import scope
from mesh.people.rest import MeshAPI


class DomainsView(MeshAPI):
    """All domains; governance creates them."""

    asks: ClassVar[dict[str, str]] = {"GET": "catalog.read", "POST": "domain.manage"}
    is_paged: ClassVar[bool] = True

    @extend_schema(responses={200: DomainShape(many=True)})
    def get(self, request: Request) -> Response:
        rows = scope(self.viewer, "catalog.read", Domain.objects.select_related("parent"))
        return self.list_page(rows, Keyset("slug"), DomainShape)

    @extend_schema(request=DomainBody, responses={201: DomainShape})
    def post(self, request: Request) -> Response:
        body = self.valid(DomainBody)
        parent = body.pop("parent", None)
        domain = create_domain(
            **body,
            parent=domain_named(self.viewer, parent, "/parent") if parent else None,
            by=self.viewer,
        )
        domain.refresh_from_db()
        return self.one(DomainShape(domain).data, domain.revision, status=201)


class DomainView(MeshAPI):
    """One domain, by id or slug."""

    asks: ClassVar[str] = "catalog.read"
    is_plain = True

    @extend_schema(responses={200: DomainShape})
    def get(self, request: Request, domain_id: str) -> Response:
        domain = domain_of(self.viewer, domain_id)
        return self.one(DomainShape(domain).data, domain.revision)
