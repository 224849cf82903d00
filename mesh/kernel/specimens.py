"""What the parts gallery shows: every input and state, with names of a retailer; no measurements."""

from __future__ import annotations

from datetime import timedelta
from math import sin

from mesh.kernel import clock

LONG_TOPIC = (
    "commerce.marketplace-partner-settlements.reconciliation-results-by-legal-entity-and-currency"
    ".enriched-with-ledger-postings.v12-retry-after-manual-correction-dead-letter"
)
DAYS = (
    ["pass"] * 12
    + ["warn"]
    + ["pass"] * 8
    + ["fail", "pass", "unknown", "unknown", "pass", "none", "warn", "pass", "fail"]
)
SCHEMA_TEXT = '{"type": "record", "name": "Payment", "namespace": "finance",\n "fields": [{"name": "coupon", "type": "strin"}]}'


def everything() -> dict[str, object]:
    """Context of the gallery."""
    return {**_lists(), **_review(), **_drawings(), **_form()}


def _lists() -> dict[str, object]:
    now = clock.now()
    return {
        "states": ["ok", "warn", "bad", "unknown", "stale", "info", "silent", "plain"],
        "long_topic": LONG_TOPIC,
        "ten_seconds_ago": now - timedelta(seconds=10),
        "hours_ago": now - timedelta(hours=3, minutes=7),
        "last_year": now - timedelta(days=400),
        "crumbs": [
            {"label": "Catalog", "href": "/search"},
            {"label": "commerce", "href": "#"},
            {"label": "orders"},
        ],
        "tabs": [
            {"label": "Overview", "href": "#", "current": True},
            {"label": "Schema", "href": "#", "count": 12},
            {"label": "Consumers", "href": "#", "count": 9},
        ],
        "steps": [
            {"label": "Topic", "href": "#", "state": "done"},
            {"label": "Schema", "state": "failed"},
            {"label": "Promises", "state": "current"},
            {"label": "Review", "state": "todo"},
        ],
        "ranges": [
            {"label": "1 h", "href": "#"},
            {"label": "6 h", "href": "#", "current": True},
            {"label": "24 h", "href": "#"},
        ],
        "state_chips": [
            {"label": "All", "count": 38, "href": "#", "current": True},
            {"label": "Broken", "state": "bad", "count": 2, "href": "#"},
            {"label": "At risk", "state": "warn", "count": 3, "href": "#"},
            {"label": "Not judged", "state": "unknown", "count": 2, "href": "#"},
            {"label": "Kept", "state": "ok", "count": 31, "href": "#"},
        ],
        "chips": [
            {"label": "domain", "value": "commerce", "href": "#"},
            {"label": "lifecycle", "value": "active", "href": "#"},
        ],
        "facets": [
            {
                "label": "Domain",
                "name": "domain",
                "options": [
                    {"value": "commerce", "label": "commerce", "count": 5, "chosen": True},
                    {"value": "risk", "label": "risk", "count": 2, "chosen": False},
                ],
            }
        ],
        "facts": [
            {"label": "Team", "value": "Orders team", "href": "#"},
            {"label": "On call", "value": "#orders-oncall", "second": "confirmed 12 Oct"},
            {"label": "State", "value": "answers", "state": "ok"},
            {"label": "Seen", "value": "", "at": now - timedelta(seconds=40)},
        ],
        "events": [
            {
                "title": "Promise broken",
                "icon": "circle-x",
                "state": "bad",
                "text": "incident opened",
                "at": now - timedelta(minutes=12),
            },
            {
                "title": "Rebalance",
                "icon": "users",
                "text": "4 members became 3",
                "at": now - timedelta(hours=1),
            },
            {
                "title": "Deploy",
                "icon": "package",
                "second": "told by the pipeline",
                "at": now - timedelta(days=2),
            },
        ],
        "groups": [
            {
                "name": "fulfilment.planner",
                "state": "bad",
                "word": "Late",
                "low": 360,
                "high": 420,
                "lag": "6–7 min",
            },
            {
                "name": "risk.scorer",
                "state": "ok",
                "word": "OK",
                "low": 2,
                "high": 5,
                "lag": "2–5 s",
            },
            {
                "name": "ledger-loader",
                "state": "warn",
                "word": "Slow",
                "low": 246,
                "high": 288,
                "lag": "4–5 min",
            },
            {
                "name": "marketing.audiences",
                "state": "unknown",
                "word": "Unknown",
                "low": None,
                "high": None,
                "lag": "",
            },
        ],
    }


def _review() -> dict[str, object]:
    cell = {"ok": {"state": "ok", "word": "OK"}, "bad": {"state": "bad", "word": "breaks"}, "": {}}
    return {
        "tally": [
            {"state": "bad", "label": "Breaks", "count": 2},
            {"state": "silent", "label": "Silent", "count": 1},
            {"state": "warn", "label": "Lossy", "count": 1},
            {"state": "unknown", "label": "Unknown", "count": 2},
            {"state": "ok", "label": "OK", "count": 3},
        ],
        "changes": [
            {
                "kind": "removed",
                "word": "Removed",
                "path": "coupon",
                "then": "Readers that hold the field without a default stop with an error.",
                "fix": "Fix: keep it with default null.",
                "fix_href": "#",
                "fix_link": "Suggest this fix",
            },
            {
                "kind": "renamed",
                "word": "Renamed",
                "path": "memo",
                "note": "to note",
                "then": "The alias lets new readers read old records.",
            },
            {
                "kind": "changed",
                "word": "Changed unit",
                "icon": "ruler",
                "path": "captured_at",
                "before": "milliseconds",
                "after": "microseconds",
                "then": "Old readers are wrong by a factor of 1,000 and see no error.",
            },
            {
                "kind": "added",
                "word": "Added",
                "path": "settlement_currency",
                "note": "string, default “EUR”",
                "then": "Old readers skip it.",
            },
        ],
        "numbers": [1, 2, 3, 4],
        "readers": [
            {
                "name": "order-enricher",
                "second": "Orders team, you",
                "reads": "specific, v6",
                "seen": "20 s ago",
                "cells": [cell["bad"], cell[""], cell["ok"], cell["ok"]],
                "state": "bad",
                "verdict": "Breaks",
                "reason": "field 1 missing",
                "agreed": "your turn",
            },
            {
                "name": "refunds-router",
                "second": "Support tools team",
                "reads": "own 9 fields",
                "seen": "1 min ago",
                "cells": [cell[""], cell[""], {"state": "silent", "word": "silent"}, cell[""]],
                "state": "silent",
                "verdict": "Silent",
                "reason": "times 1,000 off",
                "agreed": "09:20",
                "agreed_state": "ok",
            },
            {
                "name": "legacy-reports",
                "second": "nobody answers",
                "reads": "",
                "seen": "2 d ago",
                "cells": [],
                "state": "unknown",
                "verdict": "Unknown",
                "reason": "no schema seen",
            },
        ],
        "checks": [
            {
                "state": "bad",
                "title": "Retention is really kept",
                "text": "Promised 30 d, topic keeps 14 d. Promise 14 d, or raise the topic.",
                "code": "topic.retention-floor",
            },
            {
                "state": "warn",
                "title": "Promises fit those upstream",
                "text": "shipments promises 10 min, you promise 10 min.",
                "code": "product.sla-coherent",
                "label": "Exempt",
            },
            {
                "state": "unknown",
                "title": "Personal fields are classified",
                "text": "Could not run: the registry did not answer within 5 s.",
                "code": "schema.pii-classified",
            },
            {"state": "ok", "title": "Has an owner", "code": "product.owner"},
        ],
        "agreements": [
            {
                "state": "mine",
                "title": "Owner, order-enricher",
                "text": "you or one more of Orders team",
                "when": "open",
            },
            {
                "state": "ok",
                "title": "Owner, ledger-loader",
                "text": "“Loader 2.9 reads version 8.”",
                "when": "09:20",
            },
            {
                "state": "bad",
                "title": "Owner, refunds-router",
                "text": "declined: not before Friday",
                "when": "10:00",
            },
            {"title": "Steward, finance", "text": "may not be from Payments team", "when": "open"},
        ],
        "fields": [
            {
                "depth": 0,
                "name": "order_id",
                "path": "order_id",
                "type": "string",
                "doc": "Key of the order.",
                "tags": ["key"],
            },
            {"depth": 0, "name": "lines", "path": "lines", "type": "list of order lines"},
            {
                "depth": 1,
                "name": "price",
                "path": "lines.price",
                "type": "decimal(12, 2)",
                "default": "0.00",
                "doc": "Gross.",
            },
            {
                "depth": 0,
                "name": "email",
                "path": "email",
                "type": "string or null",
                "default": "null",
                "tags": ["personal"],
                "state": "warn",
                "finding": "read by 2 groups",
            },
        ],
        "proofs": [
            {
                "icon": "activity",
                "text": "Commits on commerce.orders.v2",
                "strength": "strong",
                "at": clock.now() - timedelta(seconds=20),
            },
            {
                "icon": "radio",
                "text": "OpenLineage runs of planner-job",
                "strength": "strong",
                "second": "98 % of 30 d",
            },
            {
                "icon": "file-text",
                "text": "Declared input",
                "strength": "declared",
                "source": "registration",
            },
        ],
        "job_steps": [
            {
                "label": "Read the topic",
                "state": "done",
                "text": "exists with 12 partitions",
                "at": clock.now() - timedelta(seconds=9),
            },
            {"label": "Raise retention", "state": "current", "text": "attempt 1"},
            {"label": "Read back", "state": "todo"},
        ],
    }


def _drawings() -> dict[str, object]:
    return {
        "days": DAYS,
        "sparks": [3, 3, 4, 3, 5, 6, 5, None, None, 5, 7, 8, 7, 9],
        "partitions": [
            {"number": number, "state": state, "value": value, "records": records, "word": word}
            for number, (state, value, records, word) in enumerate(
                [
                    ("ok", "40–90 s", "8,120", "OK"),
                    ("ok", "30–80 s", "7,377", "OK"),
                    ("bad", "6–7 min", "36,401", "late"),
                    ("unknown", "unknown", "not asked", "leader moved"),
                    ("warn", "3–4 min", "13,772", "slow"),
                    ("ok", "10–60 s", "3,323", "OK"),
                ]
            )
        ],
        "nodes": [
            {
                "id": "checkout",
                "name": "checkout-service",
                "sub": "writes orders",
                "kind": "application",
                "x": -1,
                "y": 0,
                "href": "#checkout",
            },
            {
                "id": "payments",
                "name": "payments",
                "sub": "finance · fresh 1 s",
                "kind": "product",
                "domain": "finance",
                "state": "ok",
                "x": -1,
                "y": 1,
                "href": "#payments",
            },
            {
                "id": "market",
                "name": "marketplace-feed",
                "sub": "external",
                "kind": "external",
                "x": -1,
                "y": 2,
                "href": "#market",
            },
            {
                "id": "hidden",
                "name": "Restricted",
                "sub": "ask Risk team",
                "kind": "restricted",
                "x": -1,
                "y": 3,
            },
            {
                "id": "orders",
                "name": "orders",
                "sub": "1 of 9 readers late",
                "kind": "product",
                "domain": "commerce",
                "state": "bad",
                "x": 0,
                "y": 1,
                "href": "#orders",
                "focus": True,
            },
            {
                "id": "shipments",
                "name": "shipments",
                "sub": "reads 6–7 min late",
                "kind": "product",
                "domain": "fulfilment",
                "state": "bad",
                "x": 1,
                "y": 0,
                "href": "#shipments",
                "selected": True,
            },
            {
                "id": "fraud",
                "name": "fraud-scores",
                "sub": "near its limit",
                "kind": "product",
                "domain": "risk",
                "state": "warn",
                "x": 1,
                "y": 1,
                "href": "#fraud",
            },
            {
                "id": "returns",
                "name": "returns",
                "sub": "as of 09:12",
                "kind": "product",
                "domain": "commerce",
                "state": "stale",
                "x": 1,
                "y": 2,
                "href": "#returns",
            },
            {
                "id": "stub",
                "name": "18 more",
                "sub": "4 read it directly",
                "kind": "stub",
                "x": 1,
                "y": 3,
                "href": "#all",
            },
        ],
        "edges": [
            {"source": "checkout", "target": "orders", "strength": "strong"},
            {"source": "payments", "target": "orders", "strength": "strong"},
            {"source": "market", "target": "orders", "strength": "declared"},
            {"source": "hidden", "target": "orders", "strength": "weak"},
            {"source": "orders", "target": "shipments", "strength": "strong", "on": True},
            {"source": "orders", "target": "fraud", "strength": "weak"},
            {"source": "orders", "target": "returns", "strength": "possible"},
            {"source": "orders", "target": "stub", "strength": "weak"},
        ],
        "samples": [
            {
                "key": "python",
                "label": "Python",
                "text": 'consumer = DeserializingConsumer({\n    "bootstrap.servers": "kafka.shop.example:9092",\n})\nconsumer.subscribe(["commerce.orders.v2"])',
            },
            {
                "key": "java",
                "label": "Java",
                "text": 'consumer.subscribe(List.of("commerce.orders.v2"));',
            },
        ],
    }


def _form() -> dict[str, object]:
    return {
        "schema_text": SCHEMA_TEXT,
        "tiers": [("gold", "Gold"), ("silver", "Silver"), ("bronze", "Bronze")],
        "units": ["seconds", "minutes", "hours", "days"],
        "refused": [
            {
                "name": "retention_wrong",
                "label": "Retention (days)",
                "detail": "longer than the topic keeps",
            },
            {
                "name": "",
                "label": "",
                "detail": "The form was open for two hours: check the plan again.",
            },
        ],
    }


def lag_answer() -> dict[str, object]:
    """Six hours of lag with a gap, an unknown stretch and a rise above the limit."""
    end = clock.now_ms() // 1000
    moments = [end - 21_600 + 60 * step for step in range(360) if not 200 <= step < 218]
    low: list[float | None] = []
    high: list[float | None] = []
    for moment in moments:
        step = 360 - (end - moment) / 60
        level = 60 + 20 * sin(step / 9) + (max(0.0, step - 300) * 6)
        unknown = 268 <= step < 284
        low.append(None if unknown else round(max(0.0, level - 25), 1))
        high.append(None if unknown else round(level + 35, 1))
    return {
        "t": moments,
        "lo": low,
        "hi": high,
        "records": [None if value is None else int(value * 412) for value in high],
        "bound": "bracket",
        "unit": "s",
        "coverage": [],
        "events": [{"t": end - 3600, "kind": "rebalance", "label": "1 member left", "href": ""}],
        "as_of": end,
        "step_seconds": 60,
    }
