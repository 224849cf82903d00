"""Teams and people of the tests."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib.auth.hashers import make_password

from mesh.audit.principal import Principal
from mesh.people.models import Grant, Membership, Team, User
from mesh.people.principals import principal_of_user

# Login, role on the platform, the team and the role in it.
PERSONAS = (
    ("owner", "", ("orders", "owner")),
    ("second-owner", "", ("orders", "owner")),
    ("engineer", "", ("orders", "engineer")),
    ("consumer", "", ("risk", "owner")),
    ("steward", "steward", None),
    ("governor", "governor", None),
    ("admin", "platform_admin", None),
    ("auditor", "auditor", None),
    ("reader", "reader", None),
)


def make_teams() -> dict[str, Team]:
    """Two teams that answer for different products."""
    return {
        "orders": Team.objects.create(slug="orders-team", name="Orders team", contact="#orders"),
        "risk": Team.objects.create(slug="risk-team", name="Risk team", contact="#risk"),
    }


def make_people(teams: Mapping[str, Team]) -> dict[str, Principal]:
    """The personas by role, each a signed-in principal. Costs seven statements, not four per person."""
    unusable = make_password(None)
    users = User.objects.bulk_create(
        User(login=login, label=login.capitalize(), password=unusable) for login, *_ in PERSONAS
    )
    rows = list(zip(users, PERSONAS, strict=True))
    Grant.objects.bulk_create(
        Grant(user=user, role=role, scope_kind="platform") for user, (_, role, _) in rows if role
    )
    Membership.objects.bulk_create(
        Membership(team=teams[member[0]], user=user, role=member[1])
        for user, (_, _, member) in rows
        if member
    )
    signed_in = User.objects.prefetch_related("grants", "memberships").filter(
        pk__in=[user.pk for user in users]
    )
    return {user.login.replace("-", "_"): principal_of_user(user, sudo=True) for user in signed_in}
