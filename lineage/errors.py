"""Refusals of the lineage room."""

from __future__ import annotations

from mesh.kernel.errors import MeshError, NotFound


class InvalidEvent(MeshError):
    code, status, title = "invalid_event", 422, "This is not a lineage event"


class TooManyDatasets(MeshError):
    code, status, title = "too_many_datasets", 413, "The event names too many datasets"


class InvalidFlow(MeshError):
    code, status, title = "invalid_flow", 422, "No data can flow like this"


class NodeNotFound(NotFound):
    code, status, title = "node_not_found", 404, "Lineage knows nothing with this name"
