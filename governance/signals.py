"""What governance announces after commit."""

from __future__ import annotations

from django.dispatch import Signal

request_changed = Signal()  # number
