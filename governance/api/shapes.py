"""How requests, policies, events and jobs look in REST."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from governance.models import ChangeItem, ChangeRequest
from governance.policy.states import STEPS, step_of
from governance.queries.policies import PolicyRow
from governance.queries.requests import RequestPage, Slot
from mesh.audit.models import AuditEvent, Job


class RequestLine(serializers.BaseSerializer[ChangeRequest]):
    """A request in a list."""

    def to_representation(self, instance: ChangeRequest) -> dict[str, Any]:
        return {
            "number": instance.pk,
            "id": str(instance.public_id),
            "title": instance.title,
            "state": instance.state,
            "revision": instance.revision,
            "product": instance.product.slug if instance.product is not None else None,
            "environment": instance.environment.slug,
            "requester": {"kind": instance.requester_kind, "label": instance.requester_label},
            "plan_hash": instance.plan_hash,
            "submitted_at": instance.submitted_at,
            "due_at": instance.due_at,
            "closed_at": instance.closed_at,
            "created_at": instance.created_at,
            "url": request_url(instance.pk),
        }


def request_url(number: int) -> str:
    """Where people read it."""
    return f"{settings.BASE_URL}/governance/requests/{number}"


def whole_request(page: RequestPage) -> dict[str, Any]:
    """A request with items, plan, requirements, votes, results and discussion."""
    request = page.request
    place = step_of(request.state)
    return {
        **RequestLine().to_representation(request),
        "reason": request.reason,
        "kind": request.kind,
        "on_failure": request.on_failure,
        "step": STEPS[min(place, len(STEPS) - 1)],
        "planned_at": request.planned_at,
        "plan": request.plan,
        "impact": {
            **(request.impact or {}),
            "readers": page.readers,
        },
        "failure": page.failure or None,
        "items": [item_shape(item) for item in page.items],
        "notes": page.notes,
        "requirements": [slot_shape(slot) for slot in page.slots],
        "votes": [
            {
                "by": vote.person_label,
                "verdict": vote.verdict,
                "reason": vote.reason,
                "at": vote.at,
                "plan_hash": vote.plan_hash,
                "void_reason": vote.void_reason or None,
            }
            for vote in page.votes
        ],
        "policy_results": [
            {
                "policy": result.policy.code,
                "severity": result.severity,
                "outcome": result.outcome,
                "message": page.veil.text(result.message),
                "remedy": page.veil.text(result.remedy),
                "pointer": result.pointer,
                "phase": result.phase,
            }
            for result in page.results
        ],
        "comments": [
            {"by": comment.author.label, "at": comment.at, "words": comment.words}
            for comment in page.comments
        ],
    }


def item_shape(item: ChangeItem) -> dict[str, Any]:
    """An item with what was tried and read back."""
    return {
        "id": str(item.public_id),
        "position": item.position,
        "kind": item.kind,
        "object": item.object,
        "desired": item.desired,
        "precondition": item.precondition,
        "state": item.state,
        "origin": item.origin or None,
        "observed_after": item.observed_after,
        "error": item.error,
        "attempts": [
            {
                "number": attempt.number,
                "call": attempt.call,
                "started_at": attempt.started_at,
                "ended_at": attempt.ended_at,
                "outcome": attempt.outcome or None,
                "error_code": attempt.error_code or None,
                "answer": attempt.answer,
            }
            for attempt in item.attempts.all()
        ],
    }


def slot_shape(slot: Slot) -> dict[str, Any]:
    """A requirement."""
    return {
        "code": slot.code,
        "role": slot.role,
        "mode": slot.mode,
        "scope": slot.scope_label,
        "why": slot.why,
        "count": slot.count,
        "filled_by": list(slot.filled_by),
        "who_may": slot.who,
    }


def policy_shape(row: PolicyRow) -> dict[str, Any]:
    """A policy with its standing in the mesh."""
    return {
        "id": str(row.policy.public_id),
        "code": row.code,
        "number": row.rule.number,
        "title": row.rule.title,
        "theme": row.rule.theme,
        "wants": row.rule.wants,
        "remedy": row.rule.remedy,
        "severity": row.rule.severity,
        "state": row.policy.state,
        "parameters": row.policy.parameters,
        "revision": row.policy.revision,
        "products": {
            "fail": row.failing,
            "warn": row.warned,
            "unknown": row.unknown,
            "pass": row.passing,
        },
    }


class EventShape(serializers.BaseSerializer[AuditEvent]):
    """An audit event."""

    def to_representation(self, instance: AuditEvent) -> dict[str, Any]:
        return {
            "id": str(instance.public_id),
            "at": instance.at,
            "actor": {
                "kind": instance.actor_kind,
                "id": instance.actor_id,
                "label": instance.actor_label,
                "method": instance.auth_method,
            },
            "action": instance.action,
            "room": instance.room,
            "object": {
                "kind": instance.object_kind,
                "id": instance.object_id,
                "label": instance.object_label,
            },
            "outcome": instance.outcome,
            "reason": instance.reason,
            "change": instance.change,
            "request": instance.request_number,
            "request_id": instance.request_id,
        }


def job_shape(job: Job) -> dict[str, Any]:
    """A job with its visible progress."""
    return {
        "id": str(job.public_id),
        "kind": job.kind,
        "title": job.title,
        "state": job.state,
        "attempts": job.attempts,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "ended_at": job.ended_at,
        "steps": job.steps,
        "error": job.error,
        "result_href": job.result_href or None,
    }
