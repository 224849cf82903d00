"""Asks the web and the registry over HTTP whether they are ready."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

TIMEOUT_SECONDS = 3.0


def http_unready(url: str) -> str:
    """Empty when the address answers 200; else why not, in the server's own words where it has some."""
    # No proxy: the address is our own.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=TIMEOUT_SECONDS) as answer:
            return "" if answer.status == 200 else f"status {answer.status}"
    except urllib.error.HTTPError as error:
        said = error.read(600).decode(errors="replace").strip()
        return f"status {error.code}: {said}" if said else f"status {error.code}"
    except (OSError, urllib.error.URLError) as error:
        reason = getattr(error, "reason", error)
        return str(getattr(reason, "strerror", None) or reason).lower()


def heartbeat_ages(web: str) -> dict[str, float]:
    """Seconds since each queue's worker last wrote that it lives; empty when the web cannot tell."""
    try:
        ages = _told(web)["heartbeat_age_seconds"]
        return {queue: float(age) for queue, age in ages.items()}
    except (OSError, ValueError, KeyError, AttributeError):
        return {}


def switched_off(web: str) -> list[str] | None:
    """PostgreSQL's safeguards that are off; None when the web cannot tell."""
    try:
        return [str(name) for name in _told(web)["database_switched_off"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _told(web: str) -> dict[str, Any]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{web}/readyz?verbose", timeout=TIMEOUT_SECONDS) as answer:
        document: dict[str, Any] = json.loads(answer.read(65536))
    return document
