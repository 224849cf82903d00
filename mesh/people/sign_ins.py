"""Where a person is signed in: noted at the log-in, listed and ended on the account page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, QuerySet

from mesh.audit.actions import audited, record
from mesh.audit.principal import Principal
from mesh.kernel.database import database_now
from mesh.kernel.errors import NotFound
from mesh.people.authz.doors import require
from mesh.people.models import SignIn, User

# The first that fits names the browser: the later ones also stand in the texts of the earlier.
BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chromium"),
            ("Safari/", "Safari"), ("curl/", "curl"))  # fmt: skip
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
           ("Mac OS X", "macOS"), ("Linux", "Linux"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A living session as its person sees it."""

    id: int
    browser: str
    address: str
    since: datetime
    is_this: bool


def browser_words(agent: str) -> str:
    """A browser and its system from what it says of itself."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    if not browser:
        return re.sub(r"[^ -~]", "", agent)[:60] or "Unknown browser"
    return f"{browser} on {system}" if system else browser


def note_sign_in(user: User, session_key: str, address: str, agent: str) -> None:
    """Keep that this session is this person's."""
    SignIn.objects.update_or_create(
        session_key=session_key,
        defaults={"user": user, "address": address[:64], "browser": browser_words(agent)},
    )


def living(rows: QuerySet[SignIn]) -> QuerySet[SignIn]:
    """Those whose session still opens something."""
    session = Session.objects.filter(
        session_key=OuterRef("session_key"), expire_date__gt=database_now()
    )
    return rows.filter(Exists(session))


def places_of(viewer: Principal, session_key: str | None) -> Sequence[Place]:
    """The viewer's living sessions, newest first; two queries."""
    rows = living(SignIn.objects.filter(user_id=viewer.user_pk or 0)).order_by("-at")
    return [
        Place(row.pk, row.browser, row.address, row.at, row.session_key == session_key)
        for row in rows
    ]


@audited
def end_sign_in(sign_in_id: int, *, by: Principal) -> None:
    """End one of one's own sessions. Raises NotFound."""
    require(by, "me.edit")
    row = SignIn.objects.filter(pk=sign_in_id, user_id=by.user_pk or 0).first()
    if row is None:
        raise NotFound("You have no such session.")
    _end([row], by=by)


@audited
def end_other_sign_ins(session_key: str | None, *, by: Principal) -> int:
    """End every session but this one; the number ended."""
    require(by, "me.edit")
    rows = list(
        living(SignIn.objects.filter(user_id=by.user_pk or 0)).exclude(session_key=session_key)
    )
    _end(rows, by=by)
    return len(rows)


def _end(rows: Sequence[SignIn], *, by: Principal) -> None:
    if not rows:
        return
    Session.objects.filter(session_key__in=[row.session_key for row in rows]).delete()
    SignIn.objects.filter(pk__in=[row.pk for row in rows]).delete()
    user = User.objects.get(pk=by.user_pk or 0)
    record("sessions_ended", user, by=by, after={"sessions": len(rows)})


def forget_ended() -> None:
    """Drop rows whose session is over."""
    kept = living(SignIn.objects.all()).values("pk")
    SignIn.objects.exclude(pk__in=kept).delete()
