"""The route table: segments with names in braces, what each route asks, which method does what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.registry import associations, compatibility, configuration, ids, service, subjects
from schemas.registry import versions as version_routes
from schemas.registry.http import Answer, RegistryRefusal

Handler = Callable[..., Answer]
WRITES = frozenset({"POST", "PUT", "DELETE"})


@dataclass(frozen=True, slots=True)
class Route:
    """One call. `asks` is the action it needs; an action that writes judges its subject itself."""

    method: str
    pattern: tuple[str, ...]
    handler: Handler
    asks: str = "registry.read"
    takes_body: bool = False
    is_open: bool = False


def _get(path: str, handler: Handler) -> Route:
    return Route("GET", _split(path), handler)


def _write(method: str, path: str, handler: Handler, asks: str) -> Route:
    return Route(method, _split(path), handler, asks, takes_body=method != "DELETE")


def _split(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part)


CHECK = "/compatibility/subjects/{subject}/versions"
ROUTES: tuple[Route, ...] = (
    Route("GET", (), service.root),
    Route("POST", (), service.root),
    Route("GET", ("livez",), service.alive, "health.read", is_open=True),
    Route("GET", ("readyz",), service.ready, "health.read", is_open=True),
    _get("/schemas/types", service.types),
    _get("/contexts", service.contexts),
    _get("/schemas/ids/{id}", ids.by_id),
    _get("/schemas/ids/{id}/schema", ids.text_by_id),
    _get("/schemas/ids/{id}/subjects", ids.subjects_of),
    _get("/schemas/ids/{id}/versions", ids.versions_of),
    _get("/schemas/guids/{guid}", ids.by_guid),
    _get("/schemas/guids/{guid}/ids", ids.ids_of),
    _get("/subjects", subjects.listed),
    _write("POST", "/subjects/{subject}", subjects.look_up, "registry.read"),
    _write("DELETE", "/subjects/{subject}", subjects.delete, "schema.soft_delete"),
    _get("/subjects/{subject}/versions", version_routes.listed),
    _write("POST", "/subjects/{subject}/versions", version_routes.register, "schema.register"),
    _get("/subjects/{subject}/versions/{version}", version_routes.one),
    _write(
        "DELETE",
        "/subjects/{subject}/versions/{version}",
        version_routes.delete,
        "schema.soft_delete",
    ),
    _get("/subjects/{subject}/versions/{version}/schema", version_routes.text),
    _get("/subjects/{subject}/versions/{version}/referencedby", version_routes.referenced_by),
    _write("POST", CHECK, compatibility.with_history, "registry.read"),
    _write("POST", f"{CHECK}/{{version}}", compatibility.with_version, "registry.read"),
    _get("/config", configuration.global_level),
    _write("PUT", "/config", configuration.set_global_level, "registry.configure"),
    _write("DELETE", "/config", configuration.clear_global_level, "registry.configure"),
    _get("/config/{subject}", configuration.level),
    _write("PUT", "/config/{subject}", configuration.set_subject_level, "subject.set_level"),
    _write("DELETE", "/config/{subject}", configuration.clear_level, "subject.set_level"),
    _get("/mode", configuration.global_mode),
    _write("PUT", "/mode", configuration.set_global_mode, "registry.configure"),
    _get("/mode/{subject}", configuration.mode),
    _write("PUT", "/mode/{subject}", configuration.set_subject_mode, "registry.configure"),
    _write("DELETE", "/mode/{subject}", configuration.clear_mode, "registry.configure"),
    _get("/associations/resources/{namespace}/{name}", associations.of_resource),
)


BY_LENGTH: dict[int, tuple[Route, ...]] = {
    length: tuple(route for route in ROUTES if len(route.pattern) == length)
    for length in {len(route.pattern) for route in ROUTES}
}


def find_route(method: str, segments: Sequence[str | None]) -> tuple[Route, tuple[str, ...]]:
    """The route and its arguments. Raises RegistryRefusal: 404, or 405 with Allow."""
    allowed: list[str] = []
    for route in BY_LENGTH.get(len(segments), ()):
        if not _fits(route.pattern, segments):
            continue
        if route.method == method:
            return route, _arguments(route, segments)
        allowed.append(route.method)
    if allowed:
        words = ", ".join(dict.fromkeys([*(["HEAD"] if "GET" in allowed else []), *allowed]))
        raise RegistryRefusal(405, 405, f"Use {words} here.", {"Allow": words})
    raise RegistryRefusal(404, 404, "Nothing is at this address.")


def _fits(pattern: tuple[str, ...], segments: Sequence[str | None]) -> bool:
    """Do they match, of equal length?"""
    return all(
        part[0] == "{" or part == segment for part, segment in zip(pattern, segments, strict=True)
    )


def _arguments(route: Route, segments: Sequence[str | None]) -> tuple[str, ...]:
    """The decoded values of the named segments; what is not UTF-8 names nothing."""
    found: list[str] = []
    for part, segment in zip(route.pattern, segments, strict=True):
        if part[0] != "{":
            continue
        if segment is None:
            if route.method in WRITES and part == "{subject}":
                raise RegistryRefusal(422, 42208, "The subject's name is not UTF-8.")
            raise RegistryRefusal(404, 404, "The address is not UTF-8.")
        found.append(segment)
    return tuple(found)
