"""What the parts gallery shows: every input and state, from specimens.json; nothing is measured."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import cache
from math import sin
from pathlib import Path

from mesh.kernel import clock

FILE = Path(__file__).with_name("specimens.json")
GAP = range(200, 218)  # minutes of the chart without a sweep
NOT_MEASURED = range(268, 284)  # minutes in which the sweep could not tell
RISE_FROM = 300


@cache
def _words() -> str:
    return FILE.read_text(encoding="utf-8")


def _dated(value: object, now: datetime) -> object:
    """The same value with `seconds_ago` turned into the instant `at`."""
    if isinstance(value, list):
        return [_dated(each, now) for each in value]
    if not isinstance(value, dict):
        return value
    dated = {key: _dated(each, now) for key, each in value.items()}
    if "seconds_ago" in dated:
        dated["at"] = now - timedelta(seconds=int(str(dated.pop("seconds_ago"))))
    return dated


def everything() -> dict[str, object]:
    """Context of the gallery."""
    now = clock.now()
    lists = {name: _dated(value, now) for name, value in json.loads(_words()).items()}
    return {
        **lists,
        "ten_seconds_ago": now - timedelta(seconds=10),
        "hours_ago": now - timedelta(hours=3, minutes=7),
        "last_year": now - timedelta(days=400),
    }


def lag_answer() -> dict[str, object]:
    """Six hours of lag with a gap, an unknown stretch and a rise above the limit."""
    end = clock.now_ms() // 1000
    minutes = [minute for minute in range(360) if minute not in GAP]
    levels = [
        None
        if minute in NOT_MEASURED
        else 60 + 20 * sin(minute / 9) + max(0, minute - RISE_FROM) * 6
        for minute in minutes
    ]
    return {
        "t": [end - 60 * (360 - minute) for minute in minutes],
        "lo": [None if level is None else round(level - 25, 1) for level in levels],
        "hi": [None if level is None else round(level + 35, 1) for level in levels],
        "records": [None if level is None else int(level * 412) for level in levels],
        "bound": "bracket",
        "unit": "s",
        "coverage": [],
        "events": [{"t": end - 3600, "kind": "rebalance", "label": "1 member left", "href": ""}],
        "as_of": end,
        "step_seconds": 60,
    }
