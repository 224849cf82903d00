"""Start of the governance room: the gate, its jobs, its rhythm, its ears."""

from __future__ import annotations

from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    name = "governance"

    def ready(self) -> None:
        from catalog.motion import register_motion
        from governance import receivers, runners, telling
        from governance.gate import decide_registration
        from governance.models import ChangeRequest
        from governance.planning.behind import behind_calls
        from governance.queries.motion import requests_in_motion
        from governance.queries.requests import waiting_count
        from governance.standing import resource_of_request
        from mesh.audit.runners import register_runner
        from mesh.audit.schedule import every
        from mesh.kernel.tasks import takes_many
        from mesh.people.authz.doors import register_resource
        from mesh.people.context import register_inbox_count
        from schemas.ports import set_gate

        set_gate(decide_registration)
        register_motion(requests_in_motion)
        register_resource(ChangeRequest, "changerequest", resource_of_request)
        register_runner("governance.plan", runners.run_plan)
        register_runner("governance.apply", runners.run_apply)
        every("governance.resolve_unknown", 60)
        every("governance.expire_requests", 3600)
        every("governance.judge_products", 24 * 3600)
        every("governance.replan_subject", 60, behind_calls)
        takes_many("governance.replan_subject")
        register_inbox_count(waiting_count)
        receivers.connect()
        telling.register()
