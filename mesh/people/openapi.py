"""How our REST views appear in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema


class MeshSchema(AutoSchema):
    """Tags by resource, summaries from the first docstring line, and the action each call asks."""

    def get_tags(self) -> list[str]:
        parts = [part for part in self.path.split("/") if part and part not in ("api", "v1")]
        return [parts[0] if parts else "root"]

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        view = self.view
        if operation is not None and hasattr(view, "action_for"):
            operation["x-asks"] = view.action_for(self.method)
        return operation


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
