"""Refusals of the people floor."""

from __future__ import annotations

from mesh.kernel.errors import MeshError


class LastHolder(MeshError):
    code, status, title = "last_holder", 409, "Somebody must keep this role"
