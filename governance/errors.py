"""Refusals of the governance room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesh.kernel.errors import MeshError
from mesh.kernel.revisions import etag_of

if TYPE_CHECKING:
    from governance.models import ChangeRequest


class RequestState(MeshError):
    code, status, title = "request_state", 409, "The request is not in a state that allows this"

    def __init__(self, detail: str = "", *, state: str = "") -> None:
        super().__init__(detail, extra={"state": str(state)} if state else {})


class PlanStale(MeshError):
    code, status, title = "plan_stale", 409, "The plan changed since you saw it"

    def __init__(self, request: ChangeRequest) -> None:
        super().__init__(
            "The plan changed since you opened it: read the new one.",
            etag=etag_of(request.revision),
            extra={
                "state": request.state, "revision": request.revision,
                "plan_hash": request.plan_hash, "plan": request.plan,
            },
        )  # fmt: skip


class FourEyes(MeshError):
    code, status, title = "four_eyes", 403, "Somebody else must decide about your own request"


class NotAnApprover(MeshError):
    code, status, title = "not_an_approver", 403, "Your vote would fill no open slot"


class ReasonRequired(MeshError):
    code, status, title = "reason_required", 422, "Say why, in at least 10 characters"


class ItemKindUnknown(MeshError):
    code, status, title = "item_unknown_kind", 422, "Nobody knows this kind of item"


class PartitionDecrease(MeshError):
    code, status, title = "partition_decrease", 422, "Partitions can only grow"


class EmptySelector(MeshError):
    code, status, title = "empty_selector", 422, "Nothing is named"


class ObjectBusy(MeshError):
    code, status, title = "object_busy", 409, "An open request already claims this name"


class PolicyBlocked(MeshError):
    code, status, title = "policy_blocked", 422, "A policy forbids this"


class BrokerUnreachable(MeshError):
    code, status, title = "broker_unreachable", 503, "The broker does not answer"


class SessionOnly(MeshError):
    code, status, title = (
        "session_only",
        403,
        "Decisions are made by people in the web, not by keys",
    )


class ManifestRefused(MeshError):
    code, status, title = "manifest", 422, "A document is not valid"
