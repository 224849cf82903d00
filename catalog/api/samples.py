"""REST of samples on demand."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.samples import request_sample
from catalog.queries.lookup import product_of
from mesh.people.rest import MeshAPI


class SampleView(MeshAPI):
    """Sample a product's topics now; answers with the job that does it."""

    asks: ClassVar[str] = "product.edit"

    @extend_schema(request=None, responses={202: dict})
    def post(self, request: Request, product_id: str) -> Response:
        product = product_of(self.viewer, product_id)
        self.require(product)
        job = request_sample(product, by=self.viewer)
        href = f"/api/v1/jobs/{job.public_id}"
        body = {"id": str(job.public_id), "kind": job.kind, "state": job.state, "href": href}
        return Response(body, status=202, headers={"Location": href})
