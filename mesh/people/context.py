"""What every page's frame shows: the viewer, theme, waiting decisions, version."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from mesh.audit.principal import Principal
from mesh.people.authz.doors import may
from mesh.people.middleware import viewer_of
from mesh.people.notices import count_words, unread_count

GUARDED = {"/audit": "audit.read_object"}  # other places open for everybody who is signed in
InboxCount = Callable[[Principal], int]
_inbox: list[InboxCount] = []


def register_inbox_count(count: InboxCount) -> None:
    """The upper room that knows decisions says how many wait on a person."""
    _inbox[:] = [count]


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of base.html; the count is asked for once a template names it, and only once."""
    viewer = viewer_of(request)
    user = getattr(request, "user", None)
    signed_in = viewer.is_signed_in
    return {
        "viewer": viewer,
        "viewer_label": viewer.label if signed_in else "",
        "viewer_login": viewer.login,
        "viewer_initials": initials(viewer.label),
        "signed_in": signed_in,
        "theme": getattr(user, "theme", "") or "",
        "density": getattr(user, "density", "") or "comfortable",
        "shortcuts": getattr(user, "shortcuts", True),
        "unread": cache(lambda: count_words(unread_count(viewer)) if signed_in else ""),
        "inbox_count": cache(lambda: _inbox[0](viewer) if signed_in and _inbox else 0),
        "closed_places": closed_places(viewer),
        "version": settings.VERSION,
        "section": request.path.split("/")[1] or "home",
    }


def closed_places(viewer: Principal) -> frozenset[str]:
    """Places of the rail that would answer "not allowed"."""
    return frozenset(href for href, action in GUARDED.items() if not may(viewer, action))


def initials(label: str) -> str:
    """Two letters for an avatar."""
    words = label.replace("-", " ").split()
    return ("".join(word[0] for word in words[:2]) if len(words) > 1 else label[:2]).upper()
