"""Programs that feed source products: shop, payment provider, warehouse, people, pricing."""

from __future__ import annotations

import random
import uuid
from decimal import Decimal

from mesh.quickstart.fleet.catalogue import schema, topic
from mesh.quickstart.fleet.kit import STOP, Settings, Writer, now_ms, rest

SKUS = [f"SKU-{number:04d}" for number in range(1, 41)]
CUSTOMERS = [f"C-{number:05d}" for number in range(1, 201)]
STATES = ["PLACED", "PAID", "SHIPPED", "CLOSED"]
PRICE_LIST_S = 1800.0  # the pricing system rests for half an hour after a list
chance = random.Random(20)


def money(low: float, high: float) -> Decimal:
    """An amount with two places."""
    return Decimal(str(round(chance.uniform(low, high), 2)))


def checkout(settings: Settings) -> None:
    """Orders: three changes a second; a new deployment writes the next version of the schema."""
    version = int(settings.deployed().get("orders_version", 1))
    writer = Writer(settings, topic("orders"), schema("orders", version=version))
    sent = 0
    while not rest(0.33):
        order_id = f"O-{uuid.uuid4().hex[:10]}"
        record = {
            "order_id": order_id,
            "customer_id": chance.choice(CUSTOMERS),
            "status": chance.choice(STATES),
            "amount": money(5, 400),
            "currency": "EUR",
            "coupon": chance.choice(["", "", "", "WELCOME"]),
            "changed_at": now_ms(),
            "lines": [
                {
                    "sku": chance.choice(SKUS),
                    "quantity": chance.randint(1, 4),
                    "price": money(3, 90),
                }
            ],
        }
        if version >= 2:
            record["channel"] = chance.choice(["SHOP", "APP", "MARKETPLACE"])
        writer.send(order_id, record)
        sent += 1
        if sent % 3 == 0 and int(settings.deployed().get("orders_version", 1)) != version:
            writer.close()
            checkout(settings)
            return
    writer.close()


def payment_provider(settings: Settings) -> None:
    """Payments: two steps a second."""
    writer = Writer(settings, topic("payments"), schema("payments"))
    while not rest(0.5):
        payment_id = f"P-{uuid.uuid4().hex[:10]}"
        writer.send(
            payment_id,
            {
                "payment_id": payment_id,
                "order_id": f"O-{uuid.uuid4().hex[:10]}",
                "step": chance.choice(["AUTHORISED", "CAPTURED", "CAPTURED", "REFUSED"]),
                "amount": money(5, 400),
                "currency": "EUR",
                "method": chance.choice(["card", "transfer", "wallet", None]),
                "captured_at": now_ms(),
            },
        )
    writer.close()


def warehouse(settings: Settings) -> None:
    """Stock counts: one a second."""
    writer = Writer(settings, topic("inventory-levels"), schema("inventory-levels"))
    while not rest(1.0):
        sku, place = chance.choice(SKUS), chance.choice(["NORTH", "SOUTH"])
        writer.send(
            f"{sku}@{place}",
            {
                "sku": sku,
                "warehouse": place,
                "pieces": chance.randint(0, 500),
                "counted_at": now_ms(),
            },
        )
    writer.close()


def profiles(settings: Settings) -> None:
    """Customers who change something: one every three seconds."""
    writer = Writer(settings, topic("customer-profile"), schema("customer-profile"))
    while not rest(3.0):
        customer = chance.choice(CUSTOMERS)
        writer.send(
            customer,
            {
                "customer_id": customer,
                "email": f"{customer.lower()}@mail.example",
                "country": chance.choice(["DE", "AT", "NL", "PL"]),
                "consents": {"mail": chance.random() > 0.3, "profiling": chance.random() > 0.6},
                "changed_at": now_ms(),
            },
        )
    writer.close()


def returns_desk(settings: Settings) -> None:
    """Articles sent back: one every five seconds."""
    writer = Writer(settings, topic("returns"), schema("returns"))
    while not rest(5.0):
        return_id = f"R-{uuid.uuid4().hex[:10]}"
        writer.send(
            return_id,
            {
                "return_id": return_id,
                "order_id": f"O-{uuid.uuid4().hex[:10]}",
                "sku": chance.choice(SKUS),
                "reason": chance.choice(["DAMAGED", "WRONG", "LATE", "OTHER", "OTHER"]),
                "refund": money(3, 90),
                "received_at": now_ms(),
            },
        )
    writer.close()


def pricing(settings: Settings) -> None:
    """Prices: a list in twenty seconds, then half an hour of silence, whatever was promised."""
    writer = Writer(settings, topic("price-changes"), schema("price-changes"))
    while not STOP.is_set():
        for sku in SKUS:
            writer.send(
                sku,
                {"sku": sku, "price": money(3, 90), "currency": "EUR", "effective_at": now_ms()},
            )
            rest(0.5)
        rest(PRICE_LIST_S)
    writer.close()


def clicks(settings: Settings) -> None:
    """Page views and searches: about twenty a second, two record types on one topic."""
    views = Writer(settings, topic("clickstream-sessions"), schema("clickstream-sessions"))
    searches = Writer(
        settings,
        topic("clickstream-sessions"),
        schema("clickstream-sessions", place=1),
        subject=f"{topic('clickstream-sessions')}-search",
    )
    while not rest(0.05):
        session = f"S-{chance.randint(1, 400):04d}"
        if chance.random() < 0.15:
            words = chance.choice(["lamp", "chair", "shelf", "rug"])
            searches.send(
                session,
                {
                    "session_id": session,
                    "words": words,
                    "hits": chance.randint(0, 60),
                    "searched_at": now_ms(),
                },
            )
        else:
            page = f"/article/{chance.choice(SKUS)}"
            views.send(
                session,
                {"session_id": session, "page": page, "referrer": None, "viewed_at": now_ms()},
            )
    views.close()
    searches.close()
