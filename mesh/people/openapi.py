"""How our REST views appear in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from mesh.kernel.paging import LIMIT_MAX
from mesh.kernel.problems import MEDIA_TYPE

PROBLEM = {
    "type": "object",
    "description": "What was refused and why (RFC 9457); `code` is stable, `errors` names each wrong place.",
    "required": ["type", "title", "status", "code", "detail", "request_id"],
    "properties": {
        "type": {"type": "string", "description": "The page of the code: /problems/<code>"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {
                        "type": "string",
                        "description": "A JSON pointer into the body, or ?name for a query parameter",
                    },
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
REFUSED = {
    "description": "Refused: a problem document",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
PAGING = (
    OpenApiParameter("limit", int, description=f"Rows of a page, 1 to {LIMIT_MAX}; 50 if not said"),
    OpenApiParameter("cursor", str, description="`next` of the page before"),
    OpenApiParameter("count", bool, description="true: answer how many there are, too"),
)
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description="The ETag that was read"
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER,
    description="1 to 128 visible ASCII characters: the same request again gets the first answer",
)  # fmt: skip


class MeshSchema(AutoSchema):
    """Tags by resource, the action each call asks, and what the base of all views understands."""

    def get_tags(self) -> list[str]:
        parts = [part for part in self.path.split("/") if part and part not in ("api", "v1")]
        return [parts[0] if parts else "root"]

    def get_operation_id(self) -> str:
        """The method with all of the path, so that lists and single objects differ."""
        words = [
            word.strip("{}").replace("-", "_")
            for word in self.path.removeprefix("/api/v1").split("/")
            if word
        ]
        return "_".join([self.method.lower(), *(words or ["root"])])

    def get_override_parameters(self) -> list[Any]:
        """Query parameters and headers, from what the view says it understands."""
        view: Any = self.view
        found: list[Any] = []
        if self.method == "GET":
            found += [_parameter(name, view) for name in sorted(view.parameters)]
            found += PAGING if view.is_paged else ()
            return found
        if self.method in ("PATCH", "PUT") or (self.method == "POST" and view.changes):
            found.append(IF_MATCH)
        if self.method == "POST" and not view.is_secret:
            found.append(IDEMPOTENCY_KEY)
        return found

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        view: Any = self.view
        if operation is not None:
            operation["x-asks"] = view.action_for(self.method)
            operation["responses"]["default"] = REFUSED
            if self.method == "GET":
                _show_page(operation["responses"].get("200", {}), view.is_paged)
        return operation


def _parameter(name: str, view: Any) -> OpenApiParameter:
    words = view.choices.get(name)
    return OpenApiParameter(
        name, str, enum=list(words) if words else None, many=name in view.several
    )


def _show_page(response: dict[str, Any], is_paged: bool) -> None:
    """A list is answered as an object with its rows and the cursor of the next page."""
    for content in response.get("content", {}).values():
        if content["schema"].get("type") != "array":
            continue
        members: dict[str, Any] = {"items": content["schema"], "next": {"type": ["string", "null"]}}
        if is_paged:
            members["count"] = {
                "type": "object",
                "properties": {"value": {"type": "integer"}, "exact": {"type": "boolean"}},
            }
        content["schema"] = {
            "type": "object", "properties": members, "required": ["items", "next"],
        }  # fmt: skip


def with_problem(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """Add the schema of problem documents, which no view names."""
    schemas = {**result["components"].get("schemas", {}), "Problem": PROBLEM}
    result["components"]["schemas"] = dict(sorted(schemas.items()))
    return result


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped library
    """API keys as the document names them."""

    target_class = "mesh.people.rest_doors.KeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "An API key: trb_…"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped library
    """The web's own session, with a CSRF token for everything that writes."""

    target_class = "mesh.people.rest_doors.BrowserSession"
    name = "Session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": "tributary"}
