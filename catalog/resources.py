"""How the catalogue's rows are judged by decide()."""

from __future__ import annotations

from catalog.actions.domains import domain_path
from catalog.models import DataProduct, Domain, Incident, Port, Promise
from mesh.people.authz.decide import Resource
from mesh.people.authz.doors import owned_resource, register_resource


def register() -> None:
    """Say which model stands for which kind of ObjectScope."""
    register_resource(DataProduct, "product")
    register_resource(Port, "port")
    register_resource(Domain, "domain", domain_resource)
    register_resource(Promise, "promise", lambda row: owned_resource("product", row.port.product))
    register_resource(Incident, "incident", lambda row: owned_resource("product", row.product))


def domain_resource(domain: Domain) -> Resource:
    """A domain with its ancestors, so that a steward of a parent domain is its steward too."""
    path = tuple(str(each.public_id) for each in domain_path(domain))
    return Resource("domain", str(domain.public_id), domain_ids=path, label=domain.name)
