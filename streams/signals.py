"""What the streams room announces after commit; arguments are ids only."""

from __future__ import annotations

from django.dispatch import Signal

swept = Signal()  # cluster_id, sweep_id
topics_changed = Signal()  # topic_ids
groups_moved = Signal()  # pairs: list of (group primary key, topic primary key) whose commit moved
