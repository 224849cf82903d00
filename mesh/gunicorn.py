"""Settings of the web's HTTP server; sizes come through the environment of the process."""

from __future__ import annotations

import gc
import os
from typing import Any

from django.urls import get_resolver

worker_class = "gthread"
workers = int(os.environ.get("MESH_WEB_WORKERS", "2"))
threads = int(os.environ.get("MESH_WEB_THREADS", "8"))
preload_app = True
timeout = 60
graceful_timeout = 20
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
backlog = 512
limit_request_line = 8190
accesslog = None
control_socket_disable = True  # two instances would collide on one file in the home directory

# Drawing a page makes tens of thousands of short-lived objects: with the interpreter's own threshold
# of 700 a quarter of a page's CPU went into looking for cycles among them.
GARBAGE_THRESHOLDS = (50_000, 20, 100)


def when_ready(server: Any) -> None:
    """Before workers are forked: load the pages once for all, and never look at what is loaded again."""
    get_resolver().url_patterns  # noqa: B018  (imports every page; else each worker does it by itself)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
