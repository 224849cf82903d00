"""Which programs each team runs; one process per team, one thread per program."""

from __future__ import annotations

import signal
from collections.abc import Callable

from mesh.quickstart.fleet import processors, readers, sources
from mesh.quickstart.fleet.kit import STOP, Settings, keep_running

Program = Callable[[Settings], None]
TEAMS: dict[str, tuple[Program, ...]] = {
    "orders-team": (sources.checkout, sources.returns_desk, sources.pricing),
    "payments-team": (sources.payment_provider, readers.bank_export),
    "fulfilment-team": (
        sources.warehouse,
        processors.shipment_planner,
        processors.delivery_estimator,
        readers.warehouse_picker,
        readers.stock_search,
    ),
    "customer-team": (
        sources.profiles,
        sources.clicks,
        readers.loyalty_points,
        readers.audience_builder,
        readers.support_desk,
    ),
    "risk-team": (processors.fraud_scorer,),
    "insight-team": (processors.revenue_aggregator, processors.price_indexer),
}
# Products whose topics a team's programs write or read: the programs start when all are there.
NEEDS: dict[str, frozenset[str]] = {
    "orders-team": frozenset({"orders", "returns", "price-changes"}),
    "payments-team": frozenset({"payments"}),
    "fulfilment-team": frozenset(
        {"orders", "payments", "inventory-levels", "shipments", "delivery-estimates"}
    ),
    "customer-team": frozenset({"orders", "customer-profile", "clickstream-sessions", "shipments"}),
    "risk-team": frozenset({"orders", "payments", "fraud-scores"}),
    "insight-team": frozenset(
        {"payments", "returns", "daily-revenue", "price-changes", "price-index"}
    ),
}


def run(team: str) -> None:
    """Run a team's programs until SIGTERM."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: STOP.set())
    settings = Settings.of(team)
    threads = [keep_running(program.__name__, _bound(program, settings)) for program in TEAMS[team]]
    print(f"{team}: {len(threads)} programs run", flush=True)
    STOP.wait()
    for thread in threads:
        thread.join(6)


def _bound(program: Program, settings: Settings) -> Callable[[], None]:
    return lambda: program(settings)
