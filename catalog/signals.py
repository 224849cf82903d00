"""What the catalogue announces after commit; receivers only wake tasks."""

from __future__ import annotations

from django.dispatch import Signal

product_changed = Signal()  # product_id
incident_opened = Signal()  # incident_number
incident_closed = Signal()  # incident_number
promises_judged = Signal()  # product_ids
