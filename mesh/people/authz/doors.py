"""The doors' side of permission: how models become resources, require(), and scope() as SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from mesh.audit.principal import Principal
from mesh.kernel.errors import NotAllowed, NotFound, NotSignedIn
from mesh.people.authz.decide import Decision, Resource, decide
from mesh.people.models import ObjectScope, Team

M = TypeVar("M", bound=Model)
ToResource = Callable[[Any], Resource]

_resources: dict[type[Model], ToResource] = {}
_kinds: dict[type[Model], str] = {}


def register_resource(
    model: type[M], kind: str, to_resource: Callable[[M], Resource] | None = None
) -> None:
    """Say how rows of `model` are judged: by their own fields, or by ObjectScope(kind, public_id)."""
    _kinds[model] = kind
    _resources[model] = to_resource or (lambda row: owned_resource(kind, row))


def owned_resource(kind: str, row: Any) -> Resource:
    """The resource of an object whose owner stands in ObjectScope. Costs one query."""
    scope_row = ObjectScope.objects.filter(kind=kind, object_id=row.public_id).first()
    if scope_row is None:
        return Resource(kind, str(row.public_id), label=str(row))
    return from_scope(scope_row, label=str(row))


def from_scope(row: ObjectScope, label: str = "") -> Resource:
    """A Resource made of an ObjectScope row."""
    return Resource(
        row.kind,
        str(row.object_id),
        row.team_id,
        str(row.product_id or ""),
        tuple(str(domain) for domain in row.domain_ids),
        row.visibility,
        label,
    )


def resource_of(obj: Model | Resource | None) -> Resource | None:
    """The Resource of a row. Raises LookupError for a model that no room registered."""
    if obj is None or isinstance(obj, Resource):
        return obj
    if isinstance(obj, Team):
        return Resource("team", str(obj.public_id), obj.pk, label=obj.name)
    to_resource = _resources.get(type(obj))
    if to_resource is None:
        raise LookupError(f"{type(obj).__name__} is not registered for permission")
    return to_resource(obj)


def judge(principal: Principal, action: str, obj: Model | Resource | None = None) -> Decision:
    """decide() on a row or resource, with the settings of this installation."""
    return decide(principal, action, resource_of(obj), anonymous_read=settings.ANONYMOUS_READ)


def may(principal: Principal, action: str, obj: Model | Resource | None = None) -> bool:
    """True when the action is allowed; for showing or hiding a button."""
    return judge(principal, action, obj).allow


def require(principal: Principal, action: str, obj: Model | Resource | None = None) -> None:
    """Raise NotFound (hidden), NotSignedIn or NotAllowed from a refused decision."""
    decision = judge(principal, action, obj)
    if decision.allow:
        return
    if decision.hide:
        raise NotFound
    if not principal.is_signed_in:
        raise NotSignedIn(decision.reason)
    raise NotAllowed(decision.reason, rule=decision.rule)


def scope(principal: Principal, action: str, queryset: QuerySet[M]) -> QuerySet[M]:
    """The rows of `queryset` on which decide() would allow a read: the same rule as SQL.

    Models whose rows stand in ObjectScope lose restricted rows that are not the viewer's.
    """
    if not judge(principal, action).allow:
        return queryset.none()
    kind = _kinds.get(queryset.model)
    return queryset if kind is None else seen(principal, queryset, kind, "public_id")


def seen(principal: Principal, queryset: QuerySet[M], kind: str, column: str) -> QuerySet[M]:
    """Rows whose `column` names no object of `kind` that is hidden from the principal.

    scope() for rows that are about an object: a request, a policy's result, a notification.
    """
    if sees_all(principal):
        return queryset
    hidden = ObjectScope.objects.filter(
        kind=kind, object_id=OuterRef(column), visibility="restricted"
    )
    return queryset.exclude(Exists(hidden.exclude(visible_q(principal))))


def sees_all(principal: Principal) -> bool:
    """Is nothing restricted hidden: from the system, and from who governs or audits the platform?"""
    return (
        principal.kind == "system"
        or principal.has_role("governor", "auditor")
        or principal.has_platform_role("steward")
    )


def visible_q(principal: Principal) -> Q:
    """ObjectScope rows that a principal sees although they are restricted."""
    q = Q(team_id__in=principal.team_ids())
    domains = principal.domain_ids("steward")
    if domains:
        q |= Q(domain_ids__overlap=list(domains))
    products = [g.scope_id for g in principal.grants if g.scope_kind == "product"]
    if products:
        q |= Q(product_id__in=products)
    return q
