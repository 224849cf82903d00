"""Finding one object by its short name or public id, with the pointer of the member that named it."""

from __future__ import annotations

import uuid
from typing import TypeVar

from django.db.models import Model, QuerySet

from catalog.models import DataProduct, Domain, Port
from mesh.audit.principal import Principal
from mesh.kernel.errors import InvalidInput, NotFound, clipped
from mesh.people.authz.doors import scope
from mesh.people.models import Team
from schemas.models import Subject
from streams.models import Cluster, Topic

M = TypeVar("M", bound=Model)
NOBODY = uuid.UUID(int=0)


def product_of(viewer: Principal, reference: str) -> DataProduct:
    """The product with this slug or public id, if the viewer may see it. Raises NotFound."""
    rows = scope(viewer, "catalog.read", DataProduct.objects.select_related("team", "domain"))
    found = _one(rows, reference)
    if found is None:
        raise NotFound
    return found


def product_named(viewer: Principal, reference: object, pointer: str) -> DataProduct:
    """As product_of(), for a member of a body. Raises InvalidInput at the pointer."""
    rows = scope(viewer, "catalog.read", DataProduct.objects.select_related("team", "domain"))
    return _member(_one(rows, reference), "product", reference, pointer)


def domain_of(viewer: Principal, reference: str) -> Domain:
    """The domain with this slug or public id. Raises NotFound."""
    found = _one(scope(viewer, "catalog.read", Domain.objects.select_related("parent")), reference)
    if found is None:
        raise NotFound
    return found


def domain_named(viewer: Principal, reference: object, pointer: str = "/domain") -> Domain:
    """As domain_of(), for a member of a body. Raises InvalidInput at the pointer."""
    rows = scope(viewer, "catalog.read", Domain.objects.all())
    return _member(_one(rows, reference), "domain", reference, pointer)


def team_named(viewer: Principal, reference: object, pointer: str = "/team") -> Team:
    """The team with this slug or public id. Raises InvalidInput at the pointer."""
    rows = scope(viewer, "team.read", Team.objects.all())
    return _member(_one(rows, reference), "team", reference, pointer)


def port_of(viewer: Principal, reference: str) -> Port:
    """The port with this public id, if the viewer may see its product. Raises NotFound."""
    rows = scope(viewer, "catalog.read", Port.objects.select_related("product__team"))
    found = rows.filter(public_id=_uuid(reference) or NOBODY).first()
    if found is None:
        raise NotFound
    return found


def topic_named(viewer: Principal, cluster: object, name: object, pointer: str = "/topic") -> Topic:
    """The live topic of this name; `cluster` by name or public id, or None when only one has it.

    Raises InvalidInput at the pointer.
    """
    topics = scope(viewer, "streams.read", Topic.objects.select_related("cluster"))
    topics = topics.filter(ended_at__isnull=True, name=str(name)[:249])
    if cluster:
        found_cluster = _cluster(viewer, cluster)
        topics = topics.filter(cluster=found_cluster)
    rows = list(topics[:2])
    if len(rows) == 1:
        return rows[0]
    shown = clipped(str(name), 80)
    if rows:
        raise InvalidInput(
            f'Several clusters have a topic "{shown}": say which.', pointer="/cluster"
        )
    raise InvalidInput(f'No topic "{shown}" was seen here.', pointer=pointer)


def _cluster(viewer: Principal, reference: object) -> Cluster:
    rows = scope(viewer, "cluster.read", Cluster.objects.all())
    found = rows.filter(public_id=_uuid(reference) or NOBODY).first()
    found = found or rows.filter(name=str(reference)).first()
    return _member(found, "cluster", reference, "/cluster")


def subject_named(viewer: Principal, name: object, pointer: str) -> Subject:
    """The subject of this name in the default context. Raises InvalidInput at the pointer."""
    rows = scope(viewer, "schema.read", Subject.objects.all())
    found = rows.filter(context__name=".", name=str(name)[:512]).first()
    return _member(found, "subject", name, pointer)


def _member(found: M | None, kind: str, reference: object, pointer: str) -> M:
    if found is None:
        raise InvalidInput(f'There is no {kind} "{clipped(str(reference), 80)}".', pointer=pointer)
    return found


def _one(rows: QuerySet[M], reference: object) -> M | None:
    if not isinstance(reference, str) or "\x00" in reference:
        return None
    public_id = _uuid(reference)
    if public_id is not None:
        return rows.filter(public_id=public_id).first()
    return rows.filter(slug=reference[:100]).first()


def _uuid(reference: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(reference)) if len(str(reference)) == 36 else None
    except ValueError:
        return None
