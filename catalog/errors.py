"""What the catalogue refuses, each with its code and status."""

from __future__ import annotations

from mesh.kernel.errors import MeshError


class SlugTaken(MeshError):
    code, status, title = "slug_taken", 409, "Another object already has this short name"


class PortExists(MeshError):
    code, status, title = "port_exists", 409, "The product already has this port and version"


class TopicAlreadyPublished(MeshError):
    code, status, title = (
        "topic_already_published",
        409,
        "The topic is already the output of another product",
    )


class SubjectOwned(MeshError):
    code, status, title = "subject_owned", 409, "The subject belongs to another product"


class LifecycleGuard(MeshError):
    code, status, title = "lifecycle_guard", 409, "The product cannot take this step yet"


class NeedsRequest(MeshError):
    code, status, title = "needs_request", 409, "This change needs a change request"


class DomainCycle(MeshError):
    code, status, title = "domain_cycle", 422, "A domain cannot lie inside itself"


class PromiseValue(MeshError):
    code, status, title = "promise_value", 422, "A promise cannot be read"


class IncidentClosed(MeshError):
    code, status, title = "incident_closed", 409, "The incident is already resolved"


class SamplingOff(MeshError):
    code, status, title = "sampling_off", 409, "The product does not allow sampling"
