"""Settings of the web's HTTP server; sizes come through the environment of the process."""

from __future__ import annotations

import os

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
