"""A person's notifications: what they may see, grouped by day and object; read, muted, forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from mesh.audit.actions import audited
from mesh.audit.principal import Principal
from mesh.kernel.database import database_now
from mesh.kernel.errors import NotFound
from mesh.people.authz.doors import require, seen
from mesh.people.models import MutedProduct, Notification, ObjectScope, User
from mesh.people.telling import FAMILIES

KEPT: Final = timedelta(days=90)
KEPT_MOST: Final = 500  # of one person
COUNTED: Final = 99
ICONS: Final = {
    "decision": ("inbox", "info"),
    "incident": ("siren", "bad"),
    "near": ("siren", "warn"),
    "request": ("git-pull-request", "info"),
    "schema": ("file-code", "info"),
}
FORGET: Final = """
delete from people_notification where id in (
    select id from (select id, row_number() over (partition by user_id order by at desc, id desc)
                    as place from people_notification) numbered where place > %s)
"""


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one day about one object, newest first."""

    title: str
    href: str
    icon: str
    state: str
    why: str
    lines: tuple[Notification, ...]
    product_id: UUID | None
    may_mute: bool

    @property
    def unread(self) -> tuple[Notification, ...]:
        return tuple(line for line in self.lines if line.read_at is None)


@dataclass(frozen=True, slots=True)
class Day:
    """A day, in the zone of the viewer."""

    label: str
    groups: tuple[Group, ...]


def visible_notices(viewer: Principal) -> QuerySet[Notification]:
    """The viewer's own lines, without those of products that are hidden from them by now."""
    rows = Notification.objects.filter(user_id=viewer.user_pk or 0)
    return seen(viewer, rows, "product", "product_id")


def unread_count(viewer: Principal) -> int:
    """How many lines are not read yet, at most 100: more is "99+"."""
    if viewer.user_pk is None:
        return 0
    return visible_notices(viewer).filter(read_at__isnull=True)[: COUNTED + 1].count()


def count_words(count: int) -> str:
    """The count as the bell shows it; "" for none."""
    return "" if not count else f"{COUNTED}+" if count > COUNTED else str(count)


def by_day(rows: Sequence[Notification]) -> list[Day]:
    """Days, newest first; in each the objects by their newest line."""
    today = timezone.localdate()
    days: dict[str, dict[tuple[str, str, str], list[Notification]]] = {}
    for row in rows:
        day = timezone.localtime(row.at).date()
        ago = (today - day).days
        label = {0: "Today", 1: "Yesterday"}.get(ago, f"{day:%A} {day.day} {day:%B}")
        about = (row.family, row.object_kind, row.object_id)
        days.setdefault(label, {}).setdefault(about, []).append(row)
    return [
        Day(label, tuple(_group(lines) for lines in groups.values()))
        for label, groups in days.items()
    ]


def _group(lines: Sequence[Notification]) -> Group:
    newest = lines[0]
    icon, state = ICONS.get(newest.family, ("bell", "info"))
    may_mute = newest.product_id is not None and not FAMILIES[newest.family].always
    return Group(newest.title, newest.href, icon, state, newest.why, tuple(lines),
                 newest.product_id, may_mute)  # fmt: skip


@audited
def mark_read(public_ids: Sequence[UUID] | None, *, by: Principal) -> int:
    """Mark these lines of one's own read, or all (None); the number that were not."""
    require(by, "notice.read")
    rows = Notification.objects.filter(user_id=by.user_pk or 0, read_at__isnull=True)
    if public_ids is not None:
        rows = rows.filter(public_id__in=public_ids)
    return rows.update(read_at=database_now())


@audited
def mute(product_id: UUID, *, by: Principal) -> MutedProduct:
    """Hear no more of a product; what cannot be turned off still comes. Raises NotFound."""
    require(by, "notice.read")
    told = Notification.objects.filter(user_id=by.user_pk or 0, product_id=product_id).first()
    named = ObjectScope.objects.filter(kind="product", object_id=product_id).first()
    if told is None or named is None or by.user_pk is None:
        raise NotFound("You were told nothing of such a product.")
    row, _ = MutedProduct.objects.get_or_create(
        user_id=by.user_pk, product_id=product_id, defaults={"label": named.product_slug}
    )
    return row


@audited
def unmute(product_id: UUID, *, by: Principal) -> bool:
    """Hear of a product again; True when it was muted."""
    require(by, "notice.read")
    gone, _ = MutedProduct.objects.filter(user_id=by.user_pk or 0, product_id=product_id).delete()
    return bool(gone)


@audited
def choose_families(wanted: Sequence[str], *, by: Principal) -> None:
    """Keep which families the person wants; those that always come are not asked."""
    require(by, "me.edit")
    quiet = [name for name, family in FAMILIES.items() if not family.always and name not in wanted]
    User.objects.filter(pk=by.user_pk or 0).update(quiet_families=quiet)


def forget() -> None:
    """Drop lines older than 90 days, and those beyond the newest 500 of a person."""
    Notification.objects.filter(at__lt=database_now() - KEPT).delete()
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [KEPT_MOST])
