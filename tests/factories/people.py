"""People of the mesh for tests that need more than the personas."""

from __future__ import annotations

from mesh.people.models import Membership, Team, User


def team(slug: str = "orders-team", *, owner: bool = True) -> Team:
    """A team; with an active owner unless told otherwise."""
    row, _ = Team.objects.get_or_create(
        slug=slug, defaults={"name": slug.replace("-", " ").title()}
    )
    return with_owner(row) if owner else row


def with_owner(row: Team) -> Team:
    """The team, with an active owner."""
    if not row.memberships.filter(role="owner").exists():
        Membership.objects.create(team=row, user=user(f"owner-of-{row.slug}"), role="owner")
    return row


def user(login: str) -> User:
    """A person without a usable password."""
    person = User(login=login, label=login.replace("-", " ").capitalize())
    person.set_unusable_password()
    person.save(force_insert=True)
    return person
