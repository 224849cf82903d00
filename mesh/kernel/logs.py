"""Structured logs as JSON lines on standard error, with secrets taken out."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from django.conf import settings

_SECRET = re.compile(r"trb_[a-z2-7]{10}_[A-Za-z0-9_-]{20,}|-----BEGIN [A-Z ]+-----")
_HIDDEN_KEYS = frozenset({"password", "authorization", "cookie", "secret", "api_key", "secrets"})


def _redact(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if key.lower() in _HIDDEN_KEYS:
            event[key] = "***"
        elif isinstance(value, str) and _SECRET.search(value):
            event[key] = _SECRET.sub("***", value)
    return event


def configure() -> None:
    """Send structlog and the standard library through one JSON renderer."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(default=str),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.LOG_LEVEL.upper())
    for noisy in ("django.request", "django.security", "httpx", "celery.app.trace"):
        logging.getLogger(noisy).setLevel("ERROR" if noisy == "django.request" else "WARNING")
