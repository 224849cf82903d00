"""Refusals of the streams room."""

from __future__ import annotations

from mesh.kernel.errors import MeshError


class KeyNotAllowed(MeshError):
    code, status, title = "key_not_allowed", 422, "This client setting is not accepted"


class ClusterSettingRefused(MeshError):
    code, status, title = "cluster_setting", 422, "A client setting of the cluster is not valid"
