"""What the schemas room announces after commit; upper rooms connect to it."""

from __future__ import annotations

from django.dispatch import Signal

version_registered = Signal()  # subject_id, version
subject_changed = Signal()  # subject_id (primary key): level, mode or deletion
subject_checked = Signal()  # subject_id, outcome
access_seen = Signal()  # access_ids: primary keys of RegistryAccess rows
