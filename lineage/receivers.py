"""What lineage does when lower rooms announce something: wake a task, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mesh.audit.actions import wake


def on_groups_moved(sender: Any, pairs: Sequence[Sequence[int]], **ids: Any) -> None:
    """Commits moved: these groups read these topics."""
    wake("lineage.observe_reads", [list(pair) for pair in pairs])


def on_topics_changed(sender: Any, topic_ids: Sequence[int], **ids: Any) -> None:
    """Topics appeared, changed or ended: their nodes and subjects by name."""
    wake("lineage.know_topics", list(topic_ids))


def on_access_seen(sender: Any, access_ids: Sequence[int], **ids: Any) -> None:
    """Schemas were registered, looked up or fetched."""
    wake("lineage.observe_access", list(access_ids))


def connect() -> None:
    """Listen to the rooms below."""
    from schemas import signals as schemas_signals
    from streams import signals as streams_signals

    streams_signals.groups_moved.connect(on_groups_moved)
    streams_signals.topics_changed.connect(on_topics_changed)
    schemas_signals.access_seen.connect(on_access_seen)
