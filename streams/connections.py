"""From a Cluster row to the Connection that streams.kafka asks."""

from __future__ import annotations

from streams.kafka.agent import Connection
from streams.models import Cluster
from streams.secrets import unseal

BREAKER_SWEEPS = 3  # a returned broker is seen within three sweeps


def connection_of(cluster: Cluster) -> Connection:
    """Client settings with secrets, and a breaker that follows the sweep interval."""
    longest = max(BREAKER_SWEEPS * cluster.sweep_interval_s, 10)
    return Connection(
        key=str(cluster.public_id),
        settings={**cluster.settings, **unseal(bytes(cluster.secrets))},
        first_open_s=min(60.0, float(cluster.sweep_interval_s)),
        longest_open_s=float(longest),
    )
