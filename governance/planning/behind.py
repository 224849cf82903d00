"""Waiting plans that start from a state of a subject that is gone."""

from __future__ import annotations

from collections.abc import Sequence

from governance.models import ChangeItem
from governance.policy.states import State
from schemas.models import SchemaVersion, Subject
from schemas.names import DEFAULT_CONTEXT

KINDS = ("schema.register", "schema.compatibility")
MOST = 500  # subjects looked at in one go


def items_behind(subject: str = "") -> list[ChangeItem]:
    """Items that wait for votes on another version or level than the live one; three queries at most."""
    waiting = ChangeItem.objects.filter(request__state=State.AWAITING_APPROVAL, kind__in=KINDS)
    if subject:
        waiting = waiting.filter(object_key=f"subject:{subject}")
    items = list(waiting.order_by("pk"))
    names = {str(item.object["subject"]) for item in items}
    found = Subject.objects.filter(context__name=DEFAULT_CONTEXT, name__in=names) if names else ()
    subjects = {row.name: row for row in found}
    newest = (
        SchemaVersion.objects.filter(subject__in=subjects.values(), deleted_at__isnull=True)
        .order_by("subject_id", "-version")
        .distinct("subject_id")
    )
    versions = {row.subject_id: row.version for row in newest} if subjects else {}
    return [item for item in items if _is_behind(item, subjects, versions)]


def _is_behind(item: ChangeItem, subjects: dict[str, Subject], versions: dict[int, int]) -> bool:
    subject = subjects.get(str(item.object["subject"]))
    live = {
        "version": versions.get(subject.pk, 0) if subject is not None else 0,
        "level": subject.compatibility if subject is not None else "",
    }
    return any(item.precondition.get(name, value) != value for name, value in live.items())


def behind_calls(slot: int) -> Sequence[tuple[object, ...]]:
    """What a periodic run plans again: the subjects whose wake-up was lost, in one call."""
    names = {str(item.object["subject"]) for item in items_behind()}
    if not names:
        return []
    rows = Subject.objects.filter(context__name=DEFAULT_CONTEXT, name__in=names)
    ids = tuple(rows.order_by("pk").values_list("pk", flat=True)[:MOST])
    return [ids] if ids else []
