"""The first question of every serializer: which subject does this topic's key or value belong to?"""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet

from schemas.models import Association
from schemas.names import is_storable
from schemas.registry.http import Answer, Request

ANY_NAMESPACE = "-"


def of_resource(request: Request, namespace: str, name: str) -> Answer:
    """The one subject of each side, or nothing: then clients name subjects after the topic."""
    query = request.query
    if not is_storable(namespace) or not is_storable(name):
        return Answer([])
    if query.text("resourceType", "topic") != "topic":
        return Answer([])
    if query.text("lifecycle") and "WEAK" not in query.texts("lifecycle"):
        return Answer([])
    rows = Association.objects.filter(resource_name=name)
    if namespace != ANY_NAMESPACE:
        rows = rows.filter(resource_namespace=namespace)
    asked = query.texts("associationType")
    if asked:
        rows = rows.filter(association_type__in=asked)
    return Answer(_one_per_side(rows)[query.window()])


def _one_per_side(rows: QuerySet[Association]) -> list[dict[str, Any]]:
    """Sides with exactly one subject; several record types cannot be told apart by topic."""
    sides: dict[str, dict[str, Association]] = {}
    for row in rows.order_by("association_type", "subject_name", "pk"):
        sides.setdefault(row.association_type, {}).setdefault(row.subject_name, row)
    return [_entity(next(iter(side.values()))) for side in sides.values() if len(side) == 1]


def _entity(row: Association) -> dict[str, Any]:
    return {
        "subject": row.subject_name,
        "guid": str(uuid.uuid5(uuid.NAMESPACE_OID, str(row.public_id))),
        "resourceName": row.resource_name,
        "resourceNamespace": row.resource_namespace,
        "resourceId": row.resource_id,
        "resourceType": "topic",
        "associationType": row.association_type,
        "lifecycle": "WEAK",
        "frozen": False,
        "createTs": int(row.created_at.timestamp() * 1000),
        "updateTs": int(row.updated_at.timestamp() * 1000),
    }
