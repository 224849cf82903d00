"""Getting started: the steps from an empty mesh to the first product of one's team."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.models import DataProduct, ProductDraft
from mesh.audit.principal import Principal
from mesh.people.authz.doors import may
from mesh.people.models import ApiKey
from schemas.models import SchemaVersion
from streams.models import Cluster, Topic


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the checklist; `href` leads to where it is done, "" when another has to do it."""

    title: str
    text: str
    done: bool
    href: str = ""

    @property
    def state(self) -> str:
        return "ok" if self.done else "plain"


def getting_started(viewer: Principal) -> tuple[Step, ...]:
    """What is done and what comes next for this person. Six queries."""
    drafts = ProductDraft.objects.filter(user_id=viewer.user_pk or 0).count()
    keys = ApiKey.objects.filter(user_id=viewer.user_pk or 0, revoked_at__isnull=True).exists()
    can_register = may(viewer, "product.create")
    return (
        Step(
            "Connect a cluster",
            "Tributary reads topics, groups and offsets from it; it writes nothing.",
            Cluster.objects.filter(state__in=("reachable", "degraded")).exists(),
            "/clusters",
        ),
        Step(
            "See its topics",
            "They appear with the first sweep.",
            Topic.objects.filter(ended_at__isnull=True).exists(),
            "/streams",
        ),
        Step(
            "Register a schema",
            "Point a serializer at the registry; the snippet stands on the developer page.",
            SchemaVersion.objects.filter(deleted_at__isnull=True).exists(),
            "/developer",
        ),
        Step(
            "Join a team",
            "A governor or an owner of the team adds you.",
            bool(viewer.team_ids()),
        ),
        Step(
            "Register your first product",
            _product_words(drafts, can_register),
            DataProduct.objects.filter(team_id__in=viewer.team_ids()).exists(),
            "/products/new" if can_register else "",
        ),
        Step(
            "Make an API key",
            "For programs that register schemas, report lineage or apply manifests.",
            keys,
            "/developer",
        ),
    )


def _product_words(drafts: int, can_register: bool) -> str:
    if drafts:
        return f"{drafts} draft{'' if drafts == 1 else 's'} of yours {'waits' if drafts == 1 else 'wait'}."
    if can_register:
        return "A product is a topic that somebody answers for."
    return "Members of a team register products; yours is the first step."
