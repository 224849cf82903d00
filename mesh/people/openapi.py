"""How our REST views appear in the OpenAPI document."""

from __future__ import annotations

from typing import Any

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
