"""Stream processors: programs that derive one product from others."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal

from mesh.quickstart.fleet.catalogue import schema, topic
from mesh.quickstart.fleet.kit import Settings, Writer, now_ms, post, records
from mesh.quickstart.fleet.sources import chance

TELL_EVERY = 25  # records between two lineage events of the revenue job


def shipment_planner(settings: Settings) -> None:
    """orders + payments -> shipments."""
    writer = Writer(settings, topic("shipments"), schema("shipments"))
    sources = [topic("orders"), topic("payments")]
    for name, record in records(settings, "shipment-planner", sources):
        if name == topic("payments") and record["step"] != "CAPTURED":
            continue
        shipment = f"H-{uuid.uuid4().hex[:10]}"
        writer.send(
            shipment,
            {
                "shipment_id": shipment,
                "order_id": record["order_id"],
                "state": chance.choice(["PLANNED", "PICKED", "SENT", "DELIVERED"]),
                "carrier": chance.choice(["road", "rail", "bike"]),
                "weight_grams": chance.choice([None, 400, 1200, 5400]),
                "changed_at": now_ms(),
            },
        )


def fraud_scorer(settings: Settings) -> None:
    """orders + payments -> fraud-scores."""
    writer = Writer(settings, topic("fraud-scores"), schema("fraud-scores"))
    for _, record in records(settings, "fraud-scorer", [topic("orders"), topic("payments")]):
        score = round(chance.betavariate(1.2, 9), 4)
        rules = ["amount"] if record["amount"] > Decimal(350) else []
        writer.send(
            record["order_id"],
            {"order_id": record["order_id"], "score": score, "rules": rules, "scored_at": now_ms()},
        )


def delivery_estimator(settings: Settings) -> None:
    """shipments + inventory-levels -> delivery-estimates: two hops from the shop."""
    writer = Writer(settings, topic("delivery-estimates"), schema("delivery-estimates"))
    sources = [topic("shipments"), topic("inventory-levels")]
    for name, record in records(settings, "delivery-estimator", sources):
        if name != topic("shipments"):
            continue
        day = 86_400_000
        earliest = now_ms() + chance.randint(1, 3) * day
        writer.send(
            record["shipment_id"],
            {
                "shipment_id": record["shipment_id"],
                "earliest_at": earliest,
                "latest_at": earliest + day,
                "estimated_at": now_ms(),
            },
        )


def revenue_aggregator(settings: Settings) -> None:
    """payments + returns -> daily-revenue; tells Tributary of its run by OpenLineage as well."""
    writer = Writer(settings, topic("daily-revenue"), schema("daily-revenue"))
    captured: dict[str, Decimal] = defaultdict(Decimal)
    refunded: dict[str, Decimal] = defaultdict(Decimal)
    run_id = str(uuid.uuid4())
    _tell(settings, run_id, "START")
    read = records(settings, "revenue-aggregator", [topic("payments"), topic("returns")])
    for count, (name, record) in enumerate(read, start=1):
        day = datetime.now(UTC).date().isoformat()
        if name == topic("returns"):
            refunded[day] += record["refund"]
        elif record["step"] == "CAPTURED":
            captured[day] += record["amount"]
        writer.send(
            day,
            {
                "day": day,
                "currency": "EUR",
                "captured": captured[day],
                "refunded": refunded[day],
                "payments": count,
                "updated_at": now_ms(),
            },
        )
        if count % TELL_EVERY == 0:
            _tell(settings, run_id, "RUNNING")


def _tell(settings: Settings, run_id: str, event_type: str) -> None:
    namespace = f"kafka://{settings.kafka.split(',')[0]}"
    event = {
        "eventType": event_type,
        "eventTime": datetime.now(UTC).isoformat(),
        "run": {"runId": run_id},
        "job": {"namespace": "insight", "name": "daily-revenue"},
        "inputs": [
            {"namespace": namespace, "name": topic(slug)} for slug in ("payments", "returns")
        ],
        "outputs": [{"namespace": namespace, "name": topic("daily-revenue")}],
        "producer": "urn:retailer:insight:daily-revenue",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
    }
    try:
        post(settings, "/api/v1/lineage", event)
    except OSError as error:  # telling is a courtesy; the revenue goes on
        print(f"revenue-aggregator: lineage event not taken: {error}", flush=True)


def price_indexer(settings: Settings) -> None:
    """price-changes -> price-index."""
    writer = Writer(settings, topic("price-index"), schema("price-index"))
    index = 100.0
    changed = records(settings, "price-indexer", [topic("price-changes")])
    for changes, (_, record) in enumerate(changed, start=1):
        index = round(index * chance.uniform(0.995, 1.006), 4)
        writer.send(
            record["sku"],
            {"sku": record["sku"], "index": index, "changes": changes, "computed_at": now_ms()},
        )
