"""What the catalogue does when lower rooms announce something: wake a task, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lineage import signals as lineage_signals
from mesh.audit.actions import wake
from schemas import signals as schemas_signals
from streams import signals as streams_signals


def on_swept(sender: Any, cluster_id: int, sweep_id: int, **ids: Any) -> None:
    """A cluster was looked at: judge what is promised there."""
    wake("catalog.judge_promises", cluster_id, sweep_id)


def on_topics_changed(sender: Any, topic_ids: Sequence[int], **ids: Any) -> None:
    """Topics appeared, changed or ended: search should know."""
    wake("catalog.index_topics", list(topic_ids))


def on_version_registered(sender: Any, subject_id: int, **ids: Any) -> None:
    """A subject got a version: its fields are searched, its products changed."""
    wake("catalog.index_subject", subject_id)


def on_subject_checked(sender: Any, subject_id: int, **ids: Any) -> None:
    """A subject's own history was checked: an incompatible one is an incident."""
    wake("catalog.judge_subject", subject_id)


def on_edges_changed(sender: Any, node_ids: Sequence[int], **ids: Any) -> None:
    """Lineage moved: consumer counts may have."""
    wake("catalog.count_consumers")


def connect() -> None:
    """Listen to the rooms below."""
    streams_signals.swept.connect(on_swept)
    streams_signals.topics_changed.connect(on_topics_changed)
    schemas_signals.version_registered.connect(on_version_registered)
    schemas_signals.subject_checked.connect(on_subject_checked)
    lineage_signals.edges_changed.connect(on_edges_changed)
