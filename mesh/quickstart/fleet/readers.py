"""Programs that only read: on time, falling behind, stopped, and one that never commits."""

from __future__ import annotations

import time

from mesh.quickstart.fleet.catalogue import topic
from mesh.quickstart.fleet.kit import Settings, records, rest

STOPS_AFTER_S = 10.0  # long enough to be seen committing in two sweeps


def warehouse_picker(settings: Settings) -> None:
    """Reads orders and keeps up."""
    for _ in records(settings, "warehouse-picker", [topic("orders")]):
        pass


def support_desk(settings: Settings) -> None:
    """Reads shipments and keeps up."""
    for _ in records(settings, "support-desk", [topic("shipments")]):
        pass


def audience_builder(settings: Settings) -> None:
    """Reads page views at a third of the speed at which they come: falls behind for ever."""
    for _ in records(settings, "audience-builder", [topic("clickstream-sessions")]):
        if rest(0.15):
            return


def loyalty_points(settings: Settings) -> None:
    """Reads orders for a while, then is switched off: a stopped reader that still holds version 1."""
    _read_and_stop(settings, "loyalty-points", topic("orders"))


def bank_export(settings: Settings) -> None:
    """Reads payments for a while and stops."""
    _read_and_stop(settings, "bank-export", topic("payments"))


def _read_and_stop(settings: Settings, group: str, name: str) -> None:
    mark = settings.folder / f"stopped-{group}"
    if mark.exists():
        return
    started = time.monotonic()
    for _ in records(settings, group, [name]):
        if time.monotonic() - started > STOPS_AFTER_S:
            break
    mark.touch()


def stock_search(settings: Settings) -> None:
    """A member of its group that reads stock counts but never commits."""
    for _ in records(settings, "stock-search", [topic("inventory-levels")], commit=False):
        pass
