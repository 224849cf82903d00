"""Which requests may wait for somebody's vote: asked for the frame of every page, so in one statement."""

from __future__ import annotations

from mesh.audit.principal import Principal
from mesh.kernel.database import prepared

LOOKED_AT = 200
PRIVILEGED = ("steward", "governor", "platform_admin")
# Never narrower than the rule of governance.actions.decisions.refusal(), which judges what is found.
WAITING = """
select r.number
from governance_changerequest r
where r.state = 'awaiting_approval'
  and not (r.requester_kind = 'user' and r.requester_id = %(person)s)
  and not exists (
    select from governance_approval v
    where v.request_id = r.number and v.plan_hash = r.plan_hash
      and v.person_id = %(user)s and v.void_reason = '')
  and (%(is_privileged)s or r.team_id = any(%(teams)s) or exists (
    select from governance_approvalrequirement s
    where s.request_id = r.number and s.plan_hash = r.plan_hash
      and s.scope_kind = 'team' and s.scope_id = any(%(teams)s::text[])))
order by r.due_at, r.number
limit %(looked_at)s
"""


def numbers_waiting(viewer: Principal) -> list[int]:
    """Numbers of requests in which the viewer's vote might count, those due first."""
    if viewer.kind != "user":
        return []
    values = {
        "person": viewer.id,
        "user": viewer.user_pk,
        "teams": list(viewer.team_ids()),
        "is_privileged": viewer.has_role(*PRIVILEGED),
        "looked_at": LOOKED_AT,
    }
    return [number for (number,) in prepared(WAITING, values)]
