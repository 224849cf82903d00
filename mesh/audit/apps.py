"""The audit floor: events, outbox, jobs, slots."""

from __future__ import annotations

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "mesh.audit"
    label = "audit"

    def ready(self) -> None:
        from mesh.audit.schedule import every
        from mesh.kernel.tasks import urgent

        urgent("audit.run_job")
        every("audit.reap", 15)
        every("audit.forget_answers", 3600)
        for queue_name in ("streams", "schemas", "default"):
            every(f"audit.heartbeat_{queue_name}", 15)
            urgent(f"audit.heartbeat_{queue_name}")
