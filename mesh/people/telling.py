"""From an event to a line for each person concerned: rooms know who and why, this knows who wants it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db import connection

from mesh.audit.models import OutboxEvent
from mesh.kernel.ids import uuid7
from mesh.people.authz.decide import can_see
from mesh.people.authz.doors import from_scope
from mesh.people.models import MutedProduct, ObjectScope, User
from mesh.people.principals import principal_of_user

SLOT_SECONDS: Final = 600
# A later event of the same ten minutes replaces the line and makes it unread; an earlier one, or the
# same one told twice, changes nothing.
WRITE: Final = """
insert into people_notification (public_id, user_id, family, object_kind, object_id, product_id,
    slot, event_id, title, words, why, href, at)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict on constraint notification_once do update set
    event_id = excluded.event_id, title = excluded.title, words = excluded.words,
    why = excluded.why, href = excluded.href, at = excluded.at, read_at = null
where people_notification.event_id < excluded.event_id
"""


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of news; `always` ones cannot be turned off."""

    label: str
    always: bool = False


FAMILIES: Final[Mapping[str, Family]] = {
    "decision": Family("Decisions that wait on you", always=True),
    "incident": Family("Incidents of products your teams own", always=True),
    "request": Family("What became of your requests"),
    "near": Family("Incidents of products you follow or read"),
    "schema": Family("New schema versions of products you follow or read"),
}


@dataclass(frozen=True, slots=True)
class Story:
    """What one event means to some people; `audience` gives the reason of each by primary key."""

    event: OutboxEvent
    family: str
    title: str
    words: str
    href: str
    audience: Mapping[int, str] = field(default_factory=dict)
    product_id: UUID | None = None


Teller = Callable[[Sequence[OutboxEvent]], Iterable[Story]]
_tellers: dict[str, Teller] = {}


def register_teller(teller: Teller, *names: str) -> None:
    """Say who makes stories of outbox events with these names; several events are handed over at once."""
    _tellers.update(dict.fromkeys(names, teller))


def tell(events: Sequence[OutboxEvent]) -> None:
    """Write the lines of these events: a channel of the outbox. Telling twice changes nothing."""
    told: dict[Teller, list[OutboxEvent]] = defaultdict(list)
    for event in events:
        if (teller := _tellers.get(event.name)) is not None:
            told[teller].append(event)
    stories = [story for teller, its in told.items() for story in teller(its) if story.audience]
    if not stories:
        return
    wanted = _Wanted.of(stories)
    rows = [
        _row(story, user_pk, why)
        for story in sorted(stories, key=lambda story: story.event.pk)
        for user_pk, why in story.audience.items()
        if wanted.by(user_pk, story)
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(WRITE, rows)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Who is active, what they turned off or muted, and who may not see what."""

    quiet: Mapping[int, frozenset[str]]
    muted: frozenset[tuple[int, UUID]]
    hidden: frozenset[tuple[int, UUID]]

    @classmethod
    def of(cls, stories: Sequence[Story]) -> _Wanted:
        """At most six queries, however many stories."""
        people = {user_pk for story in stories for user_pk in story.audience}
        products = {story.product_id for story in stories if story.product_id is not None}
        users = User.objects.filter(pk__in=people, is_active=True)
        quiet = {row.pk: frozenset(row.quiet_families) for row in users}
        muted = MutedProduct.objects.filter(user_id__in=people, product_id__in=products)
        return cls(
            quiet, frozenset(muted.values_list("user_id", "product_id")), _hidden(people, products)
        )

    def by(self, user_pk: int, story: Story) -> bool:
        """Is the line wanted and allowed?"""
        if user_pk not in self.quiet:
            return False
        about = (user_pk, story.product_id)
        if about in self.hidden:
            return False
        if FAMILIES[story.family].always:
            return True
        return story.family not in self.quiet[user_pk] and about not in self.muted


def _hidden(people: set[int], products: set[UUID]) -> frozenset[tuple[int, UUID]]:
    """Pairs of a person and a restricted product that does not exist for them."""
    scopes = ObjectScope.objects.filter(
        kind="product", object_id__in=products, visibility="restricted"
    )
    restricted = {row.object_id: from_scope(row) for row in scopes}
    if not restricted:
        return frozenset()
    users = User.objects.filter(pk__in=people).prefetch_related("grants", "memberships")
    seen_by = {user.pk: principal_of_user(user) for user in users}
    return frozenset(
        (user_pk, product_id)
        for user_pk, person in seen_by.items()
        for product_id, resource in restricted.items()
        if not can_see(person, resource)
    )


def _row(story: Story, user_pk: int, why: str) -> tuple[Any, ...]:
    event = story.event
    slot = int(event.at.timestamp()) // SLOT_SECONDS
    return (uuid7(), user_pk, story.family, event.object_kind, event.object_id, story.product_id,
            slot, event.pk, story.title[:300], story.words[:500], why[:200], story.href[:300],
            event.at)  # fmt: skip
