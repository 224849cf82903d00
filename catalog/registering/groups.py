"""Consumer groups that promises name: one that no broker has shown yet may still come, and is said."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mesh.audit.principal import Principal
from mesh.kernel.errors import clipped
from mesh.people.authz.doors import scope
from streams.models import ConsumerGroup

GROUPS = 500


def known_groups(viewer: Principal) -> list[str]:
    """Names of the groups that the viewer may see, at most 500."""
    groups = scope(viewer, "streams.read", ConsumerGroup.objects.filter(ended_at__isnull=True))
    return sorted(set(groups.values_list("group_id", flat=True)[:GROUPS]))


def unseen(name: str, groups: Sequence[str]) -> str:
    """What to know of a group that is none of those seen; '' for one that is."""
    if not name or name in groups:
        return ""
    near = difflib.get_close_matches(name, groups, 1)
    meant = f" Did you mean {near[0]}?" if near else ""
    return f'No group "{clipped(name, 60)}" was seen yet: unknown until it reads.{meant}'


def unseen_notes(
    viewer: Principal, rows: Iterable[tuple[str, Mapping[str, Any]]]
) -> list[dict[str, str]]:
    """A note at the pointer of each promise row whose group nobody has seen. One query, or none."""
    named = [
        (pointer, str(row["consumer"]))
        for pointer, row in rows
        if row.get("consumer") and not row.get("ended")
    ]
    groups = known_groups(viewer) if named else []
    return [
        {"pointer": f"{pointer}/consumer", "code": "group_unseen", "detail": said}
        for pointer, name in named
        if (said := unseen(name, groups))
    ]
