"""Start of the streams room: schedule of sweeps, and how its rows are judged."""

from __future__ import annotations

from django.apps import AppConfig


class StreamsConfig(AppConfig):
    name = "streams"

    def ready(self) -> None:
        from mesh.audit.runners import register_runner
        from mesh.audit.schedule import every
        from mesh.kernel.tasks import urgent
        from mesh.people.authz.decide import Resource
        from mesh.people.authz.doors import register_resource
        from streams.models import Cluster, ConsumerGroup, Environment, Topic
        from streams.selftest import SELF_TEST, SWEEP_NOW, self_test, sweep_now
        from streams.sweeping.sweep import slots_of

        register_resource(Topic, "topic")
        register_resource(ConsumerGroup, "consumergroup")
        register_resource(
            Cluster, "cluster", lambda row: Resource("cluster", str(row.public_id), label=row.name)
        )
        register_resource(
            Environment,
            "environment",
            lambda row: Resource("environment", str(row.public_id), label=row.name),
        )
        register_runner(SWEEP_NOW, sweep_now)
        register_runner(SELF_TEST, self_test)
        every("streams.sweep_cluster", 5, slots_of)
        urgent("streams.sweep_cluster")
        every("streams.forget_old_samples", 3600)
