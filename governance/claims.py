"""What stands against new content of a subject: claim, owner, policies; one prepared statement."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from governance.policy.facts import ProductFacts
from mesh.kernel.database import prepared

SITUATION: Final = """
select r.request_id, q.team_id, p.slug, p.tier, l.active
from (select 1) as one
left join governance_reservation r on r.object_key = %(key)s
left join governance_changerequest q on q.number = r.request_id
left join people_objectscope o on o.kind = 'subject' and o.object_id = %(subject_id)s::uuid
left join catalog_dataproduct p on p.public_id = o.product_id
left join lateral (
    select json_object_agg(code, parameters)::text as active from governance_policy
    where p.id is not null and state = 'active' and code = any(%(codes)s)
) l on true
"""


class Situation(NamedTuple):
    """The request that claims the subject, its team, the owning product and its policies."""

    request_id: int | None
    team_id: int | None
    product: ProductFacts | None
    policies: dict[str, Any]


def situation_of(subject: str, subject_id: str, codes: Sequence[str]) -> Situation:
    """How things stand for a subject; `subject_id` is empty while it has no row."""
    values = {
        "key": f"subject:{subject}", "subject_id": subject_id or None, "codes": list(codes)
    }  # fmt: skip
    request_id, team_id, slug, tier, active = prepared(SITUATION, values)[0]
    product = None if slug is None else ProductFacts(slug, tier=tier)
    return Situation(request_id, team_id, product, json.loads(active) if active else {})
