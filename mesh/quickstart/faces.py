"""Asks the web and the registry over HTTP whether they are ready."""

from __future__ import annotations

import urllib.error
import urllib.request

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
