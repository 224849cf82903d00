"""Who may do what to a subject: owned ones belong to a team, the others to whoever is first."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db.models import QuerySet

from mesh.audit.principal import Principal
from mesh.kernel.errors import NotAllowed
from mesh.people.authz.doors import from_scope, judge, require, seen
from mesh.people.models import ObjectScope
from schemas.errors import NotPermittedHere, SubjectMissing
from schemas.models import RegistryContext, SchemaVersion, Subject

BLOCKED_MODES: Final = frozenset({"READONLY", "READONLY_OVERRIDE"})
# What each level guarantees: (direction, whether for all versions).
GUARANTEES: Final[dict[str, frozenset[str]]] = {
    "NONE": frozenset(),
    "BACKWARD": frozenset({"backward"}),
    "BACKWARD_TRANSITIVE": frozenset({"backward", "backward for all"}),
    "FORWARD": frozenset({"forward"}),
    "FORWARD_TRANSITIVE": frozenset({"forward", "forward for all"}),
    "FULL": frozenset({"backward", "forward"}),
    "FULL_TRANSITIVE": frozenset({"backward", "forward", "backward for all", "forward for all"}),
}


def owner_of(subject: Subject | None) -> ObjectScope | None:
    """The row that says which team answers for a subject, or None while nobody does. One query."""
    if subject is None:
        return None
    row = ObjectScope.objects.filter(kind="subject", object_id=subject.public_id).first()
    return row if row is not None and row.team_id is not None else None


def require_readable(by: Principal, subject: Subject, owner: ObjectScope | None) -> None:
    """Raise SubjectMissing for a subject that is hidden from this principal."""
    resource = from_scope(owner, subject.name) if owner is not None else None
    decision = judge(by, "registry.read", resource)
    if decision.hide:
        raise SubjectMissing(f"Subject '{subject.name}' not found.")


def require_owned(
    by: Principal, owner: ObjectScope | None, label: str, owned_action: str, unowned_action: str
) -> None:
    """Refuse unless the principal may do this to the subject with this owner.

    Owned subjects ask `owned_action` of the owning team. Others ask `unowned_action` and need open
    registration. Raises NotAllowed, NotSignedIn, NotFound.
    """
    if owner is not None:
        require(by, owned_action, from_scope(owner, label))
        return
    require(by, unowned_action)
    if not settings.OPEN_REGISTRATION and by.kind != "system":
        raise NotAllowed(
            "Open registration is off: a subject that no product owns needs a change request."
        )


def require_writable(subject: Subject | None, context: RegistryContext | None) -> None:
    """Raise NotPermittedHere while the mode in force blocks writes."""
    mode = mode_of(subject, context)
    if mode in BLOCKED_MODES:
        name = "the registry" if subject is None else f"subject '{subject.name}'"
        raise NotPermittedHere(f"Nothing may be written: {name} is in mode {mode}.")


def mode_of(subject: Subject | None, context: RegistryContext | None) -> str:
    """The mode in force."""
    own = subject.mode if subject is not None else ""
    return own or (context.mode if context is not None else "") or "READWRITE"


def is_laxer(new: str, old: str) -> bool:
    """Does the new level drop a guarantee that the old one gives?"""
    return not GUARANTEES[old] <= GUARANTEES[new]


def readable_subjects(by: Principal, rows: QuerySet[Subject]) -> QuerySet[Subject]:
    """Subjects that are not hidden from this principal; who may read at all is asked before."""
    return seen(by, rows, "subject", "public_id")


def readable_versions(by: Principal, rows: QuerySet[SchemaVersion]) -> QuerySet[SchemaVersion]:
    """Versions whose subject is not hidden from this principal."""
    return seen(by, rows, "subject", "subject__public_id")
