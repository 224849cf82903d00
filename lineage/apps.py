"""Start of the lineage room: what it listens to, its schedule, how its rows are judged."""

from __future__ import annotations

from django.apps import AppConfig


class LineageConfig(AppConfig):
    name = "lineage"

    def ready(self) -> None:
        from lineage.evidence.coverage import TICK_S
        from lineage.evidence.observing import live_clusters
        from lineage.models import Node
        from lineage.permission import resource_of_node
        from lineage.reading.hits import hits_of
        from lineage.receivers import connect
        from mesh.audit.schedule import every
        from mesh.people.authz.doors import register_resource
        from schemas.readers import set_reader_asker

        register_resource(Node, "node", resource_of_node)
        set_reader_asker(hits_of)
        connect()
        every("lineage.observe_assignments", 60, live_clusters)
        every("lineage.catch_up", 120)
        every("lineage.forget_events", 86_400)
        every("lineage.expire_evidence", TICK_S)
