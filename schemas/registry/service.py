"""Routes about the registry itself: root, types, contexts, probes."""

from __future__ import annotations

from django.db import connection

from mesh.kernel import durability
from schemas.models import RegistryContext
from schemas.names import DEFAULT_CONTEXT
from schemas.registry.http import Answer, Request


def root(request: Request) -> Answer:
    """An empty object, as health checks expect."""
    return Answer({})


def types(request: Request) -> Answer:
    """The schema types that can be registered."""
    return Answer(["AVRO"])


def contexts(request: Request) -> Answer:
    """All contexts, the default one first."""
    names = RegistryContext.objects.exclude(name=DEFAULT_CONTEXT).order_by("name")
    found = [DEFAULT_CONTEXT, *names.values_list("name", flat=True)]
    return Answer(found[request.query.window()])


def alive(request: Request) -> Answer:
    """The process answers."""
    return Answer({"status": "ok"})


def ready(request: Request) -> Answer:
    """The database answers; its errors become a 503."""
    with connection.cursor() as cursor:
        cursor.execute("select 1 from schemas_registrycontext limit 1")
    durability.warn_once()
    return Answer({"status": "ok"})
