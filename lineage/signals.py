"""What the lineage room announces after commit; arguments are primary keys of nodes."""

from __future__ import annotations

from django.dispatch import Signal

edges_changed = Signal()  # node_ids: both ends of every edge that appeared, ended or was declared
