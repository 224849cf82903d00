"""H7: every route says which action it asks; every action is in the table and used somewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver
from django.views import View

from mesh.people.authz.table import ACTIONS
from mesh.people.pages import Page
from mesh.people.rest import MeshAPI
from schemas.registry.routes import ROUTES
from tests.house.tree import Source, source, sources

# Routes without a question: probes, static explanations, the documents of the API itself.
OPEN = {
    "livez": "a probe",
    "readyz": "a probe",
    "problems/<slug:code>": "explains an error to whoever got it",
    "help/<slug:topic>": "explains the pages; holds nothing of anybody",
    "licences": "texts of the licences",
    "admin/login/": "leads to the log-in page",
    "api/schema/": "the interface description holds no data",
    "api/docs/": "shows that description",
    "developer/parts": "exists in development only",
    "developer/parts/lag": "exists in development only",
}

# Rows that only refuse: they say that a change request is the way, and who would decide it.
REFUSING = {
    "product.retire": "nobody retires a product directly",
    "schema.hard_delete": "nobody deletes a schema for good",
    "policy.manage": "policies change by request",
}


def routes(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every route with its callback; the admin site guards itself."""
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if path != "admin/":
                yield from routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path, pattern.callback


def asked_by(view: Any) -> list[str]:
    """The actions a view names; empty when it names none."""
    asks = getattr(view, "asks", "")
    return list(asks.values()) if isinstance(asks, dict) else [asks] if asks else []


def fault_of(path: str, callback: Any) -> str:
    """Why a route is not guarded, or empty."""
    if path in OPEN:
        return ""
    view = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
    if view is None or not issubclass(view, Page | MeshAPI):
        return f"{path}: {callback} is neither a Page nor a MeshAPI"
    asked = asked_by(view)
    if not asked:
        return f"{path}: {view.__name__} asks nothing"
    unknown = [action for action in asked if action not in ACTIONS]
    if unknown:
        return f"{path}: {view.__name__} asks {unknown}, which the table does not know"
    if isinstance(view.asks, dict) and "GET" not in view.asks:
        return f"{path}: {view.__name__} names no action for GET, the one others fall back to"
    return ""


def words_of(module: Source) -> set[str]:
    """Texts of a module that stand as an argument, a default or a value, not in a docstring."""
    return {
        node.value
        for node in module.nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_route_asks_an_action_of_the_table() -> None:
    found = list(routes(get_resolver().url_patterns))
    assert len(found) >= 50, "the routes of the rooms were not found"
    assert [fault for path, callback in found if (fault := fault_of(path, callback))] == []


def test_no_exception_is_left_over() -> None:
    paths = {path for path, _ in routes(get_resolver().url_patterns)}
    gone = {path for path in OPEN if path not in paths and not path.startswith("developer/")}
    assert gone == set()


def test_every_registry_route_asks_an_action_of_the_table() -> None:
    assert [route for route in ROUTES if route.asks not in ACTIONS] == []


def test_every_admin_class_asks() -> None:
    lacking = [
        model._meta.label
        for model, console in admin.site._registry.items()
        if type(console).__module__.split(".")[0] in ("mesh", "governance", "catalog", "lineage",
                                                      "schemas", "streams")
        and not set(asked_by(console)) & set(ACTIONS)
    ]  # fmt: skip
    assert lacking == []


def test_every_action_of_the_table_is_asked_somewhere() -> None:
    used: set[str] = set()
    for module in sources():
        if module.path != "mesh/people/authz/table.py":
            used |= words_of(module) & set(ACTIONS)
    assert sorted(set(ACTIONS) - used - set(REFUSING)) == []


def test_rows_that_only_refuse_really_refuse_everybody() -> None:
    open_cells = {
        action: cells
        for action in REFUSING
        if (cells := {cell for _, cell in ACTIONS[action].cells} - {"ask"})
    }
    assert open_cells == {}


def test_planted_routes_without_a_question_are_found() -> None:
    class Silent(Page):
        pass

    class Mistaken(MeshAPI):
        asks = "product.fly"

    class Headless(MeshAPI):
        asks = {"POST": "product.edit"}

    class Foreign(View):
        pass

    assert fault_of("x", Silent.as_view()) == "x: Silent asks nothing"
    assert "which the table does not know" in fault_of("x", Mistaken.as_view())
    assert "names no action for GET" in fault_of("x", Headless.as_view())
    assert "neither a Page nor a MeshAPI" in fault_of("x", Foreign.as_view())
    assert words_of(source("x.py", "require(by, 'team.fly', team)")) == {"team.fly"}
